#include "portal/limiter.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "base/manual_clock.hpp"

using namespace b24gate;
using namespace b24gate::portal;
using namespace std::chrono_literals;

namespace {

const TimePoint kNoon = from_unix_ms(1'780'300'800'000);

struct Bench {
  ManualClock clock{kNoon};
  double random = 0;
  Limiter limiter;
  std::vector<Command> add{{"crm.item.add", json::Value::object()}};

  explicit Bench(Allowance allowance = {2, 50}) : limiter(allowance, clock, [this] { return random; }) {}

  Milliseconds take(Priority priority = Priority::normal) { return limiter.take(add, priority); }
  void report(Outcome outcome) { limiter.report(add, std::vector<Outcome>{std::move(outcome)}); }
};

Outcome good(double operating = 0, std::optional<TimePoint> reset = std::nullopt) {
  Outcome outcome;
  outcome.cls = Class::success;
  outcome.http_status = 200;
  outcome.operating_s = operating;
  outcome.operating_reset_at = reset;
  return outcome;
}

Outcome refused(Scope scope, std::optional<TimePoint> reset = std::nullopt) {
  Outcome outcome;
  outcome.cls = Class::throttle;
  outcome.scope = scope;
  outcome.http_status = 503;
  outcome.operating_reset_at = reset;
  return outcome;
}

}  // namespace

TEST_CASE("a burst goes at once, a fifth of it stays for urgent calls, then the rate rules") {
  Bench bench;
  int sent = 0;
  while (bench.take() == 0ms) ++sent;
  CHECK(sent == 40);
  while (bench.take(Priority::urgent) == 0ms) ++sent;
  CHECK(sent == 50);
  CHECK(bench.take(Priority::urgent) == 500ms);
  CHECK(bench.take() == 5500ms);
  bench.clock.advance(500ms);
  CHECK(bench.take(Priority::urgent) == 0ms);
  CHECK(bench.limiter.snapshot().requests == 51);
}

TEST_CASE("reading in bulk leaves the greater part of a burst to the others") {
  Bench bench;
  int sent = 0;
  while (bench.take(Priority::low) == 0ms) ++sent;
  CHECK(sent == 20);
  CHECK(bench.take(Priority::low) == 500ms);
  while (bench.take() == 0ms) ++sent;
  CHECK(sent == 40);
}

TEST_CASE("asking takes nothing, and the time that is told is enough") {
  Bench bench;
  while (bench.take() == 0ms) {
  }
  const Milliseconds wait = bench.limiter.wait_for(bench.add, Priority::normal);
  CHECK(wait == bench.limiter.wait_for(bench.add, Priority::normal));
  bench.clock.advance(wait - 1ms);
  CHECK(bench.take() > 0ms);
  bench.clock.advance(1ms);
  CHECK(bench.take() == 0ms);
}

TEST_CASE("in a long run no more than the rate goes") {
  Bench bench({5, 250});
  int sent = 0;
  for (int second = 0; second < 600; ++second) {
    while (bench.take() == 0ms) ++sent;
    bench.clock.advance(1s);
  }
  CHECK(sent == 200 + 599 * 5);
}

TEST_CASE("a refusal fills the bucket and pauses everything, longer each time, at most 30 s") {
  Bench bench;
  for (const Milliseconds pause : {1000ms, 2000ms, 4000ms, 8000ms, 16000ms, 24000ms, 24000ms}) {
    bench.report(refused(Scope::portal));
    CHECK(bench.limiter.snapshot().pause == pause);
    CHECK(bench.take(Priority::urgent) == std::max<Milliseconds>(pause, 500ms));
    bench.clock.advance(pause + 10s);
    REQUIRE(bench.take() == 0ms);
  }
  bench.random = 0.999;
  bench.report(refused(Scope::portal));
  CHECK(bench.limiter.snapshot().pause > 29s);
  CHECK(bench.limiter.snapshot().pause <= 30s);
  bench.clock.advance(40s);
  REQUIRE(bench.take() == 0ms);
  bench.report(good());
  CHECK(bench.take() == 0ms);
  bench.report(refused(Scope::portal));
  CHECK(bench.limiter.snapshot().pause <= 1250ms);
  CHECK(bench.limiter.snapshot().refusals == 9);
}

