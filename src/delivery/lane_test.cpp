#include "delivery/lane.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using delivery::Lane;
using delivery::LaneTrouble;

namespace {
const TimePoint start = from_unix_ms(1'790'000'000'000);
const std::vector<Milliseconds> retry{Seconds{5}, Seconds{30}, std::chrono::hours{1}};

portal::Outcome outcome(portal::Class cls, portal::Scope scope, std::string code) {
  portal::Outcome out;
  out.cls = cls;
  out.scope = scope;
  out.code = std::move(code);
  return out;
}
}  // namespace

TEST_CASE("what concerns the whole portal, and what does not") {
  using portal::Class;
  using portal::Scope;
  CHECK(Lane::trouble_of(outcome(Class::auth, Scope::portal, "NO_AUTH_FOUND")) == LaneTrouble::refused);
  CHECK(Lane::trouble_of(outcome(Class::auth, Scope::portal, "OVERLOAD_LIMIT")) == LaneTrouble::blocked);
  CHECK(Lane::trouble_of(outcome(Class::ambiguous, Scope::object, "")) == LaneTrouble::unreachable);
  CHECK(Lane::trouble_of(outcome(Class::retry_safe, Scope::object, "")) == LaneTrouble::unreachable);
  CHECK(Lane::trouble_of(outcome(Class::ambiguous, Scope::object, "INTERNAL_SERVER_ERROR")) == std::nullopt);
  CHECK(Lane::trouble_of(outcome(Class::auth, Scope::method, "insufficient_scope")) == std::nullopt);
  CHECK(Lane::trouble_of(outcome(Class::permanent, Scope::object, "100")) == std::nullopt);
  CHECK(Lane::trouble_of(outcome(Class::success, Scope::object, "")) == std::nullopt);
}

TEST_CASE("the first to notice closes it; one caller probes; an answer opens it") {
  Lane lane;
  CHECK(lane.state().open);
  CHECK(lane.close(LaneTrouble::unreachable, "no answer", "", start));
  CHECK_FALSE(lane.close(LaneTrouble::refused, "x", "", start));
  CHECK_FALSE(lane.claim_probe(start));
  CHECK(lane.claim_probe(start + Seconds{1}));
  CHECK_FALSE(lane.claim_probe(start + Seconds{1}));  // one is at it
  CHECK(lane.is_shut(start + Seconds{1}));
  CHECK_FALSE(lane.probe_failed(LaneTrouble::unreachable, "no answer", "", retry, start + Seconds{1}));
  CHECK_FALSE(lane.claim_probe(start + Seconds{2}));
  CHECK(lane.is_shut(start + Seconds{2}));
  CHECK_FALSE(lane.is_shut(start + Seconds{3}));  // a probe is due
  CHECK(lane.claim_probe(start + Seconds{3}));    // every two seconds
  const auto before = lane.opened();
  CHECK(before.failed_probes == 1);
  CHECK(before.reason == "no answer");
  CHECK(lane.state().open);
  CHECK_FALSE(lane.is_shut(start));
}

TEST_CASE("a refusal is probed on the retry schedule, ten minutes at most; a block hourly") {
  Lane lane;
  lane.close(LaneTrouble::refused, "NO_AUTH_FOUND", "make a new webhook", start);
  TimePoint now = start + Seconds{1};
  for (const Milliseconds pace :
       {Milliseconds{5'000}, Milliseconds{30'000}, Milliseconds{600'000}, Milliseconds{600'000}}) {
    REQUIRE(lane.claim_probe(now));
    lane.probe_failed(LaneTrouble::refused, "", "", retry, now);
    CHECK(lane.state().next_probe == now + pace);
    now += pace;
  }
  Lane blocked;
  blocked.close(LaneTrouble::blocked, "OVERLOAD_LIMIT", "", start);
  CHECK(blocked.state().next_probe == start + std::chrono::hours{1});
}

TEST_CASE("a wall clock that is set back does not stop the probes") {
  Lane lane;
  lane.close(LaneTrouble::unreachable, "", "", start);
  CHECK(lane.claim_probe(start - std::chrono::hours{48}));
}

TEST_CASE("a probe stays as far away as it was when the wall clock is set") {
  Lane lane;
  lane.close(LaneTrouble::unreachable, "", "", start);
  lane.clock_moved(-std::chrono::minutes{30});
  const TimePoint set_back = start - std::chrono::minutes{30};
  CHECK_FALSE(lane.claim_probe(set_back));
  CHECK(lane.claim_probe(set_back + Seconds{1}));
}

TEST_CASE("a closed lane says what is wrong now, and trouble of another kind is worth another report") {
  Lane lane;
  REQUIRE(lane.close(LaneTrouble::unreachable, "the connection is refused", "Look there.", start));
  REQUIRE(lane.claim_probe(start + Seconds{1}));
  CHECK(lane.probe_failed(LaneTrouble::refused, "INVALID_CREDENTIALS", "A new webhook.", {}, start));
  CHECK(lane.state().reason == "INVALID_CREDENTIALS");
  CHECK(lane.state().advice == "A new webhook.");
}
