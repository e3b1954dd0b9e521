#include "people/working_time.hpp"

#include <doctest/doctest.h>

#include "people/holidays.hpp"

using namespace b24gate;
using namespace b24gate::people;

namespace {

struct NoSecrets final : yaml::SecretSource {
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return fail(ErrorKind::config, "", "no secrets here");
  }
};

struct Reading {
  WorkingTime hours;
  std::string problems;
};

Reading read(const std::string& text) {
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto root = yaml::parse(text, "s.yaml", problems);
  Reading out;
  if (root) out.hours = WorkingTime::read(*root, context);
  out.problems = problems.text();
  return out;
}

WorkingTime good(const std::string& text) {
  auto reading = read(text);
  CHECK(reading.problems == "");
  return reading.hours;
}

TimePoint at(std::string_view text) {
  const auto t = parse_iso(text, TimeZone::utc());
  REQUIRE(t);
  return *t;
}

std::string moscow(std::optional<TimePoint> t) {
  return t ? to_iso(*t, *TimeZone::find("Europe/Moscow")) : "never";
}

const std::string office =
    "{ days: mon-fri, hours: \"09:00-18:00\", time_zone: Europe/Moscow, holidays: ru }";

std::int64_t day(std::string_view date) {
  return to_unix_ms(at(std::string(date) + "T00:00:00Z")) / 86'400'000;
}

constexpr auto hour = std::chrono::hours{1};

}  // namespace

TEST_CASE("office hours are open between their ends, the last one excluded") {
  const auto hours = good(office);
  CHECK(hours.text() == "mon-fri 09:00-18:00 Europe/Moscow");
  CHECK_FALSE(hours.open_at(at("2026-03-02T08:59:59+03:00")));
  CHECK(hours.open_at(at("2026-03-02T09:00:00+03:00")));
  CHECK(hours.open_at(at("2026-03-02T17:59:59+03:00")));
  CHECK_FALSE(hours.open_at(at("2026-03-02T18:00:00+03:00")));
  CHECK_FALSE(hours.open_at(at("2026-03-01T12:00:00+03:00")));  // a Sunday
  CHECK_FALSE(hours.open_at(at("2026-02-23T12:00:00+03:00")));  // a holiday
}

TEST_CASE("the next opening is now, today, after the weekend or after the holidays") {
  const auto hours = good(office);
  CHECK(moscow(hours.next_open(at("2026-03-02T10:00:00+03:00"))) == "2026-03-02T10:00:00+03:00");
  CHECK(moscow(hours.next_open(at("2026-03-02T07:00:00+03:00"))) == "2026-03-02T09:00:00+03:00");
  CHECK(moscow(hours.next_open(at("2026-03-06T18:00:00+03:00"))) == "2026-03-10T09:00:00+03:00");
  CHECK(moscow(hours.next_open(at("2025-12-30T18:00:00+03:00"))) == "2026-01-12T09:00:00+03:00");
}

TEST_CASE("working time is added across evenings, weekends and holidays") {
  const auto hours = good(office);
  CHECK(moscow(hours.add(at("2026-03-02T10:00:00+03:00"), 4 * hour)) == "2026-03-02T14:00:00+03:00");
  CHECK(moscow(hours.add(at("2026-03-02T16:00:00+03:00"), 4 * hour)) == "2026-03-03T11:00:00+03:00");
  CHECK(moscow(hours.add(at("2026-03-06T16:00:00+03:00"), 4 * hour)) == "2026-03-10T11:00:00+03:00");
  CHECK(moscow(hours.add(at("2026-03-02T23:10:00+03:00"), 4 * hour)) == "2026-03-03T13:00:00+03:00");
  CHECK(moscow(hours.add(at("2026-03-02T14:00:00+03:00"), 4 * hour)) == "2026-03-02T18:00:00+03:00");
  CHECK(moscow(hours.add(at("2026-03-02T20:00:00+03:00"), 0 * hour)) == "2026-03-03T09:00:00+03:00");
  CHECK(moscow(hours.add(at("2026-03-02T10:00:00+03:00"), hours.day_length())) ==
        "2026-03-03T10:00:00+03:00");
}

TEST_CASE("several ranges: the break is not worked, an overlap counts once") {
  const auto lunch = good("{ hours: \"09:00-13:00, 14:00-18:00\" }");
  CHECK_FALSE(lunch.open_at(at("2026-03-03T13:30:00+03:00")));
  CHECK(moscow(lunch.add(at("2026-03-03T12:00:00+03:00"), 2 * hour)) == "2026-03-03T15:00:00+03:00");
  CHECK(lunch.day_length() == 8 * hour);
  const auto overlap = good("{ hours: [\"12:00-18:00\", \"09:00-13:00\", \"10:00-11:00\"] }");
  CHECK(overlap.day_length() == 9 * hour);
  CHECK(moscow(overlap.add(at("2026-03-03T09:00:00+03:00"), 8 * hour)) == "2026-03-03T17:00:00+03:00");
}

TEST_CASE("a range over midnight belongs to the day it begins on") {
  const auto night = good("{ days: mon-fri, hours: \"22:00-06:00\", time_zone: Europe/Moscow }");
  CHECK(night.text() == "mon-fri 22:00-06:00 Europe/Moscow");
  CHECK(night.open_at(at("2026-03-07T05:59:00+03:00")));        // Saturday morning: Friday's shift
  CHECK_FALSE(night.open_at(at("2026-03-07T23:00:00+03:00")));  // Saturday night
  CHECK_FALSE(night.open_at(at("2026-03-02T05:00:00+03:00")));  // Monday morning: Sunday has no shift
  CHECK(moscow(night.add(at("2026-03-03T23:00:00+03:00"), 8 * hour)) == "2026-03-04T23:00:00+03:00");
  const auto overlapping = good("{ days: mon-sun, hours: \"22:00-06:00, 05:00-08:00\" }");
  CHECK(moscow(overlapping.add(at("2026-03-03T04:00:00+03:00"), 4 * hour)) == "2026-03-03T08:00:00+03:00");
  CHECK(good("{ days: mon-sun, hours: \"00:00-24:00\" }").open_at(at("2026-03-03T23:59:59+03:00")));
}

