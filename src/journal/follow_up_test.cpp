#include "journal/follow_up.hpp"

#include <doctest/doctest.h>

#include "journal/erase.hpp"
#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::FollowUp;
using journal::Tx;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

void write(Fixture& fixture, const journal::Journal::Job& job) { REQUIRE(fixture.journal->write_now(job)); }

journal::Plan plan_with(std::int64_t lead, std::optional<FollowUp> follow_up) {
  journal::Plan plan;
  plan.decision = "{}";
  plan.lead_id = lead;
  plan.deliveries.push_back({"update", "crm.item.update", "{}", ""});
  plan.follow_up = std::move(follow_up);
  return plan;
}

// An enquiry whose lead is in the portal and must be accepted by noon.
std::int64_t given_out(Fixture& fixture) {
  const auto id = fixture.record(Fixture::request("k1", "+79030001101"))->event_ids.at(0);
  FollowUp follow_up;
  follow_up.due_at = noon;
  follow_up.holder = 12;
  write(fixture, [&](Tx& tx) { return journal::plan(tx, id, plan_with(77, follow_up)); });
  write(fixture, [&](Tx& tx) {
    return journal::set_event_state(tx, id, journal::EventState::delivered, "", std::nullopt, 0);
  });
  return id;
}

std::vector<FollowUp> due(Fixture& fixture, TimePoint now = noon) {
  auto reader = fixture.journal->reader();
  return journal::follow_ups(*reader, now, 10).value();
}

std::optional<std::int64_t> pass_on(Fixture& fixture, const FollowUp& from) {
  std::optional<std::int64_t> out;
  write(fixture, [&](Tx& tx) -> Done {
    out =
        journal::pass_on(tx, from, "k1/p1", R"({"key":"k1/p1"})", plan_with(77, std::nullopt), noon).value();
    return {};
  });
  return out;
}

}  // namespace

TEST_CASE("a lead is looked at when its time has come, and passed on once") {
  Fixture fixture;
  const auto id = given_out(fixture);
  CHECK(due(fixture, noon - Seconds{1}).empty());
  const auto rows = due(fixture);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].event_id == id);
  CHECK(rows[0].root_id == id);
  CHECK(rows[0].lead_id == 77);
  fixture.open();  // it survives a restart
  const auto passed = pass_on(fixture, rows[0]);
  REQUIRE(passed);
  CHECK(due(fixture).empty());
  CHECK_FALSE(pass_on(fixture, rows[0]));  // whoever comes second finds it gone
  CHECK(fixture.number("SELECT count(*) FROM identities WHERE event_id = " + std::to_string(*passed)) == 1);
}

TEST_CASE("the passing on of a lead keeps its decision: retry sends what failed, and it is not made again") {
  Fixture fixture;
  given_out(fixture);
  const auto passed = pass_on(fixture, due(fixture).at(0)).value();
  const std::string deliveries =
      "SELECT count(*) FROM deliveries WHERE seq = 1 AND event_id = " + std::to_string(passed) +
      " AND state = ";
  write(fixture, [&](Tx& tx) -> Done {
    auto reader = fixture.journal->reader();
    const auto rows = journal::deliveries_of(*reader, passed).value();
    journal::AttemptResult result;
    result.delivery_id = rows.at(1).id;
    result.state = journal::DeliveryState::failed;
    result.attempt.at = noon;
    result.attempt.outcome = "permanent";
    if (Done done = journal::record_attempt(tx, result); !done) return done;
    return journal::set_event_state(tx, passed, journal::EventState::failed, "", std::nullopt, 1);
  });
  CHECK(fixture.number(deliveries + "'failed'") == 1);
  write(fixture, [&](Tx& tx) { return journal::retry(tx, passed, noon); });
  CHECK(fixture.number(deliveries + "'planned'") == 1);
  write(fixture, [&](Tx& tx) {
    return journal::set_event_state(tx, passed, journal::EventState::delivered, "", std::nullopt, 0);
  });
  CHECK_FALSE(fixture.journal->write_now([&](Tx& tx) { return journal::make_again(tx, passed, noon); }));
}

TEST_CASE("an erased enquiry is not passed on") {
  Fixture fixture;
  given_out(fixture);
  const auto rows = due(fixture);
  REQUIRE(journal::erase_person(*fixture.journal, {"phone", "+79030001101"}, noon));
  CHECK(due(fixture).empty());
  CHECK_FALSE(pass_on(fixture, rows.at(0)));
}
