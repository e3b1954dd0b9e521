#include "http/timers.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>

namespace b24gate::http {
namespace {

struct Item : Timed {};

SteadyPoint at(int ms) { return SteadyPoint{Milliseconds{ms}}; }

}  // namespace

TEST_CASE("timers fire in order, and a deadline may move both ways") {
  Timers timers;
  std::array<Item, 4> items;
  timers.set(items[0], at(50));
  timers.set(items[1], at(10));
  timers.set(items[2], at(30));
  timers.set(items[1], at(70));  // later
  timers.set(items[0], at(20));  // earlier
  timers.set(items[3], at(40));
  timers.set(items[3], SteadyPoint::max());  // never
  CHECK(timers.due(at(19)) == nullptr);
  CHECK(timers.due(at(100)) == &items[0]);
  CHECK(timers.due(at(100)) == &items[2]);
  CHECK(timers.due(at(69)) == nullptr);
  CHECK(timers.due(at(70)) == &items[1]);
  CHECK(timers.due(at(1000)) == nullptr);
  CHECK(timers.size() == 0);
}

TEST_CASE("random timers agree with a plain search") {
  std::mt19937 random(7);
  Timers timers;
  std::array<Item, 60> items;
  int now = 0;
  for (int step = 0; step < 20'000; ++step) {
    Item& item = items.at(random() % items.size());
    switch (random() % 4) {
      case 0:
        timers.remove(item);
        break;
      case 1:
        timers.set(item, SteadyPoint::max());
        break;
      default:
        timers.set(item, at(now + 1 + static_cast<int>(random() % 100)));
    }
    now += static_cast<int>(random() % 3);
    while (Timed* fired = timers.due(at(now))) {
      REQUIRE(fired->deadline() == SteadyPoint::max());
    }
    for (const Item& left : items) REQUIRE(left.deadline() > at(now));
    if (const auto next = timers.next()) {
      for (const Item& left : items) REQUIRE(*next <= left.deadline());
    }
  }
}

}  // namespace b24gate::http
