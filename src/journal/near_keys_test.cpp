// Keys that carry the day: what comes on the other side of midnight is the same, what comes a day later is
// not.
#include <doctest/doctest.h>

#include "journal/erase.hpp"
#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

constexpr std::chrono::hours day{24};
const TimePoint midnight = std::chrono::floor<std::chrono::days>(noon);

journal::NewRequest at(TimePoint time, const std::string& content = "k") {
  const auto key = [&](int days_on) {
    const auto number = std::chrono::floor<std::chrono::days>(time).time_since_epoch().count() + days_on;
    return content + ":" + std::to_string(number);
  };
  journal::NewRequest out = Fixture::request(key(0));
  out.received_at = time;
  out.events.front().near_keys = {key(-1), key(1)};
  return out;
}

// The event that the request brought, or was recognised as.
std::int64_t event(Fixture& fixture, const journal::NewRequest& request) {
  const auto recorded = fixture.record(request);
  REQUIRE(recorded);
  REQUIRE(recorded->in_order.size() == 1);
  return recorded->in_order.front();
}

}  // namespace

TEST_CASE("the same is the same for a day from the first on, at whatever hour; then another event begins") {
  for (const auto begins : {noon, midnight - Milliseconds{1}, midnight}) {
    Fixture fixture;
    for (int hour = 0; hour <= 24; ++hour) CHECK(event(fixture, at(begins + std::chrono::hours{hour})) == 1);
    CHECK(event(fixture, at(begins + day + std::chrono::hours{13})) == 2);
    CHECK(event(fixture, at(begins + 2 * day + std::chrono::hours{13})) == 2);
    CHECK(event(fixture, at(begins + 40 * day)) == 3);
  }
}

TEST_CASE("what was received a little earlier and is stored later is the same") {
  Fixture fixture;
  CHECK(event(fixture, at(midnight)) == 1);
  CHECK(event(fixture, at(midnight - Milliseconds{1})) == 1);
  CHECK(event(fixture, at(midnight - day - Milliseconds{1})) == 2);
}

TEST_CASE("other contents, other sources and keys without a day have nothing to do with it") {
  Fixture fixture;
  CHECK(event(fixture, at(midnight)) == 1);
  CHECK(event(fixture, at(midnight - Milliseconds{1}, "other")) == 2);
  journal::NewRequest other = at(midnight - Milliseconds{1});
  other.source = "other";
  CHECK(event(fixture, other) == 3);
  journal::NewRequest plain = at(midnight - Milliseconds{1});
  plain.events.front().near_keys.clear();
  CHECK(event(fixture, plain) == 4);
}

TEST_CASE("a pull knows what is near") {
  Fixture fixture;
  CHECK(event(fixture, at(midnight - Milliseconds{1})) == 1);
  const auto known = [&](TimePoint time) {
    bool out = false;
    REQUIRE(fixture.journal->write_now([&](journal::Tx& tx) -> Done {
      out = journal::all_known(tx, at(time)).value();
      return {};
    }));
    return out;
  };
  CHECK(known(midnight));
  CHECK_FALSE(known(midnight + day));
}

TEST_CASE("a repeat of what was erased is known on the other side of midnight, too") {
  Fixture fixture;
  journal::NewRequest request = at(midnight - Milliseconds{1}, "form:89030001101");
  request.events.front().identities.push_back({"phone", "+79030001101"});
  CHECK(event(fixture, request) == 1);
  REQUIRE(journal::erase_person(*fixture.journal, {"phone", "+79030001101"}, midnight));
  CHECK(fixture.number("SELECT count(*) FROM events WHERE key LIKE 'erased:%'") == 1);
  CHECK(event(fixture, at(midnight, "form:89030001101")) == 1);
}
