#include "people/holidays.hpp"

#include <date/date.h>

#include <algorithm>
#include <array>

namespace b24gate::people {
namespace {

struct MonthDay {
  unsigned month;
  unsigned day;
  bool operator==(const MonthDay&) const = default;
};

// Article 112; the first eight days of January are in code.
constexpr std::array<MonthDay, 6> holidays{{{2, 23}, {3, 8}, {5, 1}, {5, 9}, {6, 12}, {11, 4}}};

// A day off besides the holidays, or a Saturday that is worked instead.
struct Exception {
  int year;
  MonthDay date;
  bool off;
};

constexpr int first_decreed_year = 2024;
constexpr int last_decreed_year = 2026;
constexpr std::array exceptions{
    Exception{2024, {4, 27}, false},
    Exception{2024, {4, 29}, true},
    Exception{2024, {4, 30}, true},
    Exception{2024, {5, 10}, true},
    Exception{2024, {11, 2}, false},
    Exception{2024, {12, 28}, false},
    Exception{2024, {12, 30}, true},
    Exception{2024, {12, 31}, true},  //
    Exception{2025, {5, 2}, true},
    Exception{2025, {5, 8}, true},
    Exception{2025, {6, 13}, true},
    Exception{2025, {11, 1}, false},
    Exception{2025, {11, 3}, true},
    Exception{2025, {12, 31}, true},
    Exception{2026, {1, 9}, true},
    Exception{2026, {12, 31}, true},  //
    // 8 March and 9 May of 2026 fall on a Sunday and a Saturday; the article moves them, the decree does not.
    Exception{2026, {3, 9}, true},
    Exception{2026, {5, 11}, true},
};

bool is_holiday(const date::year_month_day& date) {
  const MonthDay found{static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
  if (found.month == 1) return found.day <= 8;
  return std::find(holidays.begin(), holidays.end(), found) != holidays.end();
}

}  // namespace

std::optional<bool> russian_day_off(std::int64_t day) {
  const date::sys_days at{date::days{static_cast<int>(day)}};
  const date::year_month_day date{at};
  if (is_holiday(date)) return true;
  const int year = static_cast<int>(date.year());
  if (year >= first_decreed_year && year <= last_decreed_year) {
    const MonthDay looked_for{static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
    for (const auto& exception : exceptions) {
      if (exception.year == year && exception.date == looked_for) return exception.off;
    }
    return std::nullopt;
  }
  // A Monday after a holiday at the weekend.
  if (date::weekday{at} != date::Monday) return std::nullopt;
  for (const int back : {1, 2}) {
    const date::year_month_day before{at - date::days{back}};
    if (before.month() != date::January && is_holiday(before)) return true;
  }
  return std::nullopt;
}

}  // namespace b24gate::people
