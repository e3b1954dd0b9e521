#include "connectors/comagic/notification.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace b24gate::comagic {
namespace {

using connector::FreeBody;

const connector::ValueTable<Happening>& names() {
  static const connector::ValueTable<Happening> table = {
      {"call_in", Happening::call_in},
      {"incoming_call", Happening::call_in},
      {"Входящий звонок на виртуальный номер", Happening::call_in},
      {"Входящий звонок", Happening::call_in},
      {"call_wait", Happening::call_wait},
      {"Ожидание ответа", Happening::call_wait},
      {"call_talk_start", Happening::call_talk_start},
      {"Начало разговора", Happening::call_talk_start},
      {"call_talk_end", Happening::call_talk_end},
      {"Окончание разговора", Happening::call_talk_end},
      {"call_out", Happening::call_out},
      {"outgoing_call", Happening::call_out},
      {"Исходящий звонок", Happening::call_out},
      {"call_end", Happening::call_end},
      {"call_ending", Happening::call_end},
      {"call_finished", Happening::call_end},
      {"Завершение звонка", Happening::call_end},
      {"call_lost", Happening::call_lost},
      {"lost_call", Happening::call_lost},
      {"missed_call", Happening::call_lost},
      {"Потерянный звонок", Happening::call_lost},
      {"call_record", Happening::call_record},
      {"record_call", Happening::call_record},
      {"Записанный разговор", Happening::call_record},
      {"voicemail", Happening::voicemail},
      {"Голосовое сообщение", Happening::voicemail},
      {"offline_message", Happening::offline_message},
      {"Заявка", Happening::offline_message},
      {"Новая заявка", Happening::offline_message},
      {"Заявка с сайта", Happening::offline_message},
      {"Новая заявка с сайта", Happening::offline_message},
      {"Оффлайн-заявка", Happening::offline_message},
      {"Офлайн-заявка", Happening::offline_message},
      {"Новая оффлайн-заявка", Happening::offline_message},
      {"Заявка (оффлайн-заявка)", Happening::offline_message},
      {"chat", Happening::chat},
      {"Чат", Happening::chat},
      {"Новый чат", Happening::chat},
      {"Чат с сайта", Happening::chat},
      {"Новый чат с сайта", Happening::chat},
      {"Чат завершен", Happening::chat},
      {"Чат завершён", Happening::chat},
      {"goal", Happening::goal},
      {"Цель", Happening::goal},
      {"Новая цель", Happening::goal},
      {"Цель с сайта", Happening::goal},
      {"Новая цель с сайта", Happening::goal},
  };
  return table;
}

Happening by_shape(const FreeBody& body) {
  const auto has_any = [&](connector::Candidates keys) {
    return std::any_of(keys.begin(), keys.end(), [&](auto key) { return body.has(key); });
  };
  if (!body.text(records).empty()) return Happening::call_record;
  if (!body.text(call_ids).empty()) {
    if (has_any(talk_durations) || has_any(total_durations)) return Happening::call_end;
    if (body.has("employee_ids") && has_any(wait_durations)) return Happening::call_lost;
  }
  static const connector::ValueTable<Happening> types = {
      {"offline_message", Happening::offline_message}, {"chat", Happening::chat}, {"goal", Happening::goal}};
  if (const auto type = types.find(body.text("communication_type"))) return *type;
  constexpr std::string_view contacts[] = {"visitor_phone_number", "visitor_phone", "visitor_email"};
  if (!body.text(contacts).empty() && !body.text(texts).empty()) return Happening::offline_message;
  return Happening::unknown;
}

}  // namespace

std::string_view name(Happening happening) {
  switch (happening) {
    case Happening::unknown:
      return "unknown";
    case Happening::call_in:
      return "call_in";
    case Happening::call_wait:
      return "call_wait";
    case Happening::call_talk_start:
      return "call_talk_start";
    case Happening::call_talk_end:
      return "call_talk_end";
    case Happening::call_out:
      return "call_out";
    case Happening::call_end:
      return "call_end";
    case Happening::call_lost:
      return "call_lost";
    case Happening::call_record:
      return "call_record";
    case Happening::voicemail:
      return "voicemail";
    case Happening::offline_message:
      return "offline_message";
    case Happening::chat:
      return "chat";
    case Happening::goal:
      return "goal";
  }
  return "unknown";
}

Happening happening_of(const FreeBody& body, bool table_only) {
  constexpr std::string_view candidates[] = {"event", "notification_mnemonic", "notification_name"};
  if (const auto named = names().find(body, candidates)) return *named;
  return table_only ? Happening::unknown : by_shape(body);
}

bool is_closed(std::string_view plain, const json::Value& /*value*/) { return plain == "messages"; }

bool is_secret(std::string_view plain) {
  return plain == "integrationkey" || plain == "token" || plain == "secret";
}

std::string person(const FreeBody& body, connector::Candidates candidates) {
  for (const auto candidate : candidates) {
    std::string name = body.text(candidate);
    const bool is_number = std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= '0' && c <= '9') || std::string_view(" +-()").find(c) != std::string_view::npos;
    });
    if (!is_number) return name;
  }
  return {};
}

}  // namespace b24gate::comagic
