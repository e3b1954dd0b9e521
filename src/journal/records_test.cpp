// The tables: duplicates, order, states.
#include <doctest/doctest.h>

#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::EventState;
using journal::Tx;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

std::vector<std::int64_t> due(Fixture& fixture, TimePoint now = noon, std::size_t limit = 100) {
  auto reader = fixture.journal->reader();
  std::vector<std::int64_t> ids;
  const auto rows = journal::due(*reader, now, limit);
  REQUIRE(rows);
  for (const auto& row : *rows) ids.push_back(row.id);
  return ids;
}

Done state(Fixture& fixture, std::int64_t id, EventState to, std::optional<TimePoint> next = std::nullopt) {
  return fixture.journal->write_now(
      [&](Tx& tx) { return journal::set_event_state(tx, id, to, "because", next, 0); });
}

Done plan(Fixture& fixture, std::int64_t id) {
  journal::Plan plan;
  plan.decision = "{}";
  plan.lead_fields = "{}";
  plan.assigned = "ivanov";
  plan.deliveries = {{"lead", "crm.item.add", "{}", "key"},
                     {"comment", "crm.timeline.comment.add", "{}", "mark"}};
  plan.turns = {{"gpu", "ivanov"}};
  return fixture.journal->write_now([&](Tx& tx) { return journal::plan(tx, id, plan); });
}

std::vector<journal::DeliveryRow> deliveries(Fixture& fixture, std::int64_t id) {
  auto reader = fixture.journal->reader();
  return journal::deliveries_of(*reader, id).value();
}

journal::EventRow row(Fixture& fixture, std::int64_t id) {
  auto reader = fixture.journal->reader();
  return journal::event(*reader, id).value().value();
}

}  // namespace

TEST_CASE("a request, its event and its first outbox row come together") {
  Fixture fixture;
  const auto recorded = fixture.record(Fixture::request("k1", "+79030001101"));
  REQUIRE(recorded);
  CHECK(recorded->outcome == "accepted");
  REQUIRE(recorded->event_ids.size() == 1);
  const auto rows = deliveries(fixture, recorded->event_ids[0]);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].seq == 0);
  CHECK(rows[0].name == "enquiry");
  CHECK(row(fixture, recorded->event_ids[0]).state == EventState::received);
}

TEST_CASE("the same key again is a duplicate, and its request tells of what") {
  Fixture fixture;
  const auto first = fixture.record(Fixture::request("k1"));
  const auto again = fixture.record(Fixture::request("k1"));
  REQUIRE(again);
  CHECK(again->outcome == "duplicate");
  CHECK(again->event_ids.empty());
  CHECK(again->known_ids == first->event_ids);
  auto reader = fixture.journal->reader();
  const auto request = journal::request(*reader, again->request_id).value().value();
  CHECK(request.outcome == "duplicate");
  CHECK(request.reason == "the same as event e1");
  CHECK(journal::events_of_request(*reader, again->request_id).value().at(0).id == first->event_ids[0]);
}

TEST_CASE("another source may use the same key") {
  Fixture fixture;
  fixture.add("k1");
  auto other = Fixture::request("k1");
  other.source = "other";
  CHECK(fixture.record(other)->event_ids.size() == 1);
}

TEST_CASE("an event that makes no lead is ignored with its reason and waits for nothing") {
  Fixture fixture;
  auto request = Fixture::request("k1", "", false);
  request.events[0].reason = "no phone";
  const auto id = fixture.record(request)->event_ids.at(0);
  CHECK(row(fixture, id).state == EventState::ignored);
  CHECK(row(fixture, id).reason == "no phone");
  CHECK(deliveries(fixture, id).empty());
  CHECK(due(fixture).empty());
}

TEST_CASE("due events come oldest first, one of a client at a time; failed ones hold nobody up") {
  Fixture fixture;
  const auto a1 = fixture.add("a1", "+7901");
  const auto b1 = fixture.add("b1", "+7902");
  const auto a2 = fixture.add("a2", "+7901");
  const auto none = fixture.add("n", "");
  CHECK(due(fixture) == std::vector{a1, b1, none});
  CHECK(due(fixture, noon, 1) == std::vector{a1});
  REQUIRE(state(fixture, a1, EventState::waiting, noon + Seconds{10}));
  CHECK(due(fixture) == std::vector{b1, none});  // a2 waits behind a1 although a1 is not due
  CHECK(due(fixture, noon + Seconds{10}) == std::vector{a1, b1, none});
  REQUIRE(state(fixture, a1, EventState::failed));
  CHECK(due(fixture) == std::vector{b1, a2, none});
  REQUIRE(state(fixture, b1, EventState::delivered));
  CHECK(due(fixture) == std::vector{a2, none});
}

