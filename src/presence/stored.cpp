// The portal's words about everybody as text, for the journal.
#include "json/value.hpp"
#include "presence/staff.hpp"

namespace b24gate::presence {
namespace {

std::optional<TimePoint> time_of(const json::Value& milliseconds) {
  const auto value = milliseconds.integer();
  return value ? std::optional(from_unix_ms(*value)) : std::nullopt;
}

json::Value day_json(const people::DaySignal& day) {
  auto out = json::Value::object(
      {{"at", to_unix_ms(day.heard_at)}, {"state", people::name(day.state)}, {"tracked", day.tracked}});
  if (day.since) out["since"] = to_unix_ms(*day.since);
  return out;
}

json::Value absence_json(const people::AbsenceSignal& signal) {
  json::Array absences;
  for (const auto& absence : signal.absences) {
    auto one = json::Value::object({{"from", to_unix_ms(absence.from)}, {"to", to_unix_ms(absence.to)}});
    if (absence.first_day && absence.last_day) {
      one["first_day"] = *absence.first_day;
      one["last_day"] = *absence.last_day;
    }
    absences.push_back(std::move(one));
  }
  return json::Value::object({{"at", to_unix_ms(signal.heard_at)}, {"absences", std::move(absences)}});
}

std::optional<people::DaySignal> day_from(const json::Value& text) {
  const auto at = time_of(text["at"]);
  const auto state = people::parse_working_day(text["state"].text());
  if (!at || !state) return std::nullopt;
  return people::DaySignal{*at, text["tracked"].boolean().value_or(true), *state, time_of(text["since"])};
}

std::optional<people::AbsenceSignal> absence_from(const json::Value& text) {
  const auto at = time_of(text["at"]);
  const auto* absences = text["absences"].array_if();
  if (!at || !absences) return std::nullopt;
  people::AbsenceSignal out{*at, {}};
  for (const auto& one : *absences) {
    const auto from = time_of(one["from"]);
    const auto to = time_of(one["to"]);
    if (from && to)
      out.absences.push_back({*from, *to, one["first_day"].integer(), one["last_day"].integer()});
  }
  return out;
}

std::optional<people::UserSignal> user_from(const json::Value& text) {
  const auto at = time_of(text["at"]);
  const auto active = text["active"].boolean();
  if (!at || !active) return std::nullopt;
  return people::UserSignal{*at, *active};
}

}  // namespace

std::string to_text(const Known& known) {
  json::Object users;
  for (const auto& [user, signals] : known.by_user) {
    auto one = json::Value::object();
    if (signals.user) {
      one["user"] =
          json::Value::object({{"at", to_unix_ms(signals.user->heard_at)}, {"active", signals.user->active}});
    }
    if (signals.day) one["day"] = day_json(*signals.day);
    if (signals.absence) one["absence"] = absence_json(*signals.absence);
    users.append(std::to_string(user), std::move(one));
  }
  return json::write(json::Value::object({{"users", std::move(users)},
                                          {"timeman_refused", known.silence.timeman},
                                          {"absence_refused", known.silence.absence}}));
}

Known known_from(std::string_view text) {
  Known out;
  const auto read = json::parse(text, {16, 1'000'000});
  if (!read) return out;
  const json::Value& document = *read;
  if (const auto* users = document["users"].object_if()) {
    for (const auto& [id, one] : *users) {
      const auto user = json::Value(id).integer();
      if (!user) continue;
      people::Signals signals;
      signals.user = user_from(one["user"]);
      signals.day = day_from(one["day"]);
      signals.absence = absence_from(one["absence"]);
      out.by_user.emplace(*user, std::move(signals));
    }
  }
  out.silence.timeman = document["timeman_refused"].text();
  out.silence.absence = document["absence_refused"].text();
  return out;
}

}  // namespace b24gate::presence
