// Who is at work: what is known of one person, from where and how old, and what it comes to.
//
// Pure and without state: what was heard is handed in, and so is the time. Why the parts go in this order is
// in docs/distribution.md, "Presence".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "people/people.hpp"

namespace b24gate::people {

// As timeman.status says it: `expired` was opened before today and never closed.
enum class WorkingDay { opened, paused, closed, expired };
std::string_view name(WorkingDay day);
std::optional<WorkingDay> parse_working_day(std::string_view name);

struct DaySignal {
  TimePoint heard_at;
  bool tracked = true;  // false: the portal does not keep this employee's working day, `state` means nothing
  WorkingDay state = WorkingDay::closed;
  // Opened and expired: when it was opened. Closed: when it was closed. Paused: when we first heard of it.
  // Empty: never opened a day.
  std::optional<TimePoint> since = {};
};

// One absence in the calendar: [from, to), or whole days, which are days where the employee works.
struct Absence {
  TimePoint from;
  TimePoint to;
  std::optional<std::int64_t> first_day = {};  // days since 1970-01-01; set together with last_day
  std::optional<std::int64_t> last_day = {};   // included
};

struct AbsenceSignal {
  TimePoint heard_at;
  std::vector<Absence> absences;  // around now
};

struct UserSignal {
  TimePoint heard_at;
  bool active = true;  // false: dismissed
};

// Set by hand, until then.
struct Away {
  TimePoint since;
  TimePoint until;
  std::string why;  // what the administrator wrote; may be empty
};

// What is known of one employee; what was never heard is absent.
struct Signals {
  std::optional<UserSignal> user = {};
  std::optional<DaySignal> day = {};
  std::optional<AbsenceSignal> absence = {};
  std::optional<Away> away = {};
};

// Why a source cannot be read at all ("insufficient_scope"); empty: it can.
struct Silence {
  std::string timeman;
  std::string absence;
};

// The merged answer. `zone`: of employees without a schedule, the portal's.
Presence judge(const Employee& employee, const Signals& signals, const Silence& silence, const Roster& roster,
               const TimeZone& zone, TimePoint now);

// The zone that an employee's day is counted in.
const TimeZone& zone_of(const Employee& employee, const Roster& roster, const TimeZone& portal_zone);

// "09:40", on another day than `now` "2026-11-27 18:00".
std::string clock_text(TimePoint t, TimePoint now, const TimeZone& zone);

// When somebody who is away is back, as a person writes it: 2026-12-01T09:00 (with or without an offset),
// 2026-12-01 (its first minute), 14:30 (today), tomorrow, or a time from now (2h, 3d). Fails with
// ErrorKind::input: cannot be read, is not in the future, or is more than a year away.
Result<TimePoint> parse_until(std::string_view text, const TimeZone& zone, TimePoint now);

}  // namespace b24gate::people
