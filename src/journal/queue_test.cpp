// The queue of unfinished events: its order, its cost, what wakes it.
#include <doctest/doctest.h>

#include <map>

#include "journal/due_sql.hpp"
#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::DeliveryState;
using journal::EventState;
using journal::Tx;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

void set_state(Fixture& fixture, std::int64_t id, EventState to,
               std::optional<TimePoint> next = std::nullopt) {
  REQUIRE(fixture.journal->write_now(
      [&](Tx& tx) { return journal::set_event_state(tx, id, to, "because", next, 3); }));
}

std::vector<std::int64_t> due(Fixture& fixture, TimePoint now, std::size_t limit) {
  auto reader = fixture.journal->reader();
  const auto rows = journal::due(*reader, now, limit);
  REQUIRE(rows);
  std::vector<std::int64_t> ids;
  for (const auto& row : *rows) ids.push_back(row.id);
  return ids;
}

journal::EventRow row(Fixture& fixture, std::int64_t id) {
  auto reader = fixture.journal->reader();
  return journal::event(*reader, id).value().value();
}

void plan_lead(Fixture& fixture, std::int64_t id, const std::string& name = "lead") {
  journal::Plan plan;
  plan.decision = "{}";
  plan.lead_id = name == "lead" ? 0 : 77;
  plan.deliveries = {{name, "crm.item.add", "{}", "key"}, {"notify", "im.notify", "{}", ""}};
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::plan(tx, id, plan); }));
}

std::vector<journal::DeliveryRow> deliveries(Fixture& fixture, std::int64_t id) {
  auto reader = fixture.journal->reader();
  return journal::deliveries_of(*reader, id).value();
}

std::optional<TimePoint> next_due(Fixture& fixture) {
  auto reader = fixture.journal->reader();
  return journal::next_due(*reader).value();
}

std::string query_plan(Fixture& fixture, std::string_view sql) {
  const std::string explained = "EXPLAIN QUERY PLAN " + std::string(sql);
  std::string out;
  auto reader = journal::Journal::open({fixture.path(), "", false, true}, fixture.clock);
  REQUIRE(reader);
  auto session = (*reader)->reader();
  auto statement = session->prepare(explained);
  REQUIRE(statement);
  while (statement->step().value()) out += statement->text(3) + "\n";
  return out;
}

}  // namespace

TEST_CASE("looking for what is due touches nothing that is finished") {
  Fixture fixture;
  for (const auto sql :
       {journal::sql::count_due, journal::sql::due_few, journal::sql::due_many, journal::sql::next_due}) {
    const std::string plan = query_plan(fixture, sql);
    INFO(plan);
    const bool unfinished_only = plan.find("INDEX events_due") != std::string::npos ||
                                 plan.find("INDEX events_unfinished") != std::string::npos;
    CHECK(unfinished_only);
    CHECK(plan.find("SCAN identities") == std::string::npos);
    CHECK(plan.find("SCAN older") == std::string::npos);
    CHECK(plan.find("SCAN mine") == std::string::npos);
    if (sql.find("older") != std::string_view::npos) {
      CHECK(plan.find("SEARCH older USING INDEX identities_unfinished (kind=? AND value=? AND "
                      "event_id<?)") != std::string::npos);
    }
  }
}

TEST_CASE("a finished event leaves the index of identities, a retried one comes back to it") {
  Fixture fixture;
  const auto id = fixture.add("k1", "+7901");
  constexpr std::string_view unfinished = "SELECT count(*) FROM identities WHERE unfinished = 1";
  CHECK(fixture.number(unfinished) == 1);
  set_state(fixture, id, EventState::failed);
  CHECK(fixture.number(unfinished) == 0);
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::retry(tx, id, noon); }));
  CHECK(fixture.number(unfinished) == 1);
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::discard(tx, id, "spam", noon); }));
  CHECK(fixture.number(unfinished) == 0);
}

