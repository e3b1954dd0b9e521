// What is the same enquiry again, and what is a new one.
#include <doctest/doctest.h>

#include "intake/test_gate.hpp"

using namespace b24gate;
using intake::testing::Gate;

namespace {

constexpr const char* kSources = "  calls: { connector: comagic, secret: calls-secret }\n";

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
