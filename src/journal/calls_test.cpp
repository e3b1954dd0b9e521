// Telephone calls in the journal: what goes first, what waits for its call, what is one call.
#include <doctest/doctest.h>

#include "journal/records.hpp"
#include "journal/testing/fixture.hpp"

using namespace b24gate;
using namespace std::chrono_literals;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

struct Told {
  std::string key, source = "pbx", call = "c1", phone = "+79030001101";
  std::string data = R"({"call":{"direction":"in","line":"+74950001122"}})";
  bool urgent = false;
  Milliseconds at{0};      // after noon, when it began
  Milliseconds within{0};  // it may be told by another service too
};

journal::NewRequest told_as(const Told& told) {
  auto out = Fixture::request(told.key, told.phone);
  out.source = told.source;
  out.call_quiet = 2s;
  auto& event = out.events[0];
  event.kind = "call";
  event.urgent = told.urgent;
  event.data = told.data;
  event.occurred_at = noon + told.at;
  event.identities.push_back({"conversation", told.source + "/call/" + told.call});
  event.call = journal::CallSight{told.phone, "in", "", noon + told.at, told.within};
  return out;
}

class Calls : public Fixture {
 public:
  std::int64_t tell(const Told& told) { return record(told_as(told))->event_ids.at(0); }
  std::vector<std::int64_t> due(TimePoint now) {
    auto reader = journal->reader();
    std::vector<std::int64_t> out;
    const auto rows = journal::due(*reader, now, 10);
    REQUIRE(rows);
    for (const auto& row : *rows) out.push_back(row.id);
    return out;
  }
  std::size_t conversation(std::int64_t event) {
    auto reader = journal->reader();
    return journal::conversation_of(*reader, event)->data.size();
  }
  void write(const journal::Journal::Job& job) { REQUIRE(journal->write_now(job)); }
};

}  // namespace

TEST_CASE("a ringing telephone goes before everything, and nobody waits for it") {
  Calls calls;
  const auto form = calls.add("form", "+79030001101");
  const auto ringing = calls.tell({.key = "ringing", .urgent = true});
  const auto talking = calls.tell({.key = "talking", .urgent = true});
  const auto record = calls.tell({.key = "record"});
  // The states of one call go one after the other; the client's form and record do too.
  CHECK(calls.due(noon + 1s) == std::vector<std::int64_t>{ringing, form});
  calls.write([&](journal::Tx& tx) {
    return journal::set_event_state(tx, form, journal::EventState::delivered, "", std::nullopt, 0);
  });
  CHECK(calls.due(noon + 1s) == std::vector<std::int64_t>{ringing, record});
  calls.write([&](journal::Tx& tx) {
    return journal::park_call(tx, ringing, {"the call is going on", noon, noon + 12h, 2, {}});
  });
  CHECK(calls.due(noon + 1s) == std::vector<std::int64_t>{talking, record});
}

TEST_CASE("what waits for its call is looked at after each word on it") {
  Calls calls;
  const auto ringing = calls.tell({.key = "ringing", .urgent = true});
  calls.write([&](journal::Tx& tx) {
    return journal::park_call(tx, ringing, {"the call is going on", noon, noon + 12h, 0, {}});
  });
  CHECK(calls.due(noon + 1h).empty());
  const auto record = calls.tell({.key = "record"});
  CHECK(calls.due(noon + 1s) == std::vector<std::int64_t>{record});
  CHECK(calls.due(noon + 2s) == std::vector<std::int64_t>{ringing, record});
  // A word that came in while it was decided to wait is not overslept.
  calls.write([&](journal::Tx& tx) {
    return journal::park_call(tx, ringing, {"the call is going on", noon + 3s, noon + 12h, 0, {}});
  });
  CHECK(calls.due(noon + 3s).front() == ringing);
}

TEST_CASE("one call of two services is one; two calls of one service stay two") {
  Calls calls;
  const auto pbx = calls.tell({.key = "a", .at = 0s, .within = 60s});
  const auto tracked = calls.tell({.key = "b", .source = "tracker", .call = "t1", .at = 20s, .within = 60s});
  CHECK(calls.conversation(tracked) == 1);
  CHECK(calls.conversation(pbx) == 1);
  // The client calls again at once: each service's second call is that one.
  const auto again = calls.tell({.key = "c", .call = "c2", .at = 40s, .within = 60s});
  CHECK(calls.conversation(again) == 0);
  const auto tracked_again =
      calls.tell({.key = "d", .source = "tracker", .call = "t2", .at = 45s, .within = 60s});
  CHECK(calls.conversation(tracked_again) == 1);
  CHECK(calls.conversation(again) == 1);
  CHECK(calls.conversation(pbx) == 1);
}

TEST_CASE("another client, another direction, another time, or joining switched off: another call") {
  Calls calls;
  calls.tell({.key = "a", .within = 60s});
  const auto alone = [&](const Told& told) { return calls.conversation(calls.tell(told)) == 0; };
  CHECK(alone({.key = "b", .source = "t", .call = "1", .phone = "+79030001102", .within = 60s}));
  CHECK(alone({.key = "c", .source = "t", .call = "2", .at = 61s, .within = 60s}));
  CHECK(alone({.key = "d", .source = "t", .call = "3", .within = 0s}));
  calls.tell({.key = "e", .source = "u", .data = R"({"call":{"direction":"out"}})", .at = 300s});
  CHECK(alone({.key = "f", .source = "t", .call = "4", .at = 300s, .within = 60s}));
}

