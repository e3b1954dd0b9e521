#include "connectors/comagic/call.hpp"

#include "base/utf8.hpp"
#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connectors/comagic/contact.hpp"

namespace b24gate::comagic {
namespace {

using connector::add_line;
using connector::FreeBody;
using event::Action;

std::string direction_of(const FreeBody& body, Happening happening) {
  static const connector::ValueTable<std::string> table = {{"in", "in"},       {"incoming", "in"},
                                                           {"out", "out"},     {"outgoing", "out"},
                                                           {"входящий", "in"}, {"исходящий", "out"}};
  const auto* internal = body.find_scalar("is_internal");
  if (internal && connector::free_flag(*internal).value_or(false)) return "internal";
  if (auto said = table.find(body.text("direction"))) return *said;
  return happening == Happening::call_out ? "out" : "in";
}

std::string outcome_of(const FreeBody& body, Happening happening, const std::string& direction) {
  if (happening == Happening::call_lost || happening == Happening::voicemail) return "missed";
  if (happening != Happening::call_end) return {};
  if (body.seconds(talk_durations).value_or(0) > 0) return "answered";
  for (const auto key : talk_durations) {
    if (body.has(key)) return direction == "out" ? "no_answer" : "missed";
  }
  return "unknown";
}

std::string state_of(Happening happening) {
  switch (happening) {
    case Happening::call_in:
    case Happening::call_wait:
    case Happening::call_out:
      return "ringing";
    case Happening::call_talk_start:
      return "talking";
    case Happening::call_talk_end:
      return "ended";
    default:
      return {};
  }
}

std::string_view shown_outcome(const std::string& outcome) {
  if (outcome == "answered") return "отвечен";
  if (outcome == "missed") return "пропущен";
  if (outcome == "no_answer") return "без ответа";
  return outcome == "unknown" ? "неизвестно" : "";
}

std::string shown_seconds(const std::optional<int>& seconds) {
  return seconds ? std::to_string(*seconds) + " с" : std::string();
}

void add_lines(event::Event& event, const FreeBody& body, Happening happening) {
  const event::Call& call = *event.call;
  std::string& text = event.text;
  const std::string_view direction = call.direction == "in"    ? "входящий"
                                     : call.direction == "out" ? "исходящий"
                                                               : "внутренний";
  if (happening == Happening::voicemail) add_line(text, "", "Голосовое сообщение");
  if (happening == Happening::call_record) add_line(text, "", "Запись разговора");
  if (happening != Happening::call_record) add_line(text, "Звонок", direction);
  add_line(text, "Итог", shown_outcome(call.outcome));
  add_line(text, "Ожидание", shown_seconds(call.wait_s));
  add_line(text, "Разговор", shown_seconds(call.talk_s));
  add_line(text, "Всего", shown_seconds(body.seconds(total_durations)));
  add_line(text, "Длительность записи", shown_seconds(body.seconds(record_durations)));
  add_line(text, "Наш номер", call.line);
  add_line(text, "Сотрудник", call.employee);
  const auto* tags = body.find("tag_names");
  add_line(text, "Метки", tags ? tags->text() : "");
  add_line(text, "Сценарий", body.text("scenario_name"));
  for (const auto candidate : texts) add_line(text, "", body.text(candidate));
  add_origin_lines(text, body);
}

// The record's own number in its address …/talk/<call>/<record>/, so that one record has one key whichever
// way its address came; else the address.
std::string record_id(const FreeBody& body, const std::string& url) {
  if (auto said = body.text("b24gate_record"); !said.empty()) return said;
  constexpr std::string_view place = "/talk/";
  const std::size_t at = url.find(place);
  if (at != std::string::npos) {
    const std::string_view rest = std::string_view(url).substr(at + place.size());
    const std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos) {
      std::string_view id = rest.substr(slash + 1);
      id = id.substr(0, id.find_first_of("/?#"));
      if (!id.empty()) return std::string(id);
    }
  }
  return connector::content_id(json::Value(url));
}

// What tells repeated states of one call apart; a call rings in once.
std::string part_of(const FreeBody& body, Happening happening) {
  if (happening != Happening::call_wait && happening != Happening::call_talk_start &&
      happening != Happening::call_talk_end)
    return {};
  constexpr std::string_view legs[] = {"leg_id", "leg_ids"};
  if (auto leg = body.text(legs); !leg.empty()) return ":" + leg;
  return ":" + connector::content_id(body.root());
}

std::string key_of(const FreeBody& body, Happening happening, const std::string& part) {
  const std::string id = body.text(call_ids);
  const std::string content = id.empty() ? connector::content_id(body.root()) : id;
  return connector::event_key("comagic", std::string(name(happening)) + ":" + content + part);
}

void decide(event::Event& event, Happening happening) {
  const event::Call& call = *event.call;
  const auto set = [&](Action action, const char* note) {
    event.action = action;
    event.note = note;
  };
  if (!call.state.empty()) return set(Action::ignore, "a state of a live call; its final record decides");
  if (call.direction == "internal") return set(Action::ignore, "a call between employees");
  if (happening == Happening::call_record) {
    if (!call.recording) return set(Action::ignore, "no record can be fetched yet");
    if (call.id.empty()) return set(Action::ignore, "it does not say whose record it is");
    return set(Action::update, "a record of a call");
  }
  if (happening == Happening::call_end && call.direction == "out")
    return set(Action::attach, "an outgoing call does not make a lead");
  if (event.contact.phones.empty()) return set(Action::ignore, "the caller's number is hidden");
  event.action = Action::create;
  event.creates_lead = true;
}

// A call that was transferred has a record for each part. More are not believed: each becomes an event.
constexpr std::size_t most_records = 16;

// Addresses of records.
std::vector<std::string> records_of(const FreeBody& body) {
  std::vector<std::string> out;
  const auto* value = body.find(records);
  if (!value) return out;
  if (const auto* list = value->array_if()) {
    for (const auto& one : *list) {
      if (one.is_string() && out.size() < most_records) out.emplace_back(utf8::trimmed(*one.string()));
    }
  } else if (value->is_string()) {
    out.emplace_back(utf8::trimmed(*value->string()));
  }
  return out;
}

}  // namespace

