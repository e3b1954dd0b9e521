#include "connectors/mango/summary.hpp"

#include <fmt/format.h>

#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connectors/mango/fields.hpp"

namespace b24gate::mango {
namespace {

using connector::add_line;

Direction direction_of(const json::Value& content) {
  if (const auto code = content["call_direction"].integer()) {
    if (*code == 0) return Direction::internal;
    if (*code == 1) return Direction::in;
    if (*code == 2) return Direction::out;
  }
  if (plain(content["from"]["extension"]).empty()) return Direction::in;
  return plain(content["to"]["extension"]).empty() ? Direction::out : Direction::internal;
}

// Seconds from one moment to a later one.
std::optional<int> between(const json::Value& from, const json::Value& to) {
  const auto begin = seconds_of(from);
  const auto end = seconds_of(to);
  constexpr std::int64_t week = 7 * 86'400;
  if (!begin || !end || *end < *begin || *end - *begin > week) return std::nullopt;
  return static_cast<int>(*end - *begin);
}

std::string duration(int seconds) {
  if (seconds < 60) return fmt::format("{} с", seconds);
  return fmt::format("{} мин {} с", seconds / 60, seconds % 60);
}

std::string_view in_russian(std::string_view outcome) {
  if (outcome == "answered") return "отвечен";
  if (outcome == "missed") return "пропущен";
  if (outcome == "busy") return "занято";
  if (outcome == "rejected") return "отклонён";
  if (outcome == "no_answer") return "нет ответа";
  if (outcome == "unavailable") return "недоступен";
  if (outcome == "blocked") return "запрещён";
  return "не состоялся";
}

std::string subject_of(Direction direction, const std::string& outcome) {
  if (direction == Direction::internal) return "Внутренний звонок";
  if (direction == Direction::out) return "Исходящий звонок";
  return outcome == "missed" ? "Пропущенный звонок" : "Входящий звонок";
}

void write_text(event::Event& event, Direction direction, const std::string& group,
                const std::string& tracking) {
  const event::Call& call = *event.call;
  std::string& text = event.text;
  add_line(text, "", event.subject + ": " + std::string(in_russian(call.outcome)));
  if (direction != Direction::internal)
    add_line(text, "Клиент", call.client.empty() ? "номер скрыт" : call.client);
  add_line(text, "Линия", call.line);
  add_line(text, "Коллтрекинг", tracking);
  add_line(text, "Сотрудник", call.extension);
  add_line(text, "Группа", group);
  if (call.wait_s) add_line(text, "Ожидание", duration(*call.wait_s));
  if (call.talk_s && *call.talk_s > 0) add_line(text, "Разговор", duration(*call.talk_s));
}

void choose_action(event::Event& event, Direction direction) {
  switch (direction) {
    case Direction::in:
      event.action = event::Action::create;
      event.creates_lead = true;
      break;
    case Direction::out:
      event.action = event::Action::attach;
      event.note = "an outgoing call";
      break;
    case Direction::internal:
      event.action = event::Action::ignore;
      event.note = "a call between colleagues";
      break;
  }
}

}  // namespace

event::Event read_summary(const json::Value& content, Seconds time_offset) {
  const json::Value& from = content["from"];
  const json::Value& to = content["to"];
  const Direction direction = direction_of(content);
  // Not by entry_result: it is 1 for calls that ended in the menu.
  const bool answered = content["talk_time"].integer().value_or(0) > 0;

  event::Event event;
  event.kind = event::Kind::call;
  event.channel = "phone";
  event::Call& call = event.call.emplace();
  call.id = plain(content["entry_id"]);
  call.final = true;
  call.direction = name(direction);
  call.line = plain(content["line_number"]);
  call.started_at = instant(content["create_time"], time_offset);
  event.occurred_at = call.started_at;
  if (!event.occurred_at) event.occurred_at = instant(content["end_time"], time_offset);
  call.wait_s = between(content["create_time"], content[answered ? "talk_time" : "end_time"]);
  if (answered) {
    call.talk_s = between(content["talk_time"], content["end_time"]);
    call.outcome = "answered";
  } else {
    call.talk_s = 0;
    call.outcome = outcome_of(direction, content["disconnect_reason"].integer());
  }

  std::string group;
  if (direction == Direction::in) {
    put_client(event, plain(from["number"]));
    // Of a call that nobody took `to` is who missed it first; without a number that is a group.
    const std::string extension = plain(to["extension"]);
    const bool is_group = !answered && plain(to["number"]).empty();
    (is_group ? group : call.extension) = extension;
  } else {
    call.extension = plain(from["extension"]);
    if (direction == Direction::out) put_client(event, plain(to["number"]));
  }
  const std::string tracking = tracking_number(content);
  if (!group.empty()) event.fields.append("Группа", group);
  if (!tracking.empty()) event.fields.append("Коллтрекинг", tracking);

  event.subject = subject_of(direction, call.outcome);
  write_text(event, direction, group, tracking);
  choose_action(event, direction);
  event.key = connector::event_key("mango",
                                   "summary:" + (call.id.empty() ? connector::content_id(content) : call.id));
  return event;
}

}  // namespace b24gate::mango