TEST_CASE("clocks that change: a skipped hour is not worked, a repeated one is worked twice") {
  // Berlin skips 02:00-03:00 on 2026-03-29 and repeats it on 2026-10-25.
  const auto night = good("{ days: mon-sun, hours: \"22:00-06:00\", time_zone: Europe/Berlin }");
  const auto berlin = [](std::optional<TimePoint> t) {
    return t ? to_iso(*t, *TimeZone::find("Europe/Berlin")) : "never";
  };
  CHECK(berlin(night.add(at("2026-03-28T22:00:00+01:00"), 7 * hour)) == "2026-03-29T06:00:00+02:00");
  CHECK(berlin(night.add(at("2026-10-24T22:00:00+02:00"), 9 * hour)) == "2026-10-25T06:00:00+01:00");
  const auto gap = good("{ days: mon-sun, hours: \"02:00-03:00\", time_zone: Europe/Berlin }");
  CHECK(berlin(gap.next_open(at("2026-03-28T12:00:00+01:00"))) == "2026-03-30T02:00:00+02:00");
  // Nine o'clock stays nine o'clock.
  const auto day_shift = good("{ days: mon-sun, hours: \"09:00-18:00\", time_zone: Europe/Berlin }");
  CHECK(berlin(day_shift.next_open(at("2026-03-28T20:00:00+01:00"))) == "2026-03-29T09:00:00+02:00");
}

TEST_CASE("days over the week's end, lists and no working time at all") {
  CHECK(good("{ days: \"fri-mon\", hours: \"09:00-18:00\" }").text() ==
        "mon,fri-sun 09:00-18:00 Europe/Moscow");
  CHECK(good("{ days: [mon, wed, fri], hours: \"09:00-18:00\" }").text() ==
        "mon,wed,fri 09:00-18:00 Europe/Moscow");
  CHECK(good("{ days: \"mon-thu,sat\", hours: \"09:00-18:00\" }").text() ==
        "mon-thu,sat 09:00-18:00 Europe/Moscow");
  CHECK_FALSE(WorkingTime().next_open(at("2026-03-03T00:00:00Z")));
  CHECK_FALSE(WorkingTime().add(at("2026-03-03T00:00:00Z"), hour));
  CHECK_FALSE(good(office).add(at("2026-03-03T00:00:00Z"), 1'000'000 * hour));
}

TEST_CASE("holidays of Russia: transfers of 2024 to 2026, the labour code's rule besides") {
  using Off = std::optional<bool>;
  for (const char* off :
       {"2024-01-08", "2024-04-29", "2024-04-30", "2024-05-10", "2024-12-31", "2025-05-02", "2025-05-08",
        "2025-06-13", "2025-11-03", "2025-12-31", "2026-01-09", "2026-03-09", "2026-05-11", "2026-12-31",
        "2027-01-01", "2027-02-23", "2027-03-08", "2027-05-03", "2027-05-10", "2027-06-14"}) {
    CAPTURE(off);
    CHECK(russian_day_off(day(off)) == Off(true));
  }
  for (const char* worked : {"2024-04-27", "2024-11-02", "2024-12-28", "2025-11-01"}) {
    CAPTURE(worked);
    CHECK(russian_day_off(day(worked)) == Off(false));
  }
  // 23 February 2025 was a Sunday that moved to 8 May; 2 and 3 January 2027 are a weekend that does not move.
  for (const char* plain :
       {"2025-02-24", "2025-03-10", "2026-03-10", "2027-01-11", "2026-01-12", "2026-11-25"}) {
    CAPTURE(plain);
    CHECK(russian_day_off(day(plain)) == Off());
  }
  const auto hours = good(office);
  CHECK(hours.open_at(at("2024-04-27T12:00:00+03:00")));  // a Saturday that is worked
  CHECK_FALSE(good("{ days: \"mon,wed\", hours: \"09:00-18:00\", holidays: ru }")
                  .open_at(at("2024-04-27T12:00:00+03:00")));
}

TEST_CASE("mistakes in a schedule, all at once") {
  CHECK(read("days: mon-fry\nhours: 9-18\ntime_zone: Europe/Moskow\nholidays: rus\nhour: x\n").problems ==
        "s.yaml:1:7: unknown day 'fry'; did you mean 'fri'?\n"
        "s.yaml:2:8: expected hours like \"09:00-18:00\" or \"09:00-13:00, 14:00-18:00\", found '9-18'\n"
        "s.yaml:3:12: unknown time zone 'Europe/Moskow'; write one like Europe/Moscow\n"
        "s.yaml:4:11: unknown value 'rus'; did you mean 'ru'?\n"
        "s.yaml:5:1: unknown key 'hour'; did you mean 'hours'?\n");
  CHECK(read("days: mon\n").problems == "s.yaml:1:1: missing value: 'hours:' is required\n");
  for (const char* bad :
       {"25:00-26:00", "09:00-09:00", "09:60-10:00", "24:00-01:00", "-1:00-02:00", "09:00", ""}) {
    CAPTURE(bad);
    CHECK(read(std::string("hours: \"") + bad + "\"").problems.find("expected hours like") !=
          std::string::npos);
  }
}