bool is_call(Happening happening) {
  return happening != Happening::unknown && happening < Happening::offline_message;
}

std::vector<event::Event> read_call(const FreeBody& body, Happening happening,
                                    const connector::Source& source) {
  event::Event event;
  event.kind = happening == Happening::call_record ? event::Kind::call_recording : event::Kind::call;
  event.channel = "phone";
  event.occurred_at = body.time(times, source.time_zone);
  read_contact(event, body, call_phones, call_names);
  read_origin(event, body);

  event::Call& call = event.call.emplace();
  call.id = body.text(call_ids);
  call.direction = direction_of(body, happening);
  if (!event.contact.phones.empty())
    call.client = connector::free_phone(event.contact.phones.front())->number;
  const std::string line = body.text(lines);
  const auto phone = connector::free_phone(line);
  call.line = phone ? phone->number : line;
  call.extension = body.text(extensions);
  call.employee = body.text(employees);
  constexpr std::string_view starts[] = {"start_time"};
  call.started_at = body.time(starts, source.time_zone);
  call.wait_s = body.seconds(wait_durations);
  call.talk_s = body.seconds(talk_durations);
  call.outcome = outcome_of(body, happening, call.direction);
  call.state = state_of(happening);
  call.final = happening == Happening::call_end || happening == Happening::call_lost ||
               happening == Happening::voicemail;
  add_lines(event, body, happening);

  std::vector<event::Event> out;
  const auto links = records_of(body);
  if (happening == Happening::call_record) {
    for (const auto& link : links) {
      event::Event one = event;
      one.call->recording = event::Recording{record_id(body, link), link};
      decide(one, happening);
      one.key = key_of(body, happening, ":" + one.call->recording->id);
      out.push_back(std::move(one));
    }
    if (!out.empty()) return out;
  } else if (!links.empty()) {
    call.recording = event::Recording{record_id(body, links.front()), links.front()};
  }
  decide(event, happening);
  event.key = key_of(body, happening, part_of(body, happening));
  out.push_back(std::move(event));
  return out;
}

}  // namespace b24gate::comagic
