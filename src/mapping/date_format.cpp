#include "mapping/date_format.hpp"

#include <fmt/format.h>

#include <chrono>

namespace b24gate::mapping {
namespace {

constexpr std::string_view signs = "dmYyHMS%";

}  // namespace

std::optional<std::string> date_format_mistake(std::string_view format) {
  if (format.empty()) return "the format is empty: write '%d.%m.%Y %H:%M'";
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%') continue;
    ++at;
    if (at < format.size() && signs.find(format[at]) != std::string_view::npos) continue;
    return fmt::format("'%{}' is no part of a date; known: %d, %m, %Y, %y, %H, %M, %S, %%",
                       format.substr(at, 1));
  }
  return std::nullopt;
}

std::string format_date(std::string_view format, TimePoint time, const TimeZone& zone) {
  const TimePoint local = zone.to_local(time);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss<Milliseconds> clock{local - day};
  const int year = static_cast<int>(date.year());
  std::string out;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%' || at + 1 == format.size()) {
      out += format[at];
      continue;
    }
    switch (format[++at]) {
      case 'd':
        out += fmt::format("{:02}", static_cast<unsigned>(date.day()));
        break;
      case 'm':
        out += fmt::format("{:02}", static_cast<unsigned>(date.month()));
        break;
      case 'Y':
        out += fmt::format("{:04}", year);
        break;
      case 'y':
        out += fmt::format("{:02}", year % 100);
        break;
      case 'H':
        out += fmt::format("{:02}", clock.hours().count());
        break;
      case 'M':
        out += fmt::format("{:02}", clock.minutes().count());
        break;
      case 'S':
        out += fmt::format("{:02}", clock.seconds().count());
        break;
      default:
        out += '%';
    }
  }
  return out;
}

}  // namespace b24gate::mapping
