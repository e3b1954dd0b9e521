#include "delivery/clock_watch.hpp"

#include <doctest/doctest.h>

#include "base/manual_clock.hpp"

using namespace b24gate;

TEST_CASE("a wall clock that is set is noticed, time that passes is not") {
  const TimePoint start = from_unix_ms(1'790'000'000'000);
  ManualClock clock(start);
  delivery::ClockWatch watch(clock);
  clock.advance(std::chrono::hours{5});
  CHECK(watch.moved() == Milliseconds{0});
  clock.jump_to(start);
  CHECK(watch.moved() == -std::chrono::hours{5});
  CHECK(watch.moved() == -std::chrono::hours{5});  // until it is accepted
  watch.accept(watch.moved());
  CHECK(watch.moved() == Milliseconds{0});
  clock.jump_to(start + Milliseconds{999});
  CHECK(watch.moved() == Milliseconds{0});
  clock.jump_to(start + Milliseconds{1'500});
  CHECK(watch.moved() == Milliseconds{1'500});
}
