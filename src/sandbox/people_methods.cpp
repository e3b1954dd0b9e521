// Employees, departments, the working day, absence. Source: bitrix24/presence.md.
#include <date/date.h>
#include <fmt/format.h>

#include <array>

#include "sandbox/filter.hpp"
#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

using namespace std::chrono_literals;

json::Value user_row(const User& user) {
  return json::Value::object({{"ID", std::to_string(user.id)},
                              {"ACTIVE", user.active},
                              {"NAME", user.name},
                              {"LAST_NAME", user.last_name},
                              {"SECOND_NAME", ""},
                              {"EMAIL", user.email},
                              {"WORK_POSITION", user.position},
                              {"UF_DEPARTMENT", json::Value::array({user.department})},
                              {"UF_PHONE_INNER", user.inner_phone},
                              {"USER_TYPE", "employee"},
                              {"IS_ONLINE", user.working_day == "OPENED" ? "Y" : "N"},
                              {"TIME_ZONE", "Europe/Moscow"},
                              {"TIMESTAMP_X", json::Value::object()}});
}

Outcome users(Call& call) {
  std::vector<User> all = call.store.users;
  for (auto& user : all) user.active = works_here(call, user.id);
  Columns<User> columns;
  columns.kind = [](std::string_view name) -> std::optional<Kind> {
    if (name == "NAME_SEARCH") return Kind::text;
    if (user_row({}).object_if()->find(name) == nullptr) return std::nullopt;
    return name == "ID" || name == "UF_DEPARTMENT" ? Kind::number : Kind::text;
  };
  columns.pattern_field = "NAME_SEARCH";
  columns.value = [](const User& user, std::string_view name) -> json::Value {
    if (name == "NAME_SEARCH") return user.full_name();
    if (name == "ACTIVE") return user.active ? "1" : "0";
    return user_row(user)[name];
  };
  json::Value filter = json::Value::object();
  for (const char* name : {"FILTER", "filter"}) {
    for (auto& [key, value] : php::pairs(call.param(name))) filter[key] = value;
  }
  // Fields may stand at the top level too.
  for (const auto& [key, value] : php::pairs(call.params)) {
    if (columns.kind(parse_condition(key).field)) filter[key] = value;
  }
  for (auto& [key, value] : *filter.object_if()) {
    if (parse_condition(key).field == "ACTIVE")
      value = php::is_yes(value) || value.text() == "true" ? "1" : "0";
  }
  json::Value order;
  if (!call.param("sort").says_nothing()) order[call.param("sort").text()] = call.param("order").text();
  auto rows = selected(rows_of(all), filter, order, columns, call.store.zone);
  if (!rows) return tl::unexpected<Failure>(rows.error());
  Success out;
  json::Array shown;
  for (const User* user : paged(*std::move(rows), call.param("start"), out)) shown.push_back(user_row(*user));
  out.result = std::move(shown);
  return out;
}

json::Value department_row(const Department& department) {
  auto out =
      json::Value::object({{"ID", std::to_string(department.id)}, {"NAME", department.name}, {"SORT", 500}});
  if (department.parent != 0) out["PARENT"] = std::to_string(department.parent);
  if (department.head != 0) out["UF_HEAD"] = std::to_string(department.head);
  return out;
}

Outcome departments(Call& call) {
  std::vector<const Department*> rows;
  for (const auto& department : call.store.departments) {
    const auto row = department_row(department);
    bool wanted = true;
    for (const char* name : {"ID", "NAME", "SORT", "PARENT", "UF_HEAD"}) {
      if (call.param(name).is_null()) continue;
      wanted =
          wanted && holds({Operator::equal, name}, Kind::text, row[name], call.param(name), call.store.zone);
    }
    if (wanted) rows.push_back(&department);
  }
  Success out;
  json::Array shown;
  for (const Department* department : paged(std::move(rows), call.param("START"), out)) {
    shown.push_back(department_row(*department));
  }
  out.result = std::move(shown);
  return out;
}

TimePoint at_hour(const Store& store, TimePoint now, std::chrono::hours day_shift, std::chrono::hours hour) {
  const auto day = date::floor<date::days>(store.zone.to_local(now));
  return store.zone.to_instant(TimePoint{day.time_since_epoch()} + day_shift + hour);
}

