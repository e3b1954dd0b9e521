#include "journal/schema.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::Connection;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

constexpr int newest_with_request_events = 6;

// A journal as a program of that version left it: one request with an event that is delivered, one with an
// event that waits, one that repeats the first.
void make_old(const std::string& path, int version) {
  std::ofstream(path).close();
  auto connection = Connection::open(path, "", Connection::Use::write);
  REQUIRE(connection);
  REQUIRE(journal::migrate(**connection, path, noon, version));
  REQUIRE((*connection)->execute(R"sql(
INSERT INTO requests(id, source, connector, received_at, client_ip, method, target, status, outcome, reason, headers, body)
VALUES (1, 'site', 'webhook', 1790000000000, '', 'POST', '/hook/site', 200, 'accepted', '', '[]', 'a=1'),
       (2, 'site', 'webhook', 1790000000001, '', 'POST', '/hook/site', 200, 'accepted', '', '[]', 'a=2'),
       (3, 'site', 'webhook', 1790000000002, '', 'POST', '/hook/site', 200, 'duplicate', '', '[]', 'a=1');
INSERT INTO events(id, request_id, source, key, kind, received_at, state, data)
VALUES (1, 1, 'site', 'k1', 'form', 1790000000000, 'delivered', '{}'),
       (2, 2, 'site', 'k2', 'form', 1790000000001, 'received', '{}');
INSERT INTO identities(kind, value, event_id, unfinished) VALUES ('phone', '+7901', 1, 0), ('phone', '+7901', 2, 1);
INSERT INTO deliveries(event_id, seq, name, method, key, state, params) VALUES (2, 0, 'enquiry', '', '', 'planned', '');
INSERT INTO request_events(request_id, event_id, is_new) VALUES (1, 1, 1), (2, 2, 1), (3, 1, 0);
)sql"));
}

std::vector<std::int64_t> events_of(const Fixture& fixture, std::int64_t request) {
  auto reader = fixture.journal->reader();
  const auto rows = journal::events_of_request(*reader, request);
  REQUIRE(rows);
  std::vector<std::int64_t> out;
  for (const auto& row : *rows) out.push_back(row.id);
  return out;
}

}  // namespace

TEST_CASE("a journal of an older program is brought up to date, whichever it was, and nothing is lost") {
  for (int version = 1; version <= newest_with_request_events; ++version) {
    CAPTURE(version);
    Fixture fixture;
    fixture.journal.reset();
    std::filesystem::remove(fixture.path());
    make_old(fixture.path(), version);
    fixture.open();
    REQUIRE(fixture.journal);
    CHECK(fixture.number("PRAGMA user_version") == journal::schema_version());
    CHECK(fixture.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0);
    CHECK(fixture.number("SELECT count(*) FROM pragma_foreign_key_check") == 0);
    CHECK(events_of(fixture, 1) == std::vector<std::int64_t>{1});
    CHECK(events_of(fixture, 2) == std::vector<std::int64_t>{2});
    CHECK(events_of(fixture, 3) == std::vector<std::int64_t>{1});
    // The indexes are those that the queries name.
    auto reader = fixture.journal->reader();
    journal::EventFilter waiting;
    waiting.state = journal::EventState::received;
    CHECK(journal::find_events(*reader, waiting).value().size() == 1);
    auto again = fixture.record(Fixture::request("k1"));
    REQUIRE(again);
    CHECK(again->request_id == 4);
    CHECK(again->outcome == "duplicate");
    CHECK(again->known_ids == std::vector<std::int64_t>{1});
    auto fresh = fixture.record(Fixture::request("k3", "+7902"));
    REQUIRE(fresh);
    CHECK(fresh->event_ids == std::vector<std::int64_t>{3});
  }
}
