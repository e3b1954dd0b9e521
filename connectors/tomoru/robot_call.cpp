#include "connectors/tomoru/robot_call.hpp"

#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connectors/tomoru/said.hpp"
#include "connectors/tomoru/tables.hpp"

namespace b24gate::tomoru {
namespace {

using connector::add_line;
using connector::FreeBody;
using event::Action;

std::optional<int> talked(const FreeBody& body) {
  const auto* exact = body.find_scalar(milliseconds);
  if (const auto ms = exact ? connector::free_seconds(*exact) : std::nullopt) return *ms / 1000;
  return body.seconds(durations);
}

// The vendor's id of the call, else batch, phone and attempt; empty when they do not tell one call from
// another.
std::string id_of(const FreeBody& body, const std::string& phone) {
  if (auto id = body.text(call_ids); !id.empty()) return id;
  const std::string attempt = body.text(attempts);
  // A dialog and our own tracking id go on through the attempts.
  if (auto id = body.text(dialog_ids); !id.empty()) return attempt.empty() ? id : id + ":" + attempt;
  if (auto id = body.text(other_ids); !id.empty()) return id;
  const std::string batch = body.text(batches);
  const std::string time = body.text("last_attempt_at");
  if (phone.empty()) return {};
  if (!batch.empty() && !attempt.empty()) return batch + ":" + phone + ":" + attempt;
  if (!time.empty()) return batch + ":" + phone + ":" + time;
  return {};
}

// A state that comes before the result must not stand in its way.
std::string key_of(const FreeBody& body, const std::string& id, const std::string& result) {
  const std::string content = connector::content_id(body.root());
  std::string whole = id.empty() ? content : id;
  if (result == "pending" || result.empty())
    whole += ":" + std::string(result.empty() ? "unknown" : "pending") + ":" + content;
  return connector::event_key("tomoru", whole);
}

void add_lines(event::Event& event, const FreeBody& body, const Said& said) {
  std::string& text = event.text;
  add_line(text, "Звонок робота", shown_result(event.robot->result));
  if (event.robot->attempt) add_line(text, "Попытка", std::to_string(*event.robot->attempt));
  if (event.call->talk_s) add_line(text, "Разговор", std::to_string(*event.call->talk_s) + " с");
  add_line(text, "Компания", event.contact.company);
  add_line(text, "", said.text);
  constexpr std::pair<std::string_view, std::string_view> others[] = {
      {"content", ""}, {"address", "Адрес"}, {"comment", ""}, {"summary", "Итог"}};
  for (const auto& [name, label] : others) add_line(text, label, body.text(name));
}

std::optional<bool> flag_of(const FreeBody& body) {
  for (const auto candidate : flags) {
    const auto* value = body.find_scalar(candidate);
    if (auto flag = value ? connector::free_flag(*value) : std::nullopt) return flag;
  }
  return std::nullopt;
}

void decide(event::Event& event, const FreeBody& body, bool has_said) {
  const std::string& result = event.robot->result;
  const auto set = [&](Action action, const char* note) {
    event.action = action;
    event.note = note;
  };
  if (result.empty()) return set(Action::ignore, "the result of the call is not in the table");
  if (result == "pending") return set(Action::ignore, "the call has not been made yet");
  if (!event.reference.empty()) return set(Action::update, "the result of a call to a known card");
  if (event.contact.phones.empty()) return set(Action::ignore, "there is neither a phone nor a card");
  const bool is_talk = (result == "completed" || result == "interrupted") && has_said;
  if (result == "transferred" || (is_talk && flag_of(body).value_or(true))) {
    event.action = Action::create;
    event.creates_lead = true;
    return;
  }
  set(Action::attach, is_talk ? "the client is not interested" : "nobody spoke to the robot");
}

}  // namespace

event::Event read_robot_call(const FreeBody& body, const connector::Source& source) {
  event::Event event;
  event.kind = event::Kind::robot_call;
  event.channel = "phone";
  event.occurred_at = body.time(times, source.time_zone);
  const auto found = connector::free_phones(body, phones);
  for (const auto& one : found) event.contact.phones.push_back(one.text());
  event.contact.name = body.text(names);
  event.contact.company = body.text(companies);
  event.reference = reference_of(body);

  Said said = said_in(body);
  event.fields = std::move(said.answers);
  event::Robot& robot = event.robot.emplace();
  robot.result = result_of(body);
  if ((robot.result == "completed" || robot.result == "interrupted") &&
      is_machine(said.phrases, source.options["machine_phrases"]))
    robot.result = "voicemail";  // the robot takes a machine for a person
  robot.attempt = body.seconds(attempts);
  robot.stop = robot.result == "do_not_call" || robot.result == "refused";

  const std::string phone = found.empty() ? std::string() : found.front().number;
  event::Call& call = event.call.emplace();
  call.id = id_of(body, phone);
  call.direction = "out";
  call.client = phone;
  call.started_at = body.time(starts, source.time_zone);
  call.talk_s = talked(body);
  call.outcome = call_outcome(robot.result);
  call.final = !robot.result.empty() && robot.result != "pending";
  if (auto record = body.text(records); !record.empty()) {
    const bool is_url = record.rfind("http://", 0) == 0 || record.rfind("https://", 0) == 0;
    call.recording = is_url ? event::Recording{"", record} : event::Recording{record, ""};
  }
  // Attempts at one phone are one history: a later one that nobody answers does not undo a talk.
  if (const auto batch = body.text(batches); !batch.empty() && !phone.empty())
    event.thread = "batch/" + batch + "/" + phone;
  add_lines(event, body, said);
  decide(event, body, !said.phrases.empty());
  event.key = key_of(body, call.id, robot.result);
  if (robot.result.empty() && phone.empty() && call.id.empty()) {
    event.kind = event::Kind::other;
    event.note = "the body is not recognised; a mapping's event: can say what is what";
  }
  return event;
}

}  // namespace b24gate::tomoru
