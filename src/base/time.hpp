// Time: points on the wall clock in milliseconds, their text, and the clock that everything asks.
//
// No code but SystemClock reads the machine's clock: tests own time by handing in a ManualClock. Wall time
// may jump in both directions (NTP, an administrator); what measures an interval inside one process uses
// steady().
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace b24gate {

using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using TimePoint = std::chrono::time_point<std::chrono::system_clock, Milliseconds>;
using SteadyPoint = std::chrono::time_point<std::chrono::steady_clock, Milliseconds>;

// Thread-safe in every implementation.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  [[nodiscard]] virtual SteadyPoint steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] SteadyPoint steady() const override;
};

inline std::int64_t to_unix_ms(TimePoint t) { return t.time_since_epoch().count(); }
inline TimePoint from_unix_ms(std::int64_t ms) { return TimePoint{Milliseconds{ms}}; }

// A named time zone of the system's tz database, for example Europe/Moscow.
class TimeZone {
 public:
  // Fails with ErrorKind::config when the system knows no zone of that name.
  static Result<TimeZone> find(std::string_view name);
  static TimeZone utc();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Seconds offset_at(TimePoint t) const;

  // Wall-clock time of this zone as days and milliseconds since 1970-01-01 00:00 local.
  [[nodiscard]] std::chrono::time_point<std::chrono::system_clock, Milliseconds> to_local(TimePoint t) const;
  // The instant at which this zone's clocks show `local`; in a gap the instant the gap ends, in an overlap
  // the first.
  [[nodiscard]] TimePoint to_instant(TimePoint local) const;

 private:
  std::string name_;
  const void* zone_ = nullptr;  // date::time_zone, owned by the tz database for the process's life
};

// ISO 8601 with offset and whole seconds: 2026-11-23T10:00:00+03:00. Milliseconds are left out when they are
// zero.
std::string to_iso(TimePoint t, const TimeZone& zone);
// Accepts YYYY-MM-DDTHH:MM[:SS[.fff]](Z|+HH:MM|+HHMM), a space for T; without an offset the time is in
// `zone`.
std::optional<TimePoint> parse_iso(std::string_view text, const TimeZone& zone);

}  // namespace b24gate
