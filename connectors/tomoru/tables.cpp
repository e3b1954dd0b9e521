#include "connectors/tomoru/tables.hpp"

#include <algorithm>
#include <unordered_set>

namespace b24gate::tomoru {
namespace {

const connector::ValueTable<std::string>& result_names() {
  static const connector::ValueTable<std::string> table = {
      {"fully completed", "completed"},
      {"completed", "completed"},
      {"success", "completed"},
      {"answered", "completed"},
      {"finished", "completed"},
      {"done", "completed"},
      {"interrupted", "interrupted"},
      {"hangup", "interrupted"},
      {"прерван", "interrupted"},
      {"no answer", "no_answer"},
      {"не ответил", "no_answer"},
      {"нет ответа", "no_answer"},
      {"недозвон", "no_answer"},
      {"busy", "busy"},
      {"занято", "busy"},
      {"voicemail", "voicemail"},
      {"answering machine", "voicemail"},
      {"автоответчик", "voicemail"},
      {"do not call", "do_not_call"},
      {"dnc", "do_not_call"},
      {"stop list", "do_not_call"},
      {"не звонить", "do_not_call"},
      {"refused", "refused"},
      {"refusal", "refused"},
      {"отказ", "refused"},
      {"transfer", "transferred"},
      {"transferred", "transferred"},
      {"transfered", "transferred"},
      {"перевод", "transferred"},
      {"not found", "invalid_number"},
      {"invalid number", "invalid_number"},
      {"wrong number", "invalid_number"},
      {"failed", "failed"},
      {"error", "failed"},
      {"ошибка", "failed"},
      {"not started", "pending"},
      {"pending", "pending"},
      {"queued", "pending"},
      {"scheduled", "pending"},
      {"in progress", "pending"},
  };
  return table;
}

struct Meaning {
  std::string_view result;
  std::string_view outcome;
  std::string_view shown;
};
constexpr Meaning meanings[] = {
    {"completed", "answered", "разговор завершён"},
    {"interrupted", "answered", "разговор прерван"},
    {"transferred", "answered", "переведён на сотрудника"},
    {"no_answer", "no_answer", "нет ответа"},
    {"busy", "busy", "занято"},
    {"voicemail", "no_answer", "автоответчик"},
    {"do_not_call", "rejected", "просил не звонить"},
    {"refused", "rejected", "отказ"},
    {"invalid_number", "unavailable", "неверный номер"},
    {"failed", "unknown", "ошибка звонка"},
    {"pending", "", "звонок ещё не сделан"},
};

const Meaning* meaning_of(std::string_view result) {
  const auto* found = std::find_if(std::begin(meanings), std::end(meanings),
                                   [&](const auto& one) { return one.result == result; });
  return found == std::end(meanings) ? nullptr : found;
}

}  // namespace

std::string result_of(const connector::FreeBody& body) {
  return result_names().find(body, results).value_or(std::string());
}

std::string_view call_outcome(std::string_view result) {
  const auto* meaning = meaning_of(result);
  return meaning ? meaning->outcome : std::string_view();
}

std::string_view shown_result(std::string_view result) {
  const auto* meaning = meaning_of(result);
  return meaning ? meaning->shown : std::string_view();
}

std::string reference_of(const connector::FreeBody& body) {
  constexpr std::pair<std::string_view, std::string_view> cards[] = {
      {"deal_id", "deal:"}, {"lead_id", "lead:"}, {"contact_id", "contact:"}};
  for (const auto& [name, prefix] : cards) {
    const auto id = json::Value(body.text(name)).integer();
    if (id && *id > 0) return std::string(prefix) + std::to_string(*id);
  }
  return {};
}

bool is_answer(const json::Value& value) {
  const auto* members = value.object_if();
  return members && std::any_of(members->begin(), members->end(), [](const auto& member) {
           const std::string plain = connector::plain_key(member.first);
           return plain == "match" || plain == "transcription";
         });
}

bool is_known_name(std::string_view plain) {
  static const auto all = [] {
    std::unordered_set<std::string> out;
    const auto add = [&](connector::Candidates candidates) {
      for (const auto candidate : candidates) out.insert(connector::plain_key(candidate));
    };
    for (const connector::Candidates list :
         {connector::Candidates(call_ids), connector::Candidates(dialog_ids), connector::Candidates(batches),
          connector::Candidates(phones), connector::Candidates(names), connector::Candidates(companies),
          connector::Candidates(results), connector::Candidates(milliseconds),
          connector::Candidates(durations), connector::Candidates(attempts), connector::Candidates(times),
          connector::Candidates(records), connector::Candidates(dialogs), connector::Candidates(flags)})
      add(list);
    constexpr std::string_view others[] = {"deal_id", "lead_id", "contact_id", "agent_id", "event", "id"};
    add(others);
    return out;
  }();
  return all.count(std::string(plain)) != 0;
}

bool is_closed(std::string_view plain, const json::Value& value) {
  if (is_answer(value)) return true;
  return value.is_array() && std::any_of(std::begin(dialogs), std::end(dialogs), [&](const auto& name) {
           return connector::plain_key(name) == plain;
         });
}

}  // namespace b24gate::tomoru