TEST_CASE("many due events come in the same order as few") {
  Fixture fixture;
  std::vector<std::int64_t> ids;
  REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
    for (int i = 0; i < 1'500; ++i) {
      auto recorded =
          journal::record(tx, Fixture::request("k" + std::to_string(i), i % 3 == 0 ? "+7900" : ""));
      if (!recorded) return fail(recorded.error());
      ids.push_back(recorded->event_ids.at(0));
    }
    return {};
  }));
  // Of the shared phone only the oldest may come.
  CHECK(due(fixture, noon, 4) == std::vector{ids[0], ids[1], ids[2], ids[4]});
  CHECK(due(fixture, noon, 5'000).size() == 1'001);
  set_state(fixture, ids[0], EventState::delivered);
  CHECK(due(fixture, noon, 3) == std::vector{ids[1], ids[2], ids[3]});
}

TEST_CASE("the next event to become due is not one that is held") {
  Fixture fixture;
  CHECK_FALSE(next_due(fixture));
  const auto first = fixture.add("k1", "+7901");
  CHECK(next_due(fixture) == noon);
  set_state(fixture, first, EventState::waiting, noon + Seconds{30});
  fixture.add("k2", "+7901");
  CHECK(next_due(fixture) == noon + Seconds{30});
  const auto other = fixture.add("k3", "+7902");
  set_state(fixture, other, EventState::waiting, noon + Seconds{20});
  CHECK(next_due(fixture) == noon + Seconds{20});
  CHECK(row(fixture, other).next_at == noon + Seconds{20});
  CHECK(row(fixture, other).attempts == 3);
}

TEST_CASE("when the portal is back everything that waits is due") {
  Fixture fixture;
  const auto id = fixture.add("k1");
  const auto failed = fixture.add("k2");
  set_state(fixture, id, EventState::waiting, noon + std::chrono::hours{1});
  set_state(fixture, failed, EventState::failed);
  CHECK(due(fixture, noon, 10).empty());
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::wake(tx, noon); }));
  CHECK(due(fixture, noon, 10) == std::vector{id});
}

TEST_CASE("an event whose lead is gone is planned anew, unless it may have a lead of its own") {
  Fixture fixture;
  const auto attached = fixture.add("k1");
  plan_lead(fixture, attached, "comment");
  const auto comment = deliveries(fixture, attached)[1].id;
  journal::AttemptResult gone;
  gone.delivery_id = comment;
  gone.state = DeliveryState::sent;
  gone.attempt.at = noon;
  gone.attempt.outcome = "gone";
  REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
    if (Done done = journal::record_attempt(tx, gone); !done) return done;
    return journal::replan(tx, attached);
  }));
  auto rows = deliveries(fixture, attached);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].state == DeliveryState::planned);
  CHECK(rows[1].state == DeliveryState::discarded);
  CHECK(rows[1].attempts == 1);
  CHECK(rows[2].state == DeliveryState::discarded);
  CHECK(row(fixture, attached).lead_id == 0);
  CHECK(row(fixture, attached).state == EventState::received);

  const auto own = fixture.add("k2");
  plan_lead(fixture, own);
  REQUIRE(fixture.journal->write_now(
      [&](Tx& tx) { return journal::mark_sent(tx, {deliveries(fixture, own)[1].id}, noon); }));
  const auto refused = fixture.journal->write_now([&](Tx& tx) { return journal::replan(tx, own); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::refused);
}

