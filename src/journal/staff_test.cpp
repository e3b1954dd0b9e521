#include "journal/staff.hpp"

#include <doctest/doctest.h>

#include "journal/records.hpp"
#include "journal/testing/fixture.hpp"

using namespace b24gate;
using namespace b24gate::journal;
using namespace std::chrono_literals;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

void write(Fixture& fixture, const Journal::Job& job) { REQUIRE(fixture.journal->write_now(job)); }

void give(Fixture& fixture, std::int64_t event, const std::string& employee, TimePoint at,
          bool new_lead = true, const std::string& chosen = "group") {
  journal::Plan plan;
  plan.assigned = employee;
  plan.decision = "{}";
  plan.assignment = Assignment{at, employee, new_lead, "все", chosen, "{}", {{"sidorova", "absent"}}};
  write(fixture, [&](Tx& tx) { return journal::plan(tx, event, plan); });
}

}  // namespace

TEST_CASE("away: set again replaces, back removes, what is over goes with the next") {
  Fixture fixture;
  write(fixture, [](Tx& tx) { return set_away(tx, "ivanov", {noon, noon + 1h, "у зубного"}); });
  write(fixture, [](Tx& tx) { return set_away(tx, "ivanov", {noon, noon + 2h, ""}); });
  write(fixture, [](Tx& tx) { return set_away(tx, "petrova", {noon, noon + 9h, "отпуск"}); });
  fixture.open();
  {
    auto reader = fixture.journal->reader();
    const auto all = away(*reader).value();
    REQUIRE(all.size() == 2);
    CHECK(all.at("ivanov").until == noon + 2h);
    CHECK(all.at("petrova").why == "отпуск");
  }
  write(fixture, [](Tx& tx) { return set_away(tx, "sidorova", {noon + 2h, noon + 3h, ""}); });
  CHECK(fixture.number("SELECT count(*) FROM away") == 2);
  bool was_away = false;
  write(fixture, [&](Tx& tx) -> Done {
    was_away = set_back(tx, "petrova").value();
    return {};
  });
  CHECK(was_away);
  write(fixture, [&](Tx& tx) -> Done {
    was_away = set_back(tx, "petrova").value();
    return {};
  });
  CHECK_FALSE(was_away);
}

TEST_CASE("open cards: stored, changed hands, closed") {
  Fixture fixture;
  write(fixture, [](Tx& tx) { return store_cards(tx, {{"lead:1", 12}, {"lead:2", 12}, {"deal:1", 14}}); });
  write(fixture, [](Tx& tx) { return store_cards(tx, {{"lead:1", 0}, {"lead:2", 14}, {"lead:9", 0}}); });
  auto reader = fixture.journal->reader();
  const auto cards = open_cards(*reader).value();
  REQUIRE(cards.size() == 2);
  CHECK(cards[0].card == "deal:1");
  CHECK(cards[1].card == "lead:2");
  CHECK(cards[1].user_id == 14);
}

TEST_CASE("assignments: counted since a moment, replaced by a decision made anew, gone with their event") {
  Fixture fixture;
  const auto first = fixture.add("k1", "+79030000001");
  const auto second = fixture.add("k2", "+79030000002");
  const auto third = fixture.add("k3", "+79030000003");
  give(fixture, first, "ivanov", noon);
  give(fixture, second, "ivanov", noon + 1h);
  give(fixture, third, "petrova", noon + 2h, false);
  give(fixture, first, "petrova", noon + 3h);
  auto reader = fixture.journal->reader();
  const auto given = given_since(*reader, noon).value();
  REQUIRE(given.size() == 2);
  CHECK(given[0].event_id == second);
  CHECK(given[1].event_id == first);
  CHECK(given[1].employee == "petrova");
  CHECK(given[1].at == noon + 3h);
  CHECK(given_since(*reader, noon + 1h + 1ms).value().size() == 1);
  // Held until somebody comes, and given then.
  const auto held = fixture.add("k4", "+79030000004");
  give(fixture, held, "sidorova", noon + 4h, true, "waits");
  CHECK(given_since(*reader, noon).value().size() == 2);
  give(fixture, held, "ivanov", noon + 5h);
  CHECK(given_since(*reader, noon).value().size() == 3);
  write(fixture, [&](Tx& tx) { return discard(tx, held, "not wanted", noon); });
  CHECK(circumstances_of(*reader, first).value() == "{}");
  CHECK(circumstances_of(*reader, 999).value().empty());
  CHECK(fixture.number("SELECT count(*) FROM passed_over WHERE cause = 'absent'") == 4);  // once per decision

  // Not landed: unfinished, planned, without a lead.
  CHECK(given_not_landed(*reader).value().size() == 2);
  write(fixture, [&](Tx& tx) { return set_lead(tx, first, 77); });
  write(fixture, [&](Tx& tx) { return discard(tx, second, "not wanted", noon); });
  CHECK(given_not_landed(*reader).value().empty());

  write(fixture, [&](Tx& tx) -> Done {
    auto removed = prune(tx, std::nullopt, noon + 24h, 100);
    return removed ? Done() : tl::unexpected(removed.error());
  });
  CHECK(circumstances_of(*reader, second).value().empty());
  CHECK(fixture.number("SELECT count(*) FROM passed_over WHERE event_id = " + std::to_string(second)) == 0);
}