TEST_CASE("a client is held together by any address, through a chain") {
  Fixture fixture;
  auto both = Fixture::request("k1", "+7901");
  both.events[0].identities.push_back({"email", "a@example.com"});
  const auto first = fixture.record(both)->event_ids.at(0);
  auto mail = Fixture::request("k2");
  mail.events[0].identities.push_back({"email", "a@example.com"});
  fixture.record(mail);
  CHECK(due(fixture) == std::vector{first});
}

TEST_CASE("a plan is stored with its decision and turns; sent is unclear after a restart") {
  Fixture fixture;
  const auto id = fixture.add("k1");
  REQUIRE(plan(fixture, id));
  auto rows = deliveries(fixture, id);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].state == journal::DeliveryState::confirmed);
  CHECK(rows[1].state == journal::DeliveryState::planned);
  CHECK(row(fixture, id).state == EventState::delivering);
  CHECK(row(fixture, id).assigned == "ivanov");
  {
    auto reader = fixture.journal->reader();
    CHECK(journal::turns(*reader).value() == std::map<std::string, std::string>{{"gpu", "ivanov"}});
  }
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::mark_sent(tx, {rows[1].id}, noon); }));
  fixture.open();
  std::int64_t unclear = 0;
  const TimePoint started = noon + Seconds{30};
  const auto recover = [&](TimePoint now) {
    REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
      unclear = journal::recover(tx, now).value();
      return {};
    }));
    rows = deliveries(fixture, id);
  };
  recover(started);
  CHECK(unclear == 1);
  CHECK(rows[1].state == journal::DeliveryState::unclear);
  CHECK(rows[1].sent_at == started);  // it left before that, and nobody knows how long before
  CHECK(rows[2].state == journal::DeliveryState::planned);
  CHECK_FALSE(rows[2].sent_at);
  {
    auto reader = fixture.journal->reader();
    const auto attempts = journal::attempts_of(*reader, rows[1].id).value();
    REQUIRE(attempts.size() == 1);
    CHECK(attempts[0].at == noon);
    CHECK(attempts[0].outcome == "ambiguous");
    CHECK(attempts[0].answer == "the service stopped before the answer came");
  }
  // Again, with a clock that was set back meanwhile: it settles anew, the attempt is told once.
  recover(noon - std::chrono::hours{1});
  CHECK(unclear == 0);
  CHECK(rows[1].sent_at == noon - std::chrono::hours{1});
  CHECK(fixture.number("SELECT count(*) FROM attempts") == 1);
}

TEST_CASE("a start lets everything be tried that waits, whatever the clock says") {
  Fixture fixture;
  const auto id = fixture.add("k1");
  REQUIRE(fixture.journal->write_now([&](Tx& tx) {
    return journal::set_event_state(tx, id, EventState::waiting, "", noon + std::chrono::hours{24}, 1);
  }));
  CHECK(due(fixture).empty());
  REQUIRE(
      fixture.journal->write_now([&](Tx& tx) { return Done(journal::recover(tx, noon).map([](auto) {})); }));
  CHECK(due(fixture) == std::vector{id});
}

TEST_CASE("when the wall clock is set, what waits and what settles goes on for as long as it would have") {
  Fixture fixture;
  const auto id = fixture.add("k1");
  const auto waiting = fixture.add("k2");
  const auto ready = fixture.add("k3");
  REQUIRE(plan(fixture, id));
  const auto sent = deliveries(fixture, id)[1].id;
  REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
    if (Done done = journal::mark_sent(tx, {sent}, noon); !done) return done;
    return journal::set_event_state(tx, waiting, EventState::waiting, "", noon + Seconds{30}, 1);
  }));
  for (const Milliseconds by : {Milliseconds{-3'600'000}, Milliseconds{7'200'000}}) {
    const auto sent_at = *deliveries(fixture, id)[1].sent_at;
    const auto next_at = *row(fixture, waiting).next_at;
    REQUIRE(fixture.journal->write_now(
        [&](Tx& tx) { return journal::clock_moved(tx, by, sent_at + by + Seconds{1}); }));
    CHECK(*deliveries(fixture, id)[1].sent_at == sent_at + by);
    CHECK(*row(fixture, waiting).next_at == next_at + by);
  }
  CHECK_FALSE(row(fixture, ready).next_at);
}

TEST_CASE("attempts are kept with what the portal said") {
  Fixture fixture;
  const auto id = fixture.add("k1");
  REQUIRE(plan(fixture, id));
  journal::AttemptResult result;
  result.delivery_id = deliveries(fixture, id)[1].id;
  result.state = journal::DeliveryState::failed;
  result.reason = "a required field";
  result.attempt = {0, 0, noon, 12, "permanent", 400, "CRM_FIELD_ERROR_REQUIRED", "words"};
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::record_attempt(tx, result); }));
  auto reader = fixture.journal->reader();
  const auto attempts = journal::attempts_of(*reader, result.delivery_id).value();
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].code == "CRM_FIELD_ERROR_REQUIRED");
  CHECK(attempts[0].duration_ms == 12);
  CHECK(deliveries(fixture, id)[1].reason == "a required field");
}