TEST_CASE("a failed delivery is planned again when something of its event is in the portal") {
  Fixture fixture;
  const auto id = fixture.add("k1");
  plan_lead(fixture, id);
  const auto rows = deliveries(fixture, id);
  const auto answer = [&](std::int64_t delivery, DeliveryState state) {
    journal::AttemptResult result;
    result.delivery_id = delivery;
    result.state = state;
    result.attempt.at = noon;
    REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::record_attempt(tx, result); }));
  };
  answer(rows[1].id, DeliveryState::confirmed);
  answer(rows[2].id, DeliveryState::failed);
  set_state(fixture, id, EventState::failed);
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::retry(tx, id, noon); }));
  const auto after = deliveries(fixture, id);
  CHECK(after[1].state == DeliveryState::confirmed);
  CHECK(after[2].state == DeliveryState::planned);
  CHECK(row(fixture, id).attempts == 0);
  CHECK(due(fixture, noon, 10) == std::vector{id});
}

TEST_CASE("nothing is sent for a discarded event, while what did happen is written down") {
  Fixture fixture;
  const auto id = fixture.add("k1");
  plan_lead(fixture, id);
  const auto rows = deliveries(fixture, id);
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::mark_sent(tx, {rows[1].id}, noon); }));
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::discard(tx, id, "spam", noon); }));
  CHECK_FALSE(fixture.journal->write_now([&](Tx& tx) { return journal::mark_sent(tx, {rows[2].id}, noon); }));
  journal::AttemptResult result;
  result.delivery_id = rows[2].id;
  result.state = DeliveryState::waiting;
  result.attempt.at = noon;
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::record_attempt(tx, result); }));
  result.delivery_id = rows[1].id;
  result.state = DeliveryState::confirmed;
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::record_attempt(tx, result); }));
  CHECK(deliveries(fixture, id)[1].state == DeliveryState::confirmed);
  CHECK(deliveries(fixture, id)[2].state == DeliveryState::discarded);
  plan_lead(fixture, id);
  CHECK(row(fixture, id).state == EventState::discarded);
  CHECK(deliveries(fixture, id).size() == 3);
}

TEST_CASE("the queue is counted by state, with its oldest") {
  Fixture fixture;
  auto late = Fixture::request("late");
  late.received_at = noon + Seconds{60};
  fixture.record(late);
  const auto failed = fixture.add("failed");
  set_state(fixture, failed, EventState::failed);
  set_state(fixture, fixture.add("done"), EventState::delivered);
  auto reader = fixture.journal->reader();
  const auto stats = journal::queue_stats(*reader);
  REQUIRE(stats);
  CHECK(stats->by_state == std::map<std::string, std::int64_t>{{"received", 1}, {"failed", 1}});
  CHECK(stats->oldest_unfinished == noon + Seconds{60});
}

TEST_CASE("events are found by every part of a filter, alone and together") {
  Fixture fixture;
  const auto first = fixture.add("k1", "+7901");
  const auto second = fixture.add("k2", "+7901");
  auto other = Fixture::request("k3", "+7902");
  other.source = "other";
  other.received_at = noon + Seconds{10};
  const auto third = fixture.record(other)->event_ids.at(0);
  set_state(fixture, second, EventState::failed);
  set_state(fixture, third, EventState::delivered);
  const auto found = [&](const journal::EventFilter& filter) {
    auto reader = fixture.journal->reader();
    std::vector<std::int64_t> ids;
    const auto events = journal::find_events(*reader, filter);
    REQUIRE(events);
    for (const auto& event : *events) ids.push_back(event.id);
    return ids;
  };
  journal::EventFilter filter;
  CHECK(found(filter) == std::vector{first, second, third});
  filter.identity = journal::Identity{"phone", "+7901"};
  CHECK(found(filter) == std::vector{first, second});
  filter.state = EventState::failed;
  CHECK(found(filter) == std::vector{second});
  filter.source = "other";
  CHECK(found(filter).empty());
  filter = {};
  filter.state = EventState::failed;
  CHECK(found(filter) == std::vector{second});
  filter.state = EventState::delivered;
  CHECK(found(filter) == std::vector{third});
  filter = {};
  filter.since = noon + Seconds{1};
  CHECK(found(filter) == std::vector{third});
  filter.source = "site";
  CHECK(found(filter).empty());
}
