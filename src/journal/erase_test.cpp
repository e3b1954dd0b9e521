// One person's data leaves the journal; everything else stays, and duplicates stay duplicates.
#include "journal/erase.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::Erased;
using journal::EventState;
using journal::Identity;
using journal::Journal;
using journal::Tx;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

const std::string phone = "+79030001101";
const std::string other_phone = "+79030001102";

// Somebody who left traces everywhere a journal has a place for them.
journal::NewRequest enquiry(const std::string& key, const std::string& whose, const std::string& name) {
  auto request = Fixture::request(key, whose);
  request.body = "name=" + name + "&phone=" + whose;
  request.headers = R"([["Cookie","who=)" + name + R"("]])";
  request.target = "/hook/site/***?name=" + name;
  request.client_ip = whose == phone ? "203.0.113.77" : "203.0.113.78";
  request.events[0].data = R"({"contact":{"name":")" + name + R"(","phones":[")" + whose + R"("]}})";
  return request;
}

// Planned, sent and answered; `state` as it ends.
void deliver(Fixture& fixture, std::int64_t id, const std::string& name, std::int64_t lead,
             EventState state = EventState::delivered) {
  REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
    journal::Plan plan;
    plan.decision = "{\"why\":\"" + name + "\"}";
    plan.lead_fields = "{\"TITLE\":\"" + name + "\"}";
    plan.assigned = "ivanov";
    plan.deliveries = {{"lead", "crm.item.add", "{\"title\":\"" + name + "\"}", "key of " + name}};
    return journal::plan(tx, id, plan);
  }));
  const auto delivery = fixture.number("SELECT max(id) FROM deliveries");
  REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
    if (Done sent = journal::mark_sent(tx, {delivery}, noon); !sent) return sent;
    journal::AttemptResult result;
    result.delivery_id = delivery;
    result.reason = "the portal knows " + name;
    result.result = "{\"title\":\"" + name + "\"}";
    result.attempt.at = noon;
    result.attempt.outcome = "success";
    result.attempt.answer = "created " + name;
    if (Done noted = journal::record_attempt(tx, result); !noted) return noted;
    if (Done known = journal::set_lead(tx, id, lead); !known) return known;
    journal::ClientRow client;
    client.name = name;
    client.card = "lead:" + std::to_string(lead);
    client.seen_at = noon;
    if (Done remembered = journal::remember_client(tx, phone, client); !remembered) return remembered;
    return journal::set_event_state(tx, id, state, "because of " + name, std::nullopt, 0);
  }));
}

Erased erase(Fixture& fixture, const Identity& identity) {
  const auto erased = journal::erase_person(*fixture.journal, identity, noon);
  REQUIRE(erased);
  return *erased;
}

// In any file of the journal.
bool in_the_files(const Fixture& fixture, const std::string& text) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::ostringstream bytes;
    bytes << std::ifstream(fixture.path() + suffix, std::ios::binary).rdbuf();
    if (bytes.str().find(text) != std::string::npos) return true;
  }
  return false;
}

journal::EventRow row_of(Fixture& fixture, std::int64_t id) {
  auto reader = fixture.journal->reader();
  return **journal::event(*reader, id);
}

}  // namespace

TEST_CASE("nothing of a person is left in the files, and the skeleton keeps what counts") {
  Fixture fixture;
  const std::string name = "Zimogorova";
  const auto id = fixture.record(enquiry("k1", phone, name))->event_ids.at(0);
  const auto stays = fixture.record(enquiry("k2", other_phone, "Postoronnij"))->event_ids.at(0);
  deliver(fixture, id, name, 12);
  REQUIRE(fixture.record(enquiry("k1", phone, name))->outcome == "duplicate");

  auto reader = fixture.journal->reader();
  const auto counted = journal::count_person(*reader, {"phone", phone});
  REQUIRE(counted);
  CHECK(in_the_files(fixture, name));
  const Erased erased = erase(fixture, {"phone", phone});
  for (const Erased& sum : {*counted, erased}) {
    CHECK(sum.events == 1);
    CHECK(sum.discarded == 0);
    CHECK(sum.requests.size() == 2);
    CHECK(sum.deliveries == 2);
    CHECK(sum.attempts == 1);
    CHECK(sum.clients == 1);
    CHECK(sum.cards == std::set<std::string>{"lead:12"});
    CHECK(sum.identities == std::set<std::string>{"phone:" + phone});
  }
  REQUIRE(fixture.journal->empty_wal());
  for (const auto& text : {name, phone, std::string("203.0.113.77")}) {
    CAPTURE(text);
    CHECK_FALSE(in_the_files(fixture, text));
  }
  CHECK(in_the_files(fixture, "Postoronnij"));
  const auto row = row_of(fixture, id);
  CHECK(row.key == "k1");
  CHECK(row.state == EventState::delivered);
  CHECK(row.reason == "erased");
  CHECK(row.lead_id == 12);
  CHECK(row.assigned == "ivanov");
  CHECK(row.data == R"({"erased_at":"2026-09-21T14:13:20+00:00"})");
  CHECK(row_of(fixture, stays).state == EventState::received);
  CHECK(erase(fixture, {"phone", phone}).events == 0);
}

