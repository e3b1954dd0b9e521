#include "base/time.hpp"

#include <doctest/doctest.h>

#include "base/manual_clock.hpp"

using namespace b24gate;

namespace {

TimeZone zone(std::string_view name) {
  auto found = TimeZone::find(name);
  REQUIRE(found);
  return *found;
}

std::string read(std::string_view text, const TimeZone& in = TimeZone::utc()) {
  const auto time = parse_iso(text, in);
  return time ? to_iso(*time, TimeZone::utc()) : "nothing";
}

}  // namespace

TEST_CASE("ISO times are read with every offset and without one") {
  CHECK(read("2026-11-23T10:00:00+03:00") == "2026-11-23T07:00:00+00:00");
  CHECK(read("2026-11-23T10:00:00-0330") == "2026-11-23T13:30:00+00:00");
  CHECK(read("2026-11-23 10:00Z") == "2026-11-23T10:00:00+00:00");
  CHECK(read("2026-11-23T10:00:00+03") == "2026-11-23T07:00:00+00:00");
  CHECK(read("2026-11-23T10:00:00.5Z") == "2026-11-23T10:00:00.500+00:00");
  CHECK(read("2026-11-23T10:00:00.123456789Z") == "2026-11-23T10:00:00.123+00:00");
  CHECK(read("2026-11-23") == "2026-11-23T00:00:00+00:00");
  CHECK(read("2026-11-23T10:00:00", zone("Europe/Moscow")) == "2026-11-23T07:00:00+00:00");
  CHECK(read("2024-02-29") == "2024-02-29T00:00:00+00:00");
}

TEST_CASE("what is no time is not read") {
  for (const char* text :
       {"", "2026", "2026-13-01", "2026-02-29", "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z",
        "2026-11-23T10:00:00+19:00", "2026-11-23T10:00:00Zx", "2026-11-23T", "2026-11-23T10",
        "2026-11-23T10:00:00.Z", "23.11.2026", "2026-11-23T10:00:00+3", "+026-11-23"}) {
    CHECK_MESSAGE(read(text) == "nothing", text);
  }
}

TEST_CASE("offsets change with the year") {
  CHECK(zone("Europe/Moscow").offset_at(*parse_iso("2012-07-01T00:00:00Z", TimeZone::utc())) ==
        Seconds{4 * 3600});
  CHECK(zone("Europe/Moscow").offset_at(*parse_iso("2026-07-01T00:00:00Z", TimeZone::utc())) ==
        Seconds{3 * 3600});
  CHECK(to_iso(from_unix_ms(0), zone("America/New_York")) == "1969-12-31T19:00:00-05:00");
}

TEST_CASE("a time is written in full, whatever the year") {
  CHECK(read("0042-01-02T03:04:05.007Z") == "0042-01-02T03:04:05.007+00:00");
  CHECK(read("9999-12-31T23:59:59.120Z") == "9999-12-31T23:59:59.120+00:00");
  CHECK(to_iso(from_unix_ms(253'402'300'800'000), TimeZone::utc()) == "10000-01-01T00:00:00+00:00");
  CHECK(to_iso(from_unix_ms(-62'198'755'200'000), TimeZone::utc()) == "-001-01-01T00:00:00+00:00");
  CHECK(to_iso(from_unix_ms(0), zone("Asia/Kolkata")) == "1970-01-01T05:30:00+05:30");
  CHECK(to_iso(from_unix_ms(0), zone("America/St_Johns")) == "1969-12-31T20:30:00-03:30");
}

TEST_CASE("in a gap the instant is the one when the gap ends, in an overlap the first") {
  const TimeZone berlin = zone("Europe/Berlin");
  CHECK(read("2026-03-29T01:59:59", berlin) == "2026-03-29T00:59:59+00:00");
  CHECK(read("2026-03-29T02:30:00", berlin) == "2026-03-29T01:00:00+00:00");
  CHECK(read("2026-03-29T03:00:00", berlin) == "2026-03-29T01:00:00+00:00");
  CHECK(read("2026-10-25T02:30:00", berlin) == "2026-10-25T00:30:00+00:00");
  CHECK(read("2026-10-25T03:00:00", berlin) == "2026-10-25T02:00:00+00:00");
}

TEST_CASE("local time and back") {
  const TimeZone moscow = zone("Europe/Moscow");
  const TimePoint time = from_unix_ms(1'764'000'000'123);
  CHECK(moscow.to_instant(moscow.to_local(time)) == time);
  CHECK(TimeZone::utc().to_local(time) == time);
  CHECK(TimeZone::utc().name() == "UTC");
}

TEST_CASE("an unknown zone is the administrator's mistake") {
  const auto found = TimeZone::find("Europe/Moskow");
  REQUIRE_FALSE(found);
  CHECK(found.error().kind == ErrorKind::config);
  CHECK(found.error().move == Move::administrator);
  CHECK(found.error().text() == "Europe/Moskow: no such time zone; write one like Europe/Moscow");
}

TEST_CASE("a manual clock moves when it is told") {
  ManualClock clock(from_unix_ms(1000));
  const SteadyPoint before = clock.steady();
  clock.advance(Seconds{5});
  CHECK(to_unix_ms(clock.now()) == 6000);
  CHECK(clock.steady() - before == Seconds{5});
  clock.jump_to(from_unix_ms(0));
  CHECK(to_unix_ms(clock.now()) == 0);
  CHECK(clock.steady() - before == Seconds{5});
}
