// Weeks of distribution: what must hold for every enquiry, and what for all of them together.
#include <doctest/doctest.h>

#include <cmath>

#include "simulation/run.hpp"

using namespace b24gate::simulation;

TEST_CASE("every decision of four weeks is right, and everybody gets their share") {
  for (const std::uint64_t seed : {1, 2}) {
    CAPTURE(seed);
    const Outcome out = run({seed, 4, false});
    for (const auto& mistake : out.mistakes) FAIL_CHECK(mistake);
    // What is simulated takes place often enough to mean something.
    CHECK(out.enquiries > 3000);
    CHECK(out.waited > 300);
    CHECK(out.expired > 0);
    CHECK(out.passed_on > 20);
    CHECK(out.kept > 50);
    CHECK(out.held_back > 100);
    for (const auto& one : out.shares) {
      const std::string& name = one.first;
      const Share& share = one.second;
      const bool by_share = name.starts_with("turn") || name.starts_with("share");
      if (!by_share) continue;
      CAPTURE(name);
      CAPTURE(share.could);
      CAPTURE(share.got);
      CAPTURE(share.due);
      // To one in twenty-five of those they could have had, and three.
      CHECK(std::abs(share.got - share.due) <= 3 + 0.04 * share.could);
    }
  }
}

TEST_CASE("the same seed gives the same decisions byte for byte, whatever is restarted") {
  const Outcome once = run({7, 1, false});
  CHECK(once.transcript.size() > 200'000);
  CHECK((once.transcript == run({7, 1, false}).transcript));
  CHECK((once.transcript == run({7, 1, true}).transcript));
  CHECK((once.transcript != run({8, 1, false}).transcript));
}