TEST_CASE("what was not finished is given up, and holds nobody any more") {
  Fixture fixture;
  const auto first = fixture.add("k1", phone);
  const auto failed = fixture.add("k2", phone);
  REQUIRE(fixture.journal->write_now([&](Tx& tx) {
    return journal::set_event_state(tx, failed, EventState::failed, "who?", std::nullopt, 1);
  }));
  CHECK(erase(fixture, {"phone", phone}).discarded == 2);
  CHECK(row_of(fixture, first).state == EventState::discarded);
  CHECK(row_of(fixture, failed).state == EventState::discarded);
  auto reader = fixture.journal->reader();
  CHECK(journal::due(*reader, noon, 10)->empty());
  const auto later = fixture.add("k3", phone);
  const auto due = journal::due(*reader, noon, 10);
  REQUIRE(due->size() == 1);
  CHECK(due->front().id == later);
}

TEST_CASE("a late redelivery is a duplicate, and its bytes are not kept") {
  Fixture fixture;
  const std::string named = "batch:" + phone + ":1";
  const auto id = fixture.add("k1", phone);
  const auto by_phone = fixture.add(named, phone);
  erase(fixture, {"phone", phone});
  CHECK(row_of(fixture, by_phone).key.rfind("erased:", 0) == 0);
  for (const auto& key : {std::string("k1"), named}) {
    CAPTURE(key);
    const auto again = fixture.record(enquiry(key, phone, "Zimogorova"));
    REQUIRE(again);
    CHECK(again->outcome == "duplicate");
    CHECK(again->known_ids == std::vector<std::int64_t>{key == "k1" ? id : by_phone});
    bool known = false;
    REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
      known = journal::all_known(tx, Fixture::request(key, phone)).value();
      return {};
    }));
    CHECK(known);
  }
  CHECK(fixture.number("SELECT count(*) FROM identities") == 0);
  REQUIRE(fixture.journal->empty_wal());
  CHECK_FALSE(in_the_files(fixture, "Zimogorova"));
  CHECK_FALSE(in_the_files(fixture, phone));
}

TEST_CASE("others in the same request keep their events") {
  Fixture fixture;
  auto request = enquiry("mine", phone, "Zimogorova");
  auto theirs = enquiry("theirs", other_phone, "Postoronnij");
  request.body += "&" + theirs.body;
  request.events.push_back(theirs.events[0]);
  const auto ids = fixture.record(request)->event_ids;
  const Erased erased = erase(fixture, {"phone", phone});
  CHECK(erased.events == 1);
  CHECK(erased.requests.size() == 1);
  CHECK(row_of(fixture, ids[1]).data == theirs.events[0].data);
  CHECK(row_of(fixture, ids[1]).state == EventState::received);
  CHECK(fixture.number("SELECT count(*) FROM requests WHERE body IS NULL AND headers IS NULL") == 1);
  auto reader = fixture.journal->reader();
  CHECK(journal::due(*reader, noon, 10)->size() == 1);
}

TEST_CASE("what belongs to the same conversation goes too, however many there are") {
  Fixture fixture;
  const auto tied = [](const std::string& key, std::vector<std::string> conversations) {
    auto request = Fixture::request(key);
    for (const auto& conversation : conversations) {
      request.events[0].identities.push_back(
          {std::string(journal::conversation_kind), "site/call/" + conversation});
    }
    return request;
  };
  auto call = tied("call", {"1"});
  call.events[0].identities.push_back({"email", "z@example.com"});
  call.events[0].identities.push_back({"whatsapp", phone.substr(1)});
  REQUIRE(fixture.record(call));
  REQUIRE(fixture.record(tied("transfer", {"1", "2"})));
  for (int i = 0; i < 120; ++i) REQUIRE(fixture.record(tied("part" + std::to_string(i), {"2"})));
  REQUIRE(fixture.record(tied("another", {"3"})));
  const Erased erased = erase(fixture, {"phone", phone});
  CHECK(erased.events == 122);
  CHECK(erased.identities == std::set<std::string>{"email:z@example.com", "whatsapp:79030001101"});
  CHECK(fixture.number("SELECT count(*) FROM events WHERE reason = 'erased'") == 122);
  CHECK(fixture.number("SELECT count(*) FROM identities") == 1);
}