TEST_CASE("retry plans afresh what is not in the portal; what is unclear stays to be looked for") {
  Fixture fixture;
  const auto id = fixture.add("k1");
  REQUIRE(plan(fixture, id));
  REQUIRE(state(fixture, id, EventState::failed));
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::retry(tx, id, noon); }));
  auto rows = deliveries(fixture, id);
  CHECK(rows[0].state == journal::DeliveryState::planned);
  CHECK(rows[1].state == journal::DeliveryState::discarded);
  CHECK(due(fixture) == std::vector{id});
  REQUIRE(plan(fixture, id));
  rows = deliveries(fixture, id);
  REQUIRE(rows.size() == 5);
  CHECK(rows[3].state == journal::DeliveryState::planned);

  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::mark_sent(tx, {rows[3].id}, noon); }));
  REQUIRE(state(fixture, id, EventState::failed));
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::retry(tx, id, noon); }));
  CHECK(deliveries(fixture, id)[3].state == journal::DeliveryState::sent);
  CHECK(deliveries(fixture, id)[0].state == journal::DeliveryState::confirmed);
}

TEST_CASE("finished events cannot be retried; discarded ones stay so whatever a worker says later") {
  Fixture fixture;
  const auto done = fixture.add("k1");
  REQUIRE(state(fixture, done, EventState::delivered));
  const auto refused = fixture.journal->write_now([&](Tx& tx) { return journal::retry(tx, done, noon); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::refused);
  CHECK(refused.error().what.find("delivered") != std::string::npos);
  const auto given_up = fixture.add("k2");
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::discard(tx, given_up, "a test", noon); }));
  REQUIRE(state(fixture, given_up, EventState::delivered));
  CHECK(row(fixture, given_up).state == EventState::discarded);
  CHECK(row(fixture, given_up).reason.find("a test") != std::string::npos);
  CHECK_FALSE(fixture.journal->write_now([&](Tx& tx) { return journal::discard(tx, 999, "x", noon); }));
}

TEST_CASE("the newest lead of a client is known, whatever the CRM's search says") {
  Fixture fixture;
  const auto first = fixture.add("k1", "+7901");
  const auto second = fixture.add("k2", "+7901");
  const auto third = fixture.add("k3", "+7901");
  for (const auto& [event, lead] : {std::pair{first, 10}, std::pair{second, 20}}) {
    REQUIRE(fixture.journal->write_now(
        [&, id = event, number = lead](Tx& tx) { return journal::set_lead(tx, id, number); }));
  }
  auto reader = fixture.journal->reader();
  CHECK(journal::known_lead(*reader, {{"phone", "+7901"}}, third).value() == 20);
  CHECK(journal::known_lead(*reader, {{"phone", "+7901"}}, second).value() == 10);
  CHECK(journal::known_lead(*reader, {{"phone", "+7999"}}, third).value() == 0);
  journal::EventFilter filter;
  filter.lead_id = 20;
  CHECK(journal::find_events(*reader, filter).value().size() == 1);
}

TEST_CASE("what is kept no longer goes in small steps; unfinished events stay") {
  Fixture fixture;
  for (int i = 0; i < 7; ++i) {
    const auto id = fixture.add("k" + std::to_string(i), "+790" + std::to_string(i));
    if (i < 6) REQUIRE(state(fixture, id, EventState::delivered));
  }
  const auto step = [&](std::optional<TimePoint> raw, std::optional<TimePoint> events) {
    std::int64_t changed = 0;
    REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
      auto count = journal::prune(tx, raw, events, 4);
      if (!count) return tl::unexpected(count.error());
      changed = *count;
      return {};
    }));
    return changed;
  };
  CHECK(step(noon, std::nullopt) == 0);
  CHECK(step(noon + Seconds{1}, std::nullopt) == 4);
  CHECK(step(noon + Seconds{1}, std::nullopt) == 3);
  CHECK(step(noon + Seconds{1}, std::nullopt) == 0);
  while (step(std::nullopt, noon + Seconds{1}) > 0) {
  }
  auto reader = fixture.journal->reader();
  CHECK(journal::find_events(*reader, {}).value().size() == 1);
  auto statement = reader->prepare(
      "SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM deliveries), (SELECT count(*) FROM "
      "identities), "
      "(SELECT count(*) FROM repeats)");
  REQUIRE(statement->step().value());
  for (int column = 0; column < 3; ++column) CHECK(statement->integer(column) == 1);
  CHECK(statement->integer(3) == 0);
}
