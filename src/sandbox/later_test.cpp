#include "sandbox/later.hpp"

#include <doctest/doctest.h>

#include <future>

#include "base/manual_clock.hpp"

using namespace b24gate;

TEST_CASE("work waits for its time on the clock, the nearest first") {
  ManualClock clock(from_unix_ms(0));
  sandbox::Later later(clock);
  std::promise<void> second;
  std::string order;
  later.after(Milliseconds{600'000}, [&] {
    order += "b";
    second.set_value();
  });
  later.after(Milliseconds{300'000}, [&] { order += "a"; });
  clock.advance(Milliseconds{600'000});
  later.wake();
  second.get_future().get();
  later.stop();
  CHECK(order == "ab");
}

TEST_CASE("stopping drops what waits") {
  ManualClock clock(from_unix_ms(0));
  bool ran = false;
  auto owned = std::make_shared<int>(1);
  {
    sandbox::Later later(clock);
    later.after(Milliseconds{1'000'000}, [&ran, owned] { ran = true; });
  }
  CHECK_FALSE(ran);
  CHECK(owned.use_count() == 1);
}
