// Working time: days, hours, holidays of one schedule in its time zone, and arithmetic in it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "yaml/shape.hpp"
#include "yaml/types.hpp"

namespace b24gate::people {

// { days: mon-fri, hours: "09:00-18:00", time_zone: Europe/Moscow, holidays: ru }
// days: mon-fri, [mon, wed, fri] or mon-thu,sat, mon-fri when it is not given; hours: one or several
// "09:00-13:00, 14:00-18:00"; a range over midnight ("22:00-06:00") belongs to the day it begins on and ends
// on the next one; ranges that overlap count once. time_zone: Europe/Moscow when it is not given. On the days
// on which a zone's clocks change, working time lasts as long as it lasts: an hour that is skipped is not
// worked. Immutable, thread-safe.
class WorkingTime {
 public:
  // Mistakes go to the context; what it returns is usable all the same.
  static WorkingTime read(const yaml::Node& node, yaml::Context& context);
  static json::Value schema(yaml::Schemas& schemas);

  [[nodiscard]] bool open_at(TimePoint t) const;
  // The first instant at or after t that is working time; nullopt when there is none within a year.
  [[nodiscard]] std::optional<TimePoint> next_open(TimePoint t) const;
  // t plus that much working time; working time that begins at the next opening when t is outside. Nullopt
  // when the next opening is more than a year away, or the result more than ten years.
  [[nodiscard]] std::optional<TimePoint> add(TimePoint t, Milliseconds working) const;
  [[nodiscard]] const TimeZone& zone() const { return zone_; }
  // Working time of one working day: 9 h for "09:00-18:00". What "1 working day" of a deadline stands for.
  [[nodiscard]] Milliseconds day_length() const;
  // "mon-fri 09:00-18:00 Europe/Moscow", for reasons.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Range {
    int from_minute = 0;
    int to_minute = 0;  // may exceed 24 h
  };
  struct Interval {
    TimePoint from;
    TimePoint to;
  };
  [[nodiscard]] bool works_on(std::int64_t local_day) const;
  [[nodiscard]] Interval interval(std::int64_t local_day, const Range& range) const;
  // Calls visit(interval) for the working intervals that end after t, by their beginning, until it returns
  // false or so many days are over.
  template <class Visit>
  void walk(TimePoint t, std::int64_t days, Visit visit) const;

  std::array<bool, 7> days_{};  // monday first
  std::vector<Range> ranges_;   // by beginning
  TimeZone zone_ = TimeZone::utc();
  bool holidays_ru_ = false;
  std::string text_;
};

}  // namespace b24gate::people

template <>
struct b24gate::yaml::Shape<b24gate::people::WorkingTime> {
  static void read(const Node& node, Context& context, people::WorkingTime& out) {
    out = people::WorkingTime::read(node, context);
  }
  static json::Value schema(Schemas& schemas) { return people::WorkingTime::schema(schemas); }
};
