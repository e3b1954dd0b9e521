// What is the same enquiry again, and what is a new one.
#include <doctest/doctest.h>

#include "intake/test_gate.hpp"

using namespace b24gate;
using intake::testing::Gate;

namespace {

constexpr const char* kSources =
    "  any: { connector: webhook, secret: any-secret }\n"
    "  shop: { connector: bitrix-site, secret: shop-secret }\n"
    "  calls: { connector: comagic, secret: calls-secret }\n"
    "  unknown: { connector: webhook, secret: unknown-secret, capture: yes }\n";
constexpr std::chrono::hours kDay{24};

// The status in the answer.
std::string posted(Gate& gate, const char* path, const char* body, const char* type) {
  return json::parse(gate.send(path, body, type).body).value()["status"].text();
}

}  // namespace

TEST_CASE("comagic: the phone that a chat brings later makes the lead") {
  Gate gate("", kSources);
  const auto chat = [&](const char* body) {
    return posted(gate, "/hook/calls/calls-secret", body, "application/json");
  };
  constexpr const char* kSilent =
      R"({"event":"chat","communication_id":5,"visitor_name":"Анна","text":"Здравствуйте"})";
  CHECK(chat(kSilent) == "accepted");
  CHECK(chat(kSilent) == "duplicate");
  CHECK(gate.events("").back().state == journal::EventState::ignored);
  constexpr const char* kLeft =
      R"({"event":"chat","communication_id":5,"visitor_name":"Анна","visitor_phone_number":"79030001101"})";
  CHECK(chat(kLeft) == "accepted");
  CHECK(chat(kLeft) == "duplicate");
  const auto events = gate.events("");
  REQUIRE(events.size() == 2);
  CHECK(events[1].key == "comagic:chat:5");
  CHECK(events[1].state == journal::EventState::received);
}

TEST_CASE("a form without an id is the same for a day, and a new enquiry after it") {
  const auto check = [](const char* path, const char* body, const char* type) {
    CAPTURE(path);
    Gate gate("", kSources);
    const auto post = [&] { return posted(gate, path, body, type); };
    CHECK(post() == "accepted");
    CHECK(post() == "duplicate");
    // There is no hour at which a repeat would be taken for a new one.
    for (int hour = 1; hour <= 24; ++hour) {
      gate.fixture.clock.advance(std::chrono::hours{1});
      CHECK(post() == "duplicate");
    }
    gate.fixture.clock.advance(Milliseconds{1});
    CHECK(post() == "accepted");
    CHECK(post() == "duplicate");
    gate.fixture.clock.advance(kDay);
    CHECK(post() == "duplicate");
    gate.fixture.clock.advance(30 * kDay);
    CHECK(post() == "accepted");
    CHECK(post() == "duplicate");
    const auto events = gate.events("");
    REQUIRE(events.size() == 3);
    // The lead is looked for by the key that stands in the event.
    for (const auto& event : events) CHECK(json::parse(event.data).value()["key"].text() == event.key);
  };
  constexpr const char* kForm = "application/x-www-form-urlencoded";
  check("/hook/any/any-secret", R"({"name":"Пётр","phone":"89030001101"})", "application/json");
  check("/hook/any/any-secret", "name=a&phone=89030001101", kForm);
}

TEST_CASE("the same holds for lead.php, whose repeats get the first number") {
  Gate gate("", kSources);
  const auto id = [&] {
    const std::string body =
        gate.send("/crm/configs/import/lead.php", "TITLE=a&LOGIN=shop&PASSWORD=shop-secret").body;
    const std::size_t at = body.find("'ID':'") + 6;
    return body.substr(at, body.find('\'', at) - at);
  };
  gate.fixture.clock.jump_to(parse_iso("2026-11-20T03:59:59+03:00", TimeZone::utc()).value());
  CHECK(id() == "1");
  gate.fixture.clock.jump_to(parse_iso("2026-11-20T04:00:01+03:00", TimeZone::utc()).value());
  CHECK(id() == "1");
  gate.fixture.clock.advance(kDay);
  CHECK(id() == "2");
  CHECK(id() == "2");
}

TEST_CASE("an id of the sender's own is the same for ever, a captured request for a day") {
  Gate gate("", kSources);
  CHECK(posted(gate, "/hook/any/any-secret", R"({"id":7,"phone":"89030001101"})", "") == "accepted");
  CHECK(posted(gate, "/hook/unknown/unknown-secret", "anything", "") == "accepted");
  CHECK(posted(gate, "/hook/unknown/unknown-secret", "anything", "") == "duplicate");
  gate.fixture.clock.advance(365 * kDay);
  CHECK(posted(gate, "/hook/any/any-secret", R"({"id":7,"phone":"89030001101"})", "") == "duplicate");
  CHECK(posted(gate, "/hook/unknown/unknown-secret", "anything", "") == "accepted");
}
