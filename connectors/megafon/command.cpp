#include "connectors/megafon/command.hpp"

#include "base/ascii.hpp"
#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connector/member.hpp"
#include "connectors/megafon/fields.hpp"
#include "connectors/megafon/values.hpp"

namespace b24gate::megafon {
namespace {

using connector::add_line;
using connector::text_at;

std::optional<int> seconds_of(const json::Value& value) {
  const auto seconds = value.integer();
  if (!seconds || *seconds < 0 || *seconds > 1'000'000'000) return std::nullopt;
  return static_cast<int>(*seconds);
}

// What every command says of a call: who, on which line, at whose desk.
event::Event read_call(const json::Value& fields) {
  event::Event event;
  event.kind = event::Kind::call;
  event.channel = "phone";
  event::Call& call = event.call.emplace();
  call.id = text_at(fields, "callid");
  call.line = international(text_at(fields, "diversion"));
  call.extension = text_at(fields, "ext");
  call.employee = employee_of(text_at(fields, "user"));
  const std::string phone = text_at(fields, "phone");
  if (party_of(phone) == Party::client) {
    call.client = international(phone);
    event.contact.phones.push_back(call.client);
  } else if (party_of(phone) == Party::inner) {
    call.client = phone;
    call.direction = "internal";
  }
  return event;
}

void set_direction(event::Call& call, const std::string& direction) {
  if (call.direction.empty() && (direction == "in" || direction == "out")) call.direction = direction;
}

// Commands carry no id of their own: the same content is the same thing sent again.
std::string key_of(const json::Value& fields) {
  return connector::event_key("megafon", text_at(fields, "cmd") + ":" + text_at(fields, "callid") + ":" +
                                             connector::content_id(content_of(fields)));
}

// A record may come again to bring its recording or a mark, and it may be read from the history of the PBX,
// which words it differently and counts the duration otherwise. Of the same content is what says the same of
// these.
std::string history_key(const json::Value& fields, const event::Call& call) {
  if (call.id.empty()) return key_of(fields);
  json::Value content;
  content["direction"] = call.direction;
  content["status"] = ascii::lower(text_at(fields, "status"));
  content["user"] = call.employee;
  content["start"] = call.started_at ? to_iso(*call.started_at, TimeZone::utc()) : text_at(fields, "start");
  for (const char* name : {"link", "rating", "note"}) content[name] = text_at(fields, name);
  return connector::event_key("megafon", "history:" + call.id + ":" + connector::content_id(content));
}

const char* outcome_text(const std::string& outcome) {
  if (outcome == "answered") return "отвечен";
  if (outcome == "missed") return "пропущен";
  if (outcome == "busy") return "занято";
  if (outcome == "no_answer") return "не ответили";
  if (outcome == "unavailable") return "абонент недоступен";
  if (outcome == "blocked") return "звонок запрещён";
  return "";
}

std::string call_text(const json::Value& fields, const event::Call& call) {
  std::string how = call.direction == "in"    ? "входящий"
                    : call.direction == "out" ? "исходящий"
                                              : "внутренний";
  if (const std::string outcome = outcome_text(call.outcome); !outcome.empty()) how += ", " + outcome;
  std::string text;
  add_line(text, "Звонок", how);
  if (call.outcome == "unknown") add_line(text, "Статус", text_at(fields, "status"));
  if (call.client.empty()) add_line(text, "", "Номер скрыт");
  const std::string label = text_at(fields, "telnum_name");
  add_line(text, "Линия", call.line + (call.line.empty() || label.empty() ? "" : ", ") + label);
  add_line(text, "Отдел", text_at(fields, "groupRealName"));
  add_line(
      text, "Сотрудник",
      call.employee + (call.employee.empty() || call.extension.empty() ? "" : ", доб. ") + call.extension);
  if (call.wait_s) add_line(text, "Ожидание", std::to_string(*call.wait_s) + " с");
  if (call.talk_s && *call.talk_s > 0) add_line(text, "Разговор", std::to_string(*call.talk_s) + " с");
  if (call.recording) add_line(text, "Запись", call.recording->url);
  add_line(text, "Оценка", text_at(fields, "rating"));
  add_line(text, "Заметка", text_at(fields, "note"));
  return text;
}

void add_fields(const json::Value& fields, event::Event& event) {
  const auto add = [&](const char* label, const char* name) {
    if (auto value = text_at(fields, name); !value.empty()) event.fields.set(label, std::move(value));
  };
  add("Отдел", "groupRealName");
  add("Название номера", "telnum_name");
  add("Оценка", "rating");
}

void decide(event::Event& event) {
  const std::string& direction = event.call->direction;
  if (direction == "internal") {
    event.action = event::Action::ignore;
    event.note = "a call between colleagues";
  } else if (direction == "out") {
    event.action = event::Action::attach;
    event.note = "an outgoing call is no enquiry";
  }
  event.creates_lead = event.action == event::Action::create;
}

}  // namespace

std::optional<event::Event> read_state(const json::Value& fields) {
  event::Event event = read_call(fields);
  event::Call& call = *event.call;
  const std::string type = ascii::lower(text_at(fields, "type"));
  set_direction(call, ascii::lower(text_at(fields, "direction")));
  event.action = event::Action::ignore;
  event.note = "a state of a live call; its record decides";
  if (type == "incoming" || type == "outgoing") {
    set_direction(call, type == "incoming" ? "in" : "out");
    call.state = "ringing";
  } else if (type == "accepted") {
    call.state = "talking";
    call.outcome = "answered";
  } else if (type == "completed") {
    call.state = "ended";
    call.outcome = "answered";
  } else if (type == "cancelled") {
    // In a group it comes for everybody who was not the one to answer: the call itself may go on.
    event.note = "one telephone stopped ringing; that is no outcome of the call";
  } else if (type == "transferred") {
    if (auto second = text_at(fields, "second_callid"); !second.empty())
      call.joined.push_back(std::move(second));
    event.note = "joins the legs of a transferred call";
  } else {
    return std::nullopt;
  }
  add_fields(fields, event);
  event.key = key_of(fields);
  return event;
}

std::optional<event::Event> read_history(const json::Value& fields) {
  event::Event event = read_call(fields);
  event::Call& call = *event.call;
  const std::string type = ascii::lower(text_at(fields, "type"));
  std::string status = text_at(fields, "status");
  set_direction(call, type == "missed" ? "in" : type);
  set_direction(call, ascii::lower(text_at(fields, "direction")));
  if (call.direction.empty()) return std::nullopt;
  if (status.empty() && type == "missed") status = type;
  call.final = true;
  const bool is_outgoing =
      type == "out" || (type != "in" && ascii::lower(text_at(fields, "direction")) == "out");
  call.outcome = outcome_of(status, !is_outgoing);
  call.started_at = time_of(text_at(fields, "start"));
  event.occurred_at = call.started_at;
  call.wait_s = seconds_of(fields["wait"]);
  // Pushed records count the whole call, pulled ones the talk: without a talk it says nothing.
  call.talk_s = call.outcome == "answered" ? seconds_of(fields["duration"]) : std::optional<int>(0);
  if (auto link = text_at(fields, "link"); !link.empty())
    call.recording = event::Recording{"", std::move(link)};
  event.text = call_text(fields, call);
  add_fields(fields, event);
  decide(event);
  event.key = history_key(fields, call);
  return event;
}

event::Event read_contact(const json::Value& fields) {
  event::Event event = read_call(fields);
  event.kind = event::Kind::lookup;
  event.action = event::Action::ignore;
  event.note = "a question of the PBX about the caller";
  event.key = key_of(fields);
  return event;
}

event::Event read_rating(const json::Value& fields) {
  event::Event event = read_call(fields);
  event.action = event::Action::update;
  event.note = "the caller's mark for a call that is known";
  add_line(event.text, "Оценка звонка", text_at(fields, "rating"));
  add_fields(fields, event);
  event.key = key_of(fields);
  return event;
}

}  // namespace b24gate::megafon
