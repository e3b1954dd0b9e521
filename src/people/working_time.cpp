#include "people/working_time.hpp"

#include <algorithm>

#include "people/holidays.hpp"

namespace b24gate::people {
namespace {

constexpr std::int64_t days_of_a_year = 366;
constexpr int minutes_of_a_day = 24 * 60;

std::int64_t day_of(TimePoint local) {
  return std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<86400>>>(local.time_since_epoch())
      .count();
}

}  // namespace

bool WorkingTime::works_on(std::int64_t local_day) const {
  // 1970-01-01 was a Thursday.
  const auto weekday = static_cast<std::size_t>(((local_day + 3) % 7 + 7) % 7);
  if (holidays_ru_) {
    if (const auto off = russian_day_off(local_day)) {
      if (*off) return false;
      // A worked Saturday stands for a weekday: it is worked by those who work the whole week.
      return days_[weekday] ||
             std::all_of(days_.begin(), days_.begin() + 5, [](bool works) { return works; });
    }
  }
  return days_[weekday];
}

WorkingTime::Interval WorkingTime::interval(std::int64_t local_day, const Range& range) const {
  const TimePoint midnight{std::chrono::hours{24 * local_day}};
  return {zone_.to_instant(midnight + std::chrono::minutes{range.from_minute}),
          zone_.to_instant(midnight + std::chrono::minutes{range.to_minute})};
}

template <class Visit>
void WorkingTime::walk(TimePoint t, std::int64_t days, Visit visit) const {
  const std::int64_t today = day_of(zone_.to_local(t));
  // Yesterday's ranges may reach over midnight.
  for (std::int64_t day = today - 1; day <= today + days; ++day) {
    if (!works_on(day)) continue;
    for (const auto& range : ranges_) {
      const Interval working = interval(day, range);
      if (working.to > t && working.to > working.from && !visit(working)) return;
    }
  }
}

bool WorkingTime::open_at(TimePoint t) const {
  bool open = false;
  walk(t, 0, [&](const Interval& working) {
    open = working.from <= t;
    return !open;
  });
  return open;
}

std::optional<TimePoint> WorkingTime::next_open(TimePoint t) const {
  std::optional<TimePoint> found;
  walk(t, days_of_a_year, [&](const Interval& working) {
    found = std::max(t, working.from);
    return false;
  });
  return found;
}

std::optional<TimePoint> WorkingTime::add(TimePoint t, Milliseconds working) const {
  const auto begin = next_open(t);
  if (!begin) return std::nullopt;
  TimePoint reached = *begin;
  Milliseconds left = std::max(working, Milliseconds{0});
  std::optional<TimePoint> found;
  walk(reached, 10 * days_of_a_year, [&](const Interval& open) {
    // Overlapping ranges count once: what lies before `reached` is spent.
    const TimePoint from = std::max(reached, open.from);
    if (open.to <= from) return true;
    if (open.to - from >= left) {
      found = from + left;
      return false;
    }
    left -= open.to - from;
    reached = open.to;
    return true;
  });
  return found;
}

Milliseconds WorkingTime::day_length() const {
  int total = 0;
  int reached = 0;
  for (const auto& range : ranges_) {
    const int from = std::max(reached, range.from_minute);
    if (range.to_minute > from) total += range.to_minute - from;
    reached = std::max(reached, range.to_minute);
  }
  return std::chrono::minutes{std::min(total, minutes_of_a_day)};
}

}  // namespace b24gate::people