TEST_CASE("a worker that has the event in hand sends nothing more and writes no words down") {
  Fixture fixture;
  const auto id = fixture.add("k1", phone);
  REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
    journal::Plan plan;
    plan.deliveries = {{"lead", "crm.item.add", "{}", ""}, {"task", "tasks.task.add", "{}", ""}};
    return journal::plan(tx, id, plan);
  }));
  const auto lead = fixture.number("SELECT id FROM deliveries WHERE name = 'lead'");
  const auto task = fixture.number("SELECT id FROM deliveries WHERE name = 'task'");
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::mark_sent(tx, {lead}, noon); }));
  CHECK(erase(fixture, {"phone", phone}).unclear == 1);
  CHECK_FALSE(fixture.journal->write_now([&](Tx& tx) { return journal::mark_sent(tx, {task}, noon); }));
  REQUIRE(fixture.journal->write_now([&](Tx& tx) -> Done {
    journal::AttemptResult result;
    result.delivery_id = lead;
    result.reason = "Zimogorova";
    result.result = "{\"title\":\"Zimogorova\"}";
    result.attempt.answer = "Zimogorova";
    if (Done noted = journal::record_attempt(tx, result); !noted) return noted;
    CHECK(journal::is_erased(tx, id).value());
    return journal::set_lead(tx, id, 12);
  }));
  CHECK(fixture.number("SELECT state = 'confirmed' AND result = '' AND reason = 'erased' FROM deliveries "
                       "WHERE name = 'lead'") == 1);
  CHECK(fixture.number("SELECT count(*) FROM attempts WHERE answer <> ''") == 0);
  CHECK(row_of(fixture, id).lead_id == 12);
}

TEST_CASE("another process erases while the daemon writes, and moved rows leave nothing behind") {
  Fixture fixture;
  // Rows of many sizes in no order: pages are split, and what moves is left behind in their unused parts.
  std::uint64_t random = 7;
  const auto next = [&random] { return random = random * 6'364'136'223'846'793'005ULL + 1; };
  std::vector<std::string> phones;
  for (int i = 0; i < 600; ++i) {
    phones.push_back("+79" + std::to_string(100'000'000 + (next() >> 33) % 900'000'000));
    auto request = enquiry("k" + std::to_string(i), phones.back(), "Zimogorova");
    request.events[0].data.insert(1, "\"text\":\"" + std::string((next() >> 33) % 1'500, 'x') + "\",");
    const auto id = fixture.record(request)->event_ids.at(0);
    if (i % 2 == 0) deliver(fixture, id, std::string((next() >> 33) % 700, 'y'), i + 1);
  }
  auto other = Journal::open({fixture.path(), "", false, false}, fixture.clock);
  REQUIRE(other);
  for (int i = 0; i < 600; i += 10) {
    REQUIRE(journal::erase_person(**other, {"phone", phones[static_cast<std::size_t>(i)]}, noon));
    fixture.add("meanwhile" + std::to_string(i));
  }
  REQUIRE((*other)->compact());
  int left = 0;
  for (std::size_t i = 0; i < phones.size(); i += 10) left += in_the_files(fixture, phones[i]) ? 1 : 0;
  CHECK(left == 0);
  CHECK(in_the_files(fixture, phones[1]));
  CHECK(fixture.number("SELECT count(*) FROM events") == 660);
  CHECK(fixture.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1);
  fixture.add("later");
}

TEST_CASE("requests in which nothing was recognised are counted, for nobody can search them") {
  Fixture fixture;
  fixture.add("k1", phone);
  auto unreadable = Fixture::request("none");
  unreadable.events.clear();
  unreadable.outcome = "unreadable";
  REQUIRE(fixture.record(unreadable));
  REQUIRE(fixture.record(Fixture::request("capture:1", "", false)));
  auto reader = fixture.journal->reader();
  CHECK(journal::unread_requests(*reader).value() == 2);
}