TEST_CASE("after a refusal one request at a time goes, until one is answered") {
  Bench bench;
  bench.report(refused(Scope::portal));
  bench.clock.advance(20s);
  REQUIRE(bench.take() == 0ms);
  CHECK(bench.take() == 250ms);
  CHECK(bench.take(Priority::urgent) == 250ms);
  SUBCASE("answered") { bench.report(good()); }
  SUBCASE("its answer never came, which is also forgotten") { bench.clock.advance(75s); }
  CHECK(bench.take() == 0ms);
}

TEST_CASE("refusals of requests that were under way together count once") {
  Bench bench;
  for (int i = 0; i < 8; ++i) bench.report(refused(Scope::portal));
  CHECK(bench.limiter.snapshot().pause == 1000ms);
}

TEST_CASE("a method near its time budget is spaced out, above 450 s held, others go on") {
  Bench bench;
  const std::vector<Command> other{{"user.get", json::Value::object()}};
  bench.report(good(399, kNoon + 300s));
  CHECK(bench.take() == 0ms);
  bench.report(good(425, kNoon + 300s));
  REQUIRE(bench.limiter.method_wait("crm.item.add") == 5500ms);
  CHECK(bench.limiter.take(other, Priority::normal) == 0ms);
  bench.clock.advance(5500ms);
  REQUIRE(bench.take() == 0ms);
  bench.report(good(451, kNoon + 300s));
  CHECK(bench.take() == 294'500ms);
  CHECK(bench.limiter.take(other, Priority::normal) == 0ms);
  // A batch goes when all of it may go.
  std::vector<Command> both{other[0], bench.add[0]};
  CHECK(bench.limiter.wait_for(both, Priority::normal) == 294'500ms);
  bench.clock.advance(294'500ms);
  CHECK(bench.take() == 0ms);
  CHECK(bench.take() == 250ms);
  bench.report(good(10, kNoon + 900s));
  CHECK(bench.take() == 0ms);
}

TEST_CASE("a refused method is parked until its budget is renewed, then one probe goes") {
  Bench bench;
  bench.report(refused(Scope::method, kNoon + 120s));
  CHECK(bench.take() == 120s);
  CHECK(bench.limiter.snapshot().refusals == 0);
  CHECK(bench.limiter.snapshot().method_refusals == 1);
  bench.clock.advance(120s);
  REQUIRE(bench.take() == 0ms);
  CHECK(bench.take() == 250ms);
  // Refused again, with a time that has passed: the next minute.
  bench.report(refused(Scope::method, kNoon + 100s));
  CHECK(bench.take() == 60s);
  bench.clock.advance(60s);
  REQUIRE(bench.take() == 0ms);
  bench.report(good());
  CHECK(bench.take() == 0ms);
  CHECK(bench.take() == 0ms);
}

TEST_CASE("a refused method without a time waits for what was last seen, else 60 s") {
  Bench bench;
  SUBCASE("seen before") {
    bench.report(good(300, kNoon + 200s));
    bench.report(refused(Scope::method));
    CHECK(bench.take() == 200s);
  }
  SUBCASE("never seen") {
    bench.report(refused(Scope::method));
    CHECK(bench.take() == 60s);
  }
  SUBCASE("a portal whose clock is wrong cannot park a method for ever") {
    bench.report(refused(Scope::method, kNoon + 240h));
    CHECK(bench.take() == 600s);
  }
}

TEST_CASE("the wall clock may jump") {
  Bench bench;
  bench.report(refused(Scope::method, kNoon + 120s));
  bench.clock.jump_to(kNoon - 48h);
  CHECK(bench.take() == 120s);
}

TEST_CASE("a request that nobody asked for is counted") {
  Bench bench;
  bench.limiter.count_unasked();
  CHECK(bench.limiter.snapshot().level == doctest::Approx(1));
  CHECK(bench.limiter.snapshot().requests == 1);
}

TEST_CASE("threads share one bucket") {
  Bench bench;
  std::atomic<int> sent{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) {
        if (bench.limiter.take(bench.add, Priority::urgent) == 0ms) ++sent;
        (void)bench.limiter.snapshot();
        bench.report(good(1, kNoon + 60s));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(sent == 50);
}