TEST_CASE("only one event of a call makes it in the portal") {
  Calls calls;
  const auto first = calls.tell({.key = "a"});
  const auto second = calls.tell({.key = "b"});
  journal::Plan plan;
  plan.deliveries = {{"lead", "crm.item.add", "{}", ""},
                     {"register", "telephony.externalCall.register", "{}", ""},
                     {"finish", "telephony.externalCall.finish", "{}", ""}};
  calls.write([&](journal::Tx& tx) { return journal::plan(tx, first, plan); });
  calls.write([&](journal::Tx& tx) { return journal::plan(tx, second, plan); });
  const auto names = [&](std::int64_t event) {
    auto reader = calls.journal->reader();
    const auto rows = journal::deliveries_of(*reader, event);
    REQUIRE(rows);
    std::string out;
    for (const auto& row : *rows) out += " " + row.name;
    return out;
  };
  CHECK(names(first) == " enquiry lead register finish");
  CHECK(names(second) == " enquiry lead");
}

TEST_CASE("a robot that was told to call while its event was in hand is not overslept") {
  Calls calls;
  const auto event = calls.add("form", "+79030001101");
  journal::Plan plan;
  plan.deliveries = {{"robot", "robot.call", "{}", ""}};
  calls.write([&](journal::Tx& tx) { return journal::plan(tx, event, plan); });
  auto reader = calls.journal->reader();
  const auto robot = journal::deliveries_of(*reader, event)->back().id;
  const auto park = [&](journal::Tx& tx) {
    return journal::park_call(tx, event, {"the robot is being told to call", noon, noon + 10min, 0, {robot}});
  };
  calls.write(park);
  CHECK(calls.due(noon + 1s).empty());
  calls.write([&](journal::Tx& tx) { return journal::wake(tx, noon + 1s); });
  CHECK(calls.due(noon + 1s) == std::vector<std::int64_t>{event});
  // In hand: the word that it is to be looked at again finds it not parked.
  calls.write([&](journal::Tx& tx) {
    return journal::set_event_state(tx, event, journal::EventState::delivering, "", std::nullopt, 0);
  });
  calls.write([&](journal::Tx& tx) -> Done {
    journal::AttemptResult done;
    done.delivery_id = robot;
    done.state = journal::DeliveryState::confirmed;
    if (Done recorded = journal::record_attempt(tx, done); !recorded) return recorded;
    return journal::look_again(tx, event);
  });
  calls.write(park);
  CHECK(calls.due(noon + 2s) == std::vector<std::int64_t>{event});
}

TEST_CASE("what came in last is found behind a backlog, but not before its client's older words") {
  Calls calls;
  for (int i = 0; i < 5; ++i) calls.add("old" + std::to_string(i), "+7903000220" + std::to_string(i));
  auto late = Fixture::request("late", "+79030003301");
  late.received_at = noon + 1min;
  const auto fresh = calls.record(late)->event_ids.at(0);
  late = Fixture::request("later", "+79030002200");
  late.received_at = noon + 1min;
  calls.record(late);  // its client waits in the backlog
  auto reader = calls.journal->reader();
  const auto rows = journal::due_fresh(*reader, noon + 1min, noon + 30s, 10).value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].id == fresh);
  CHECK(journal::oldest_due(*reader, noon + 1min).value() == noon);
}

TEST_CASE("who talked last, and which tasks to call back are open") {
  Calls calls;
  const auto missed = calls.tell({.key = "missed"});
  journal::Plan plan;
  plan.deliveries = {{"call_back", "tasks.task.add", "{}", "k"}};
  calls.write([&](journal::Tx& tx) { return journal::plan(tx, missed, plan); });
  calls.write([&](journal::Tx& tx) {
    auto reader = calls.journal->reader();
    journal::AttemptResult done;
    done.delivery_id = journal::deliveries_of(*reader, missed)->back().id;
    done.result = "77";
    return journal::record_attempt(tx, done);
  });
  const auto answered =
      calls.tell({.key = "answered",
                  .call = "c2",
                  .data = R"({"call":{"direction":"out","outcome":"answered","employee":"petrova"}})",
                  .at = 5min});
  const auto known = [&](std::int64_t event) {
    auto reader = calls.journal->reader();
    return journal::calls_of(*reader, {{"phone", "+79030001101"}}, event).value();
  };
  CHECK(known(missed).last_talked == "petrova");
  CHECK(known(missed).answered_at == noon + 5min);
  CHECK(known(answered).last_talked == "");  // its own words do not count
  REQUIRE(known(answered).open.size() == 1);
  CHECK(known(answered).open[0].task_id == 77);
  // Closed by another event.
  plan.deliveries = {{"close", "tasks.task.complete", "{}", "task:77"}};
  calls.write([&](journal::Tx& tx) { return journal::plan(tx, answered, plan); });
  CHECK(known(answered).open.empty());
}
