#include "presence/given.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using namespace b24gate::presence;
using namespace std::chrono_literals;

TEST_CASE("given: counted since a moment, once per event, forgotten after two days") {
  const TimePoint noon = from_unix_ms(1'790'000'000'000);
  Given given;
  CHECK(given.since("ivanov", noon) == 0);
  given.add(1, "ivanov", noon);
  given.add(2, "ivanov", noon + 10min);
  given.add(3, "petrova", noon + 20min);
  CHECK(given.since("ivanov", noon) == 2);
  CHECK(given.since("ivanov", noon + 1ms) == 1);
  CHECK(given.since("petrova", noon) == 1);

  // Decided anew, for another person.
  given.add(2, "petrova", noon + 30min);
  CHECK(given.since("ivanov", noon) == 1);
  CHECK(given.since("petrova", noon) == 2);
  // Again for the same one, later.
  given.add(2, "petrova", noon + 40min);
  CHECK(given.since("petrova", noon) == 2);
  CHECK(given.since("petrova", noon + 35min) == 1);

  // The clock was set back: the order of coming is not the order of time.
  given.add(4, "ivanov", noon - 5min);
  CHECK(given.since("ivanov", noon - 5min) == 2);
  CHECK(given.since("ivanov", noon) == 1);

  given.add(5, "ivanov", noon + 48h + 25min);
  CHECK(given.since("ivanov", noon + 25min) == 1);
  CHECK(given.since("petrova", noon) == 1);  // the event that was decided anew at noon + 40 min
}
