#include "connectors/mango/leg.hpp"

#include "connector/key.hpp"
#include "connectors/mango/fields.hpp"

namespace b24gate::mango {
namespace {

bool says(const json::Value& value) { return !value.says_nothing(); }

bool is_true(const json::Value& value) {
  const std::string text = value.text();
  return text == "true" || text == "1";
}

// The vendor writes some of its Latin C with the Cyrillic letter.
std::string callback_initiator(const json::Value& content) {
  std::string out;
  const std::string text = plain(content["callback_initiator"]);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view letter = std::string_view(text).substr(at, 2);
    if (letter == "\u0421" || letter == "\u0441") {
      out += letter == "\u0421" ? 'C' : 'c';
      ++at;
    } else {
      out += text[at];
    }
  }
  return out;
}

// Repeats have the same id and the same number within it; `seq` comes as a number or as a text.
std::string numbered_id(std::string_view what, const std::string& id, const json::Value& content) {
  const auto number = content["seq"].integer();
  if (id.empty() || !number) return std::string(what) + ":" + connector::content_id(content);
  return std::string(what) + ":" + id + ":" + std::to_string(*number);
}

// Empty where the leg's state is not the call's: the call goes on when its menu or queue leg ends, when a
// leg was handed over, and when the first leg of a callback is replaced by the client's (reason 1000).
std::string state_of(const json::Value& content) {
  const std::string state = plain(content["call_state"]);
  if (state == "Appeared") return "ringing";
  if (state == "Connected") return "talking";
  if (state == "OnHold") return "on_hold";
  if (state != "Disconnected") return {};
  const std::string location = plain(content["location"]);
  if (location == "ivr" || location == "queue") return {};
  for (const char* side : {"from", "to"}) {
    for (const char* flag : {"was_transferred", "was_transfered"}) {
      if (is_true(content[side][flag])) return {};
    }
  }
  if (content["disconnect_reason"].integer() == 1000) return {};
  return "ended";
}

event::Event part_of_call(const json::Value& content, Seconds time_offset) {
  event::Event event;
  event.channel = "phone";
  event.occurred_at = instant(content["timestamp"], time_offset);
  event.call.emplace().id = plain(content["entry_id"]);
  return event;
}

}  // namespace

Direction direction_of_leg(const json::Value& content) {
  const json::Value& from = content["from"];
  // The first leg of a callback looks like an incoming call: the client in `from`, the employee in `to`.
  if (says(content["callback_initiator"]) || says(content["task_id"])) return Direction::out;
  if (says(content["command_id"]) && !says(from["taken_from_call_id"])) return Direction::out;
  if (!says(from["extension"])) return Direction::in;
  return says(content["to"]["extension"]) ? Direction::internal : Direction::out;
}

event::Event read_leg(const json::Value& content, Seconds time_offset) {
  event::Event event = part_of_call(content, time_offset);
  event.kind = event::Kind::call;
  event.action = event::Action::ignore;
  event.note = "a state of a live call; its final record decides";
  event.key = connector::event_key("mango", numbered_id("call", plain(content["call_id"]), content));

  const json::Value& from = content["from"];
  const json::Value& to = content["to"];
  event::Call& call = *event.call;
  const Direction direction = direction_of_leg(content);
  call.direction = name(direction);
  call.state = state_of(content);
  // The call that was ordered by this command, and this one, are one.
  if (std::string command = plain(content["command_id"]); !command.empty())
    call.joined.push_back(std::move(command));
  call.line = plain(to["line_number"]);
  if (call.line.empty()) call.line = plain(from["line_number"]);
  const std::string caller = plain(from["extension"]);
  if (direction == Direction::in) {
    call.extension = plain(to["extension"]);
    put_client(event, plain(from["number"]));
  } else if (direction == Direction::internal) {
    call.extension = caller;
  } else {
    // The employee is on either side of a callback's legs.
    call.extension = caller.empty() ? plain(to["extension"]) : caller;
    put_client(event, plain((caller.empty() ? from : to)["number"]));
  }
  if (const std::string number = tracking_number(content); !number.empty())
    event.fields.append("Коллтрекинг", number);
  if (const std::string initiator = callback_initiator(content); !initiator.empty())
    event.fields.append("Обратный звонок", initiator);
  return event;
}

event::Event read_recording_state(const json::Value& content, Seconds time_offset) {
  event::Event event = part_of_call(content, time_offset);
  event.kind = event::Kind::call_recording;
  event.action = event::Action::ignore;
  event.note = content["completion_code"].integer() == 4002
                   ? "a recording that was too short to be kept"
                   : "a state of a recording; record/added says when it can be fetched";
  event.key =
      connector::event_key("mango", numbered_id("recording", plain(content["recording_id"]), content));
  event.call->extension = plain(content["extension"]);
  return event;
}

event::Event read_recording(const json::Value& content, Seconds time_offset) {
  event::Event event = part_of_call(content, time_offset);
  event.kind = event::Kind::call_recording;
  event.action = event::Action::update;
  event.note = "a recording of a call";
  event.subject = "Запись разговора";
  const std::string id = plain(content["recording_id"]);
  event.call->recording = event::Recording{id, ""};
  event.key = connector::event_key("mango", "record:" + (id.empty() ? connector::content_id(content) : id));
  if (id.empty()) {
    event.call->recording.reset();
    event.action = event::Action::ignore;
    event.note = "a recording without a name";
  }
  return event;
}

}  // namespace b24gate::mango
