// Conversations, the index of clients, and requests that are read again.
#include <doctest/doctest.h>

#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::EventState;
using journal::Tx;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

constexpr std::chrono::hours day{24};

// An event of the conversations named.
std::int64_t add(Fixture& fixture, const std::string& key, const std::vector<std::string>& conversations,
                 bool deliver = true) {
  auto request = Fixture::request(key, "", deliver);
  for (const auto& name : conversations)
    request.events[0].identities.push_back({std::string(journal::conversation_kind), "site/" + name});
  request.events[0].data = "\"" + key + "\"";
  return fixture.record(request)->event_ids.at(0);
}

journal::Conversation conversation(Fixture& fixture, std::int64_t id) {
  auto reader = fixture.journal->reader();
  return journal::conversation_of(*reader, id).value();
}

journal::EventRow row(Fixture& fixture, std::int64_t id) {
  auto reader = fixture.journal->reader();
  return journal::event(*reader, id).value().value();
}

std::vector<std::int64_t> due(Fixture& fixture, TimePoint now = noon) {
  auto reader = fixture.journal->reader();
  std::vector<std::int64_t> ids;
  const auto rows = journal::due(*reader, now, 100);
  REQUIRE(rows);
  for (const auto& event : *rows) ids.push_back(event.id);
  return ids;
}

Done park(Fixture& fixture, std::int64_t id) {
  return fixture.journal->write_now(
      [&](Tx& tx) { return journal::park(tx, id, "waits for its call", noon, noon + day); });
}

Done lead(Fixture& fixture, std::int64_t id, std::int64_t lead_id) {
  return fixture.journal->write_now([&](Tx& tx) { return journal::set_lead(tx, id, lead_id); });
}

}  // namespace

TEST_CASE("a conversation knows where it landed and what the others say, also those that are ignored") {
  Fixture fixture;
  const auto ringing = add(fixture, "ringing", {"call/c1"}, false);
  const auto summary = add(fixture, "summary", {"call/c1"});
  add(fixture, "another", {"call/c2"});
  CHECK(conversation(fixture, summary).lead_id == 0);
  CHECK(conversation(fixture, summary).data == std::vector<std::string>{"\"ringing\""});
  REQUIRE(lead(fixture, summary, 7));
  CHECK(conversation(fixture, ringing).lead_id == 7);
  CHECK(conversation(fixture, ringing).data == std::vector<std::string>{"\"summary\""});
}

TEST_CASE("a transfer ties two calls into one conversation, seen from either") {
  Fixture fixture;
  const auto first = add(fixture, "first", {"call/a"});
  const auto second = add(fixture, "second", {"call/b"});
  CHECK(conversation(fixture, second).data.empty());
  add(fixture, "transferred", {"call/a", "call/b"}, false);
  REQUIRE(lead(fixture, first, 7));
  CHECK(conversation(fixture, second).lead_id == 7);
  CHECK(conversation(fixture, second).data.size() == 2);
}

TEST_CASE("what came first waits without holding its call up, and wakes when the call has a lead") {
  Fixture fixture;
  const auto recording = add(fixture, "recording", {"call/c1"});
  const auto call = add(fixture, "call", {"call/c1"});
  CHECK(due(fixture) == std::vector<std::int64_t>{recording});
  REQUIRE(park(fixture, recording));
  CHECK(row(fixture, recording).state == EventState::waiting);
  CHECK(row(fixture, recording).next_at == noon + day);
  CHECK(due(fixture) == std::vector<std::int64_t>{call});
  REQUIRE(lead(fixture, call, 7));
  // The call is not finished yet: the recording has its turn after it.
  CHECK(due(fixture) == std::vector<std::int64_t>{recording});
  CHECK(conversation(fixture, recording).lead_id == 7);
}

TEST_CASE("what is parked after its call got a lead is due at once; what waits in vain is due in the end") {
  Fixture fixture;
  const auto recording = add(fixture, "recording", {"call/c1"});
  const auto call = add(fixture, "call", {"call/c1"});
  REQUIRE(lead(fixture, call, 7));
  REQUIRE(park(fixture, recording));
  CHECK(row(fixture, recording).next_at == noon);
  const auto lost = add(fixture, "lost", {"call/c9"});
  REQUIRE(park(fixture, lost));
  CHECK(due(fixture, noon + day - Milliseconds{1}) == std::vector<std::int64_t>{recording});
  CHECK(due(fixture, noon + day) == std::vector<std::int64_t>{recording, lost});
}

TEST_CASE("a discarded event is not parked") {
  Fixture fixture;
  const auto id = add(fixture, "recording", {"call/c1"});
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::discard(tx, id, "not wanted", noon); }));
  REQUIRE(park(fixture, id));
  CHECK(row(fixture, id).state == EventState::discarded);
}

TEST_CASE("a request whose events are all known is known; one without events never is") {
  Fixture fixture;
  fixture.add("k1");
  bool known = false;
  const auto ask = [&](const journal::NewRequest& request) {
    REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
      known = journal::all_known(tx, request).value();
      return {};
    }));
    return known;
  };
  CHECK(ask(Fixture::request("k1")));
  auto two = Fixture::request("k1");
  two.events.push_back(Fixture::request("k2").events[0]);
  CHECK_FALSE(ask(two));
  two.events.clear();
  CHECK_FALSE(ask(two));
}

TEST_CASE("a captured request is read later: its events come, what stood for it is ignored") {
  Fixture fixture;
  auto captured = Fixture::request("capture:1", "", false);
  captured.origin = "capture";
  const auto first = fixture.record(captured);
  const auto id = first->event_ids.at(0);
  const auto read = Fixture::request("tomoru:1", "+79030001101");
  Result<journal::Recorded> again = journal::Recorded();
  REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
    again = journal::reread(tx, first->request_id, read);
    return {};
  }));
  REQUIRE(again);
  REQUIRE(again->event_ids.size() == 1);
  CHECK(row(fixture, id).state == EventState::ignored);
  CHECK(row(fixture, id).reason == "read again as e" + std::to_string(again->event_ids[0]));
  CHECK(row(fixture, again->event_ids[0]).request_id == first->request_id);
  CHECK(row(fixture, again->event_ids[0]).origin == "webhook");
  CHECK(due(fixture) == again->event_ids);
  // A second time brings nothing new.
  REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
    again = journal::reread(tx, first->request_id, read);
    return {};
  }));
  CHECK(again->event_ids.empty());
  CHECK(again->known_ids.size() == 1);
}

TEST_CASE("marks are kept and replaced") {
  Fixture fixture;
  const auto mark = [&] {
    auto reader = fixture.journal->reader();
    return journal::mark(*reader, "pull:pbx").value();
  };
  CHECK(mark().empty());
  for (const char* value : {"1", "2"}) {
    REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::set_mark(tx, "pull:pbx", value); }));
    CHECK(mark() == value);
  }
}
