#include "presence/reading.hpp"

#include <date/date.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"

namespace b24gate::presence {
namespace {

constexpr std::size_t per_request = 50;
constexpr std::size_t users_per_command = 50;  // a page of user.get
constexpr std::int64_t day_seconds = 86'400;

std::string day_of(TimePoint t, const TimeZone& zone) { return to_iso(t, zone).substr(0, 10); }

json::Value ids(const std::vector<std::int64_t>& users, std::size_t from) {
  json::Array out;
  for (std::size_t i = from; i < std::min(from + users_per_command, users.size()); ++i)
    out.emplace_back(users[i]);
  return json::Value(std::move(out));
}

// Yes in any of the portal's spellings.
bool yes(const json::Value& value) {
  if (const auto flag = value.boolean()) return *flag;
  const std::string text = ascii::lower(value.text());
  return text == "y" || text == "1" || text == "true";
}

// Elements of an array, or of an object that PHP made of an array with gaps (quirk 38).
template <class Visit>
void each(const json::Value& value, Visit visit) {
  if (const auto* elements = value.array_if()) {
    for (const auto& element : *elements) visit(element);
  } else if (const auto* members = value.object_if()) {
    for (const auto& member : *members) visit(member.second);
  }
}

// Waiting will not mend it; what concerns the whole portal is told by the lane.
bool needs_person(const portal::Outcome& outcome) {
  if (outcome.scope == portal::Scope::portal) return false;
  return outcome.cls == portal::Class::auth || outcome.cls == portal::Class::permanent ||
         outcome.cls == portal::Class::gone;
}

void note(Source& source, const portal::Outcome& outcome) {
  if (outcome.cls == portal::Class::success) {
    source.answered = true;
  } else if (needs_person(outcome) && source.refused.empty()) {
    source.refused = outcome.code.empty() ? "access denied" : outcome.code;
  }
  if (source.answered) source.refused.clear();
}

std::optional<people::Absence> absence_of(const json::Value& event, const TimeZone& zone) {
  if (event["ACCESSIBILITY"].text() != "absent") return std::nullopt;
  const auto from = event["DATE_FROM_TS_UTC"].integer();
  const auto to = event["DATE_TO_TS_UTC"].integer();
  if (!from || !to || *to < *from) return std::nullopt;
  people::Absence out;
  out.from = TimePoint{Seconds{*from}};
  out.to = TimePoint{Seconds{*to}};
  if (!yes(event["DT_SKIP_TIME"])) return out;
  // A whole day is told as its midnight, in UTC or in the portal's zone.
  const auto day = [&](std::int64_t seconds) {
    if (seconds % day_seconds == 0) return seconds / day_seconds;
    const auto local = zone.to_local(TimePoint{Seconds{seconds}});
    return std::int64_t{date::floor<date::days>(local).time_since_epoch().count()};
  };
  out.first_day = day(*from);
  out.last_day = day(*to);
  return out;
}

}  // namespace

std::string refusal_advice(std::string_view source, std::string_view code) {
  const std::string lower = ascii::lower(code);
  const std::string_view scope = source == "timeman" ? "timeman" : "calendar";
  const std::string otherwise = fmt::format("or take {} out of presence.from in employees.yaml", source);
  if (lower == "insufficient_scope") {
    return fmt::format("edit the inbound webhook in the portal, tick {} and save it; {}", scope, otherwise);
  }
  if (lower == "error_method_not_found")
    return fmt::format("the portal's plan has no {}: install or switch on that module, {}", scope, otherwise);
  if (source == "timeman") {
    return "give the webhook's owner the right to see everybody's working time (Employees > Working time > "
           "access permissions), " +
           otherwise;
  }
  return "the webhook's owner must be an employee who may see everybody's calendar, " + otherwise;
}

Reading::Reading(const Questions& questions, TimeZone zone, TimePoint now) : zone_(std::move(zone)) {
  // The day before and the day after, for those who live by another clock than the portal.
  const std::string from = day_of(now - std::chrono::hours{24}, zone_);
  const std::string to = day_of(now + std::chrono::hours{24}, zone_);
  for (std::size_t i = 0; i < questions.users.size(); i += users_per_command) {
    commands_.push_back(
        {"user.get", json::Value::object({{"FILTER", json::Value::object({{"ID", ids(questions.users, i)}})},
                                          {"select", json::Value::array({"ID", "ACTIVE"})}})});
  }
  for (std::size_t i = 0; i < questions.absences.size(); i += users_per_command) {
    commands_.push_back(
        {"calendar.accessibility.get",
         json::Value::object({{"users", ids(questions.absences, i)}, {"from", from}, {"to", to}})});
  }
  for (const auto user : questions.settings)
    commands_.push_back({"timeman.settings", json::Value::object({{"USER_ID", user}})});
  for (const auto user : questions.days)
    commands_.push_back({"timeman.status", json::Value::object({{"USER_ID", user}})});
}

std::vector<portal::Command> Reading::next() const {
  const std::size_t end = std::min(at_ + per_request, commands_.size());
  return {commands_.begin() + static_cast<std::ptrdiff_t>(at_),
          commands_.begin() + static_cast<std::ptrdiff_t>(end)};
}

void Reading::take(const std::vector<portal::Outcome>& outcomes, TimePoint asked_at) {
  asked_at_ = asked_at;
  for (const auto& outcome : outcomes) {
    if (at_ < commands_.size()) take_one(commands_[at_++], outcome);
  }
}

void Reading::take_one(const portal::Command& command, const portal::Outcome& outcome) {
  if (command.method == "timeman.status") note(heard_.timeman, outcome);
  if (command.method == "calendar.accessibility.get") note(heard_.absence, outcome);
  if (outcome.cls == portal::Class::success || needs_person(outcome)) heard_.answered = true;
  if (outcome.cls != portal::Class::success) return;
  const std::int64_t user = command.params["USER_ID"].integer().value_or(0);
  if (command.method == "user.get") {
    take_users(outcome.result);
  } else if (command.method == "timeman.settings") {
    if (!outcome.result["UF_TIMEMAN"].is_null()) heard_.tracked[user] = yes(outcome.result["UF_TIMEMAN"]);
  } else if (command.method == "timeman.status") {
    take_day(user, outcome.result);
  } else {
    take_absences(command.params["users"], outcome.result);
  }
}

void Reading::take_users(const json::Value& rows) {
  each(rows, [&](const json::Value& row) {
    const auto id = row["ID"].integer();
    if (id && !row["ACTIVE"].is_null()) heard_.users[*id] = {asked_at_, yes(row["ACTIVE"])};
  });
}

void Reading::take_day(std::int64_t user, const json::Value& day) {
  const auto state = people::parse_working_day(ascii::lower(day["STATUS"].text()));
  if (!state) return;
  people::DaySignal signal{asked_at_, true, *state, std::nullopt};
  const auto time = [&](const char* name) { return parse_iso(day[name].text(), zone_); };
  if (*state == people::WorkingDay::closed) signal.since = time("TIME_FINISH");
  if (*state == people::WorkingDay::opened || *state == people::WorkingDay::expired)
    signal.since = time("TIME_START");
  if (*state == people::WorkingDay::paused) signal.since = asked_at_;
  heard_.days[user] = signal;
}

// {"12": [...], "34": []}; [] when there is nothing at all. Who was asked about and is not in it has none.
void Reading::take_absences(const json::Value& asked, const json::Value& events) {
  each(asked, [&](const json::Value& id) {
    people::AbsenceSignal signal{asked_at_, {}};
    each(events[id.text()], [&](const json::Value& event) {
      if (auto absence = absence_of(event, zone_)) signal.absences.push_back(*absence);
    });
    heard_.absences[id.integer().value_or(0)] = std::move(signal);
  });
}

}  // namespace b24gate::presence
