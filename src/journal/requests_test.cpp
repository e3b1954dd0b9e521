// Which requests came, and what became of them.
#include <doctest/doctest.h>

#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::RequestFilter;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

std::vector<std::int64_t> found(Fixture& fixture, const RequestFilter& filter) {
  auto reader = fixture.journal->reader();
  REQUIRE(reader);
  const auto rows = journal::find_requests(*reader, filter);
  REQUIRE(rows);
  std::vector<std::int64_t> ids;
  for (const auto& row : *rows) ids.push_back(row.id);
  return ids;
}

journal::NewRequest unreadable(const std::string& source, TimePoint at) {
  journal::NewRequest out = Fixture::request("");
  out.events.clear();
  out.source = source;
  out.outcome = "unreadable";
  out.reason = "not JSON";
  out.status = 400;
  out.received_at = at;
  return out;
}

}  // namespace

TEST_CASE("requests are found by outcome, source and time, the oldest first; a limit keeps the newest") {
  using Ids = std::vector<std::int64_t>;
  Fixture fixture;
  const std::chrono::hours hour{1};
  REQUIRE(fixture.record(Fixture::request("k1")));
  REQUIRE(fixture.record(unreadable("site", noon + hour)));
  REQUIRE(fixture.record(Fixture::request("k1")));
  REQUIRE(fixture.record(unreadable("pbx", noon + 2 * hour)));
  REQUIRE(fixture.record(unreadable("site", noon + 3 * hour)));

  CHECK(found(fixture, {}) == Ids{1, 2, 3, 4, 5});
  CHECK(found(fixture, {.outcome = "unreadable"}) == Ids{2, 4, 5});
  CHECK(found(fixture, {.outcome = "duplicate"}) == Ids{3});
  CHECK(found(fixture, {.outcome = "unreadable", .source = "site"}) == Ids{2, 5});
  CHECK(found(fixture, {.source = "nobody"}).empty());
  CHECK(found(fixture, {.since = noon + 2 * hour}) == Ids{4, 5});
  CHECK(found(fixture, {.outcome = "unreadable", .limit = 2}) == Ids{4, 5});

  auto reader = fixture.journal->reader();
  const auto rows = journal::find_requests(*reader, {.outcome = "unreadable", .limit = 1}).value();
  CHECK(rows.front().source == "site");
  CHECK(rows.front().received_at == noon + 3 * hour);
  CHECK(rows.front().status == 400);
  CHECK(rows.front().reason == "not JSON");
  CHECK(rows.front().method == "POST");
  CHECK(rows.front().body.empty());
}