// A user who has never opened a day has STATUS and nothing else.
Outcome working_day(Call& call) {
  const std::int64_t id =
      call.param("USER_ID").is_null() ? webhook_owner : php::to_int(call.param("USER_ID"));
  const User* user = call.store.user(id);
  if (user == nullptr) return refuse("", "User not found");
  if (user->working_day.empty()) return Success{json::Value::object({{"STATUS", "CLOSED"}}), {}, {}};
  const bool expired = user->working_day == "EXPIRED";
  const bool closed = user->working_day == "CLOSED";
  const auto& store = call.store;
  // Opened or closed just now through the control API; the others at nine, the closed ones yesterday at six.
  const bool opened_now = user->day_changed && user->working_day == "OPENED";
  const bool closed_now = user->day_changed && closed;
  const auto yesterday = (closed && !closed_now) || expired ? -24h : 0h;
  auto out = json::Value::object(
      {{"STATUS", user->working_day},
       {"TIME_START", opened_now ? store.iso(std::chrono::floor<Seconds>(*user->day_changed))
                                 : store.iso(at_hour(store, call.now, yesterday, 9h))},
       {"TIME_FINISH", json::Value()},
       {"DURATION", closed ? "09:00:00" : "00:00:00"},
       {"TIME_LEAKS", user->working_day == "PAUSED" ? "00:17:53" : "00:00:00"},
       {"ACTIVE", user->working_day == "OPENED" || user->working_day == "PAUSED"},
       {"IP_OPEN", ""},
       {"IP_CLOSE", ""},
       {"LAT_OPEN", 0},
       {"LON_OPEN", 0},
       {"LAT_CLOSE", 0},
       {"LON_CLOSE", 0},
       {"TZ_OFFSET", static_cast<std::int64_t>(store.zone.offset_at(call.now).count())}});
  if (closed) {
    out["TIME_FINISH"] = closed_now ? store.iso(std::chrono::floor<Seconds>(*user->day_changed))
                                    : store.iso(at_hour(store, call.now, yesterday, 18h));
  }
  if (expired) out["TIME_FINISH_DEFAULT"] = store.iso(at_hour(store, call.now, yesterday, 18h));
  return Success{std::move(out), {}, {}};
}

// ADMIN is told of oneself only.
Outcome working_day_settings(Call& call) {
  const std::int64_t id =
      call.param("USER_ID").is_null() ? webhook_owner : php::to_int(call.param("USER_ID"));
  const User* user = call.store.user(id);
  if (user == nullptr) return refuse("", "User not found");
  auto out = json::Value::object({{"UF_TIMEMAN", user->timeman},
                                  {"UF_TM_FREE", false},
                                  {"UF_TM_MAX_START", "09:15:00"},
                                  {"UF_TM_MIN_FINISH", "17:45:00"},
                                  {"UF_TM_MIN_DURATION", "08:00:00"},
                                  {"UF_TM_ALLOWED_DELTA", "00:15:00"}});
  if (id == webhook_owner) out["ADMIN"] = true;
  return Success{std::move(out), {}, {}};
}

// 02.12.2024 11:00:00, the portal's site format.
std::string site_time(const Store& store, TimePoint t) {
  const auto local = store.zone.to_local(t);
  const auto day = date::floor<date::days>(local);
  const date::year_month_day ymd{day};
  const date::hh_mm_ss<Milliseconds> time{local - day};
  return fmt::format("{:02}.{:02}.{} {:02}:{:02}:{:02}", unsigned{ymd.day()}, unsigned{ymd.month()},
                     int{ymd.year()}, time.hours().count(), time.minutes().count(), time.seconds().count());
}

json::Value absence_row(const Store& store, const Absence& absence) {
  const auto seconds = [](TimePoint t) { return std::to_string(to_unix_ms(t) / 1000); };
  return json::Value::object({{"ID", std::to_string(absence.id)},
                              {"NAME", absence.name},
                              {"DATE_FROM", site_time(store, absence.from)},
                              {"DATE_TO", site_time(store, absence.to)},
                              {"DATE_FROM_TS_UTC", seconds(absence.from)},
                              {"DATE_TO_TS_UTC", seconds(absence.to)},
                              {"~USER_OFFSET_FROM", 0},
                              {"~USER_OFFSET_TO", 0},
                              {"DT_SKIP_TIME", absence.whole_days ? "Y" : "N"},
                              {"TZ_FROM", store.zone.name()},
                              {"TZ_TO", store.zone.name()},
                              {"ACCESSIBILITY", absence.accessibility},
                              {"IMPORTANCE", "normal"},
                              {"EVENT_TYPE", ""}});
}

Outcome accessibility(Call& call) {
  for (const char* name : {"users", "from", "to"}) {
    if (call.param(name).says_nothing()) {
      return refuse("", fmt::format("The required parameter \"{}\" is not set for the method", name));
    }
  }
  const auto from = parse_iso(call.param("from").text() + "T00:00:00", call.store.zone);
  const auto to = parse_iso(call.param("to").text() + "T00:00:00", call.store.zone);
  if (!from || !to) return refuse("", "Invalid date");
  json::Object out;
  for (const auto& [key, user] : php::pairs(call.param("users"))) {
    json::Array events;
    for (const auto& absence : call.store.absences) {
      const TimePoint end = absence.whole_days ? absence.to + 24h : absence.to;
      if (absence.user == php::to_int(user) && end > *from && absence.from < *to + 24h) {
        events.push_back(absence_row(call.store, absence));
      }
    }
    out.set(std::to_string(php::to_int(user)), std::move(events));
  }
  return Success{php::encoded_map(std::move(out)), {}, {}};
}

constexpr std::array<Method, 5> methods{{
    {"user.get", "user", 0.05, users},
    {"department.get", "department", 0.03, departments},
    {"timeman.status", "timeman", 0.03, working_day},
    {"timeman.settings", "timeman", 0.02, working_day_settings},
    {"calendar.accessibility.get", "calendar", 0.05, accessibility},
}};

}  // namespace

bool works_here(const Call& call, std::int64_t user) {
  const User* found = call.store.user(user);
  return found != nullptr && found->active && !call.faults.dismissed(user);
}

std::span<const Method> people_methods() { return methods; }

}  // namespace b24gate::sandbox
