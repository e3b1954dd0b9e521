#include "base/time.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <charconv>

namespace b24gate {

TimePoint SystemClock::now() const {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

SteadyPoint SystemClock::steady() const {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::steady_clock::now());
}

namespace {

const date::time_zone* zone_of(const void* zone) { return static_cast<const date::time_zone*>(zone); }

// Reads exactly `digits` decimal digits at `at` and moves it on; nullopt when they are not there.
std::optional<int> take_number(std::string_view text, std::size_t& at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  at += digits;
  return value;
}

bool take(std::string_view text, std::size_t& at, std::string_view any_of) {
  if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
  ++at;
  return true;
}

// The offset at the end of an ISO time: Z, +HH:MM, +HHMM or +HH. Nullopt when it is malformed.
std::optional<Seconds> take_offset(std::string_view text, std::size_t& at) {
  if (take(text, at, "Zz")) return Seconds{0};
  if (at >= text.size()) return std::nullopt;
  const int sign = text[at] == '-' ? -1 : 1;
  if (!take(text, at, "+-")) return std::nullopt;
  const auto hours = take_number(text, at, 2);
  if (!hours || *hours > 18) return std::nullopt;
  take(text, at, ":");
  int minutes = 0;
  if (at < text.size()) {
    const auto read = take_number(text, at, 2);
    if (!read || *read > 59) return std::nullopt;
    minutes = *read;
  }
  return Seconds{sign * (*hours * 3600 + minutes * 60)};
}

// That many digits of a number that has no more. Every event has its times written: fmt takes ten times
// longer.
void append(std::string& out, std::int64_t number, std::size_t digits) {
  out.append(digits, '0');
  for (auto place = out.rbegin(); number > 0; ++place, number /= 10)
    *place = static_cast<char>('0' + number % 10);
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
  try {
    TimeZone zone;
    zone.zone_ = date::locate_zone(std::string(name));
    zone.name_ = name;
    return zone;
  } catch (const std::exception&) {
    return fail(ErrorKind::config, std::string(name), "no such time zone; write one like Europe/Moscow",
                Ran::no, Move::administrator);
  }
}

TimeZone TimeZone::utc() {
  TimeZone zone;
  zone.name_ = "UTC";
  return zone;
}

Seconds TimeZone::offset_at(TimePoint t) const {
  return zone_ ? zone_of(zone_)->get_info(t).offset : Seconds{0};
}

TimePoint TimeZone::to_local(TimePoint t) const { return t + offset_at(t); }

TimePoint TimeZone::to_instant(TimePoint local) const {
  if (!zone_) return local;
  const date::local_time<Milliseconds> wall{local.time_since_epoch()};
  const auto info = zone_of(zone_)->get_info(wall);
  if (info.result == date::local_info::nonexistent) {
    return std::chrono::time_point_cast<Milliseconds>(info.first.end);
  }
  return local - info.first.offset;
}

std::string to_iso(TimePoint t, const TimeZone& zone) {
  const Seconds offset = zone.offset_at(t);
  const TimePoint local = t + offset;
  const auto day = std::chrono::floor<date::days>(local);
  const date::year_month_day ymd{date::sys_days{day}};
  const date::hh_mm_ss<Milliseconds> clock{local - day};
  const int year = static_cast<int>(ymd.year());
  std::string out;
  out.reserve(sizeof "2026-11-28T12:00:00.000+03:00");
  if (year >= 0 && year <= 9999) {
    append(out, year, 4);
  } else {
    out = fmt::format("{:04}", year);
  }
  append(out += '-', static_cast<unsigned>(ymd.month()), 2);
  append(out += '-', static_cast<unsigned>(ymd.day()), 2);
  append(out += 'T', clock.hours().count(), 2);
  append(out += ':', clock.minutes().count(), 2);
  append(out += ':', clock.seconds().count(), 2);
  if (clock.subseconds().count() != 0) append(out += '.', clock.subseconds().count(), 3);
  const auto minutes = std::chrono::abs(std::chrono::duration_cast<std::chrono::minutes>(offset)).count();
  append(out += offset.count() < 0 ? '-' : '+', minutes / 60, 2);
  append(out += ':', minutes % 60, 2);
  return out;
}

std::optional<TimePoint> parse_iso(std::string_view text, const TimeZone& zone) {
  std::size_t at = 0;
  const auto year = take_number(text, at, 4);
  if (!year || !take(text, at, "-")) return std::nullopt;
  const auto month = take_number(text, at, 2);
  if (!month || !take(text, at, "-")) return std::nullopt;
  const auto day = take_number(text, at, 2);
  if (!day) return std::nullopt;
  const date::year_month_day ymd{date::year{*year}, date::month{static_cast<unsigned>(*month)},
                                 date::day{static_cast<unsigned>(*day)}};
  if (!ymd.ok()) return std::nullopt;
  Milliseconds in_day{0};
  if (at < text.size()) {
    if (!take(text, at, "Tt ")) return std::nullopt;
    const auto hour = take_number(text, at, 2);
    if (!hour || *hour > 23 || !take(text, at, ":")) return std::nullopt;
    const auto minute = take_number(text, at, 2);
    if (!minute || *minute > 59) return std::nullopt;
    int second = 0;
    if (take(text, at, ":")) {
      const auto read = take_number(text, at, 2);
      if (!read || *read > 60) return std::nullopt;
      second = *read;
    }
    int millis = 0;
    if (take(text, at, ".,")) {
      int scale = 100;
      const std::size_t first = at;
      while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
        millis += (text[at] - '0') * scale;
        scale /= 10;
        ++at;
      }
      if (at == first) return std::nullopt;
    }
    in_day =
        std::chrono::hours{*hour} + std::chrono::minutes{*minute} + Seconds{second} + Milliseconds{millis};
  }
  const TimePoint wall{date::sys_days{ymd}.time_since_epoch() + in_day};
  if (at == text.size()) return zone.to_instant(wall);
  const auto offset = take_offset(text, at);
  if (!offset || at != text.size()) return std::nullopt;
  return wall - *offset;
}

}  // namespace b24gate
