#include "presence/loads.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using namespace b24gate::presence;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t ivanov = 12;
constexpr std::int64_t petrova = 14;
const TimePoint noon = from_unix_ms(1'790'000'000'000);

LoadReading::Kind pass(std::string_view kind, bool whole, std::vector<journal::OpenCard> cards) {
  LoadReading::Kind out;
  out.name = kind;
  if (!whole) out.since = noon;
  out.begun = noon;
  out.done = true;
  out.cards = std::move(cards);
  return out;
}

int leads(const Loads& loads, std::int64_t user) { return loads.of(user).value().leads; }

}  // namespace

TEST_CASE("loads: not known until leads were read whole; what is given counts from the decision on") {
  Loads loads;
  loads.gave(1, ivanov, noon);
  CHECK_FALSE(loads.of(ivanov));
  CHECK(loads.given(ivanov) == 1);
  auto changed = loads.take(pass("lead", true, {{"lead:5", ivanov}, {"lead:6", petrova}}), noon);
  CHECK(changed.size() == 2);
  CHECK(leads(loads, ivanov) == 2);
  CHECK(leads(loads, petrova) == 1);
  CHECK(leads(loads, 99) == 0);

  SUBCASE("in the portal it counts once, under its own number") {
    loads.landed(1, 7, noon + 1s);
    CHECK(leads(loads, ivanov) == 2);
    changed = loads.take(pass("lead", false, {{"lead:7", ivanov}}), noon + 1min);
    CHECK(changed.size() == 1);  // ours was not in the journal
    CHECK(leads(loads, ivanov) == 2);
    CHECK(loads.take(pass("lead", false, {{"lead:7", ivanov}}), noon + 2min).empty());
  }
  SUBCASE("the portal is read before we hear the number") {
    CHECK(loads.take(pass("lead", false, {{"lead:7", ivanov}}), noon).size() == 1);
    loads.landed(1, 7, noon + 1s);
    CHECK(leads(loads, ivanov) == 2);
    // Passed on to another person: ours is the newest word until the portal's next.
    loads.gave(1, petrova, noon + 1h);
    loads.landed(1, 7, noon + 1h);
    CHECK(leads(loads, ivanov) == 1);
    CHECK(leads(loads, petrova) == 2);
    loads.take(pass("lead", false, {{"lead:7", ivanov}}), noon + 2h);
    CHECK(leads(loads, ivanov) == 2);
  }
  SUBCASE("decided anew it counts for the other") {
    loads.gave(1, petrova, noon + 1s);
    CHECK(leads(loads, ivanov) == 1);
    CHECK(leads(loads, petrova) == 2);
  }
  SUBCASE("what makes no lead counts no more") {
    loads.landed(1, 0, noon + 1s);
    CHECK(leads(loads, ivanov) == 1);
    loads.landed(1, 0, noon + 1s);
    CHECK(leads(loads, ivanov) == 1);
  }
  SUBCASE("discarded by another process: dropped when it is old and not open") {
    loads.settle({1}, noon + 1h);
    CHECK(leads(loads, ivanov) == 2);
    loads.settle({}, noon);
    CHECK(leads(loads, ivanov) == 2);
    loads.settle({}, noon + 1s);
    CHECK(leads(loads, ivanov) == 1);
  }
}

TEST_CASE("loads: closed cards leave, others change hands, deals count apart") {
  Loads loads;
  loads.take(pass("lead", true, {{"lead:5", ivanov}, {"lead:6", petrova}}), noon);
  loads.take(pass("deal", true, {{"deal:5", ivanov}}), noon);
  CHECK(loads.of(ivanov)->total() == 2);
  const auto changed =
      loads.take(pass("lead", false, {{"lead:5", 0}, {"lead:6", ivanov}, {"lead:8", 0}}), noon + 1min);
  REQUIRE(changed.size() == 2);  // number 8 was never open for us
  CHECK(changed[0].card == "lead:5");
  CHECK(changed[0].user_id == 0);
  CHECK(leads(loads, ivanov) == 1);
  CHECK(leads(loads, petrova) == 0);
  CHECK(loads.of(ivanov)->deals == 1);
}

TEST_CASE("loads: a whole pass finds what was deleted, and leaves what we made since it began") {
  Loads loads;
  loads.restore({{"lead:5", ivanov}, {"lead:6", ivanov}, {"deal:6", ivanov}}, {true, true});
  loads.gave(1, ivanov, noon);
  loads.landed(1, 7, noon + 1s);
  loads.gave(2, ivanov, noon + 2min);
  loads.landed(2, 8, noon + 2min);
  CHECK(leads(loads, ivanov) == 4);
  const auto changed = loads.take(pass("lead", true, {{"lead:6", ivanov}}), noon + 1min);
  CHECK(changed.size() == 2);  // 5 and 7 are gone, 8 is younger than the pass
  CHECK(leads(loads, ivanov) == 2);
  CHECK(loads.of(ivanov)->deals == 1);
}

TEST_CASE("loads: a burst of a hundred is spread before the portal says anything") {
  Loads loads;
  loads.take(pass("lead", true, {{"lead:1", ivanov}, {"lead:2", ivanov}}), noon);
  for (std::int64_t event = 1; event <= 100; ++event)
    loads.gave(event, leads(loads, ivanov) <= leads(loads, petrova) ? ivanov : petrova, noon);
  CHECK(leads(loads, ivanov) == 51);
  CHECK(leads(loads, petrova) == 51);
}
