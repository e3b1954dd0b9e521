// What a person must mend: it waits with an instruction and holds nobody up.
#include <doctest/doctest.h>

#include <map>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

TEST_CASE("a lead that the portal refuses fails with a reason, others go on, retry mends it") {
  World world({.name = "drift"});
  world.start_sandbox();
  world.fault(R"({"kind":"required_field","field":"UF_CRM_POWER"})");
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  CHECK(world.post("any/any-secret", R"({"phone":"89030001102"})", "application/json").status == 200);
  CHECK(world.post("site-tilda/tilda-secret", World::form(2, "89030001103", "&power=2")).status == 200);
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 1);  // only the form that has the field
  const json::Value events = world.events();
  std::map<std::string, json::Value> by_id;
  for (const auto& event : *events.array_if()) by_id[event["id"].text()] = event;
  CHECK(by_id["e1"]["state"].text() == "failed");
  CHECK(by_id["e1"]["reason"].text().find("CRM_FIELD_ERROR_REQUIRED") != std::string::npos);
  CHECK(by_id["e3"]["state"].text() == "delivered");

  CHECK(world.run({"retry", "--state", "failed", "--count"}).text.find("2 events") == 0);
  world.no_faults();
  REQUIRE(world.run({"retry", "--state", "failed"}).code == 0);
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 3);
  for (const auto& event : world.event_list()) CHECK(event["state"].text() == "delivered");
}

TEST_CASE("discarded events stay discarded, with the reason") {
  World world({.name = "discard"});
  world.start_sandbox();
  world.fault(R"({"kind":"required_field","field":"UF_CRM_POWER"})");
  world.start_daemon();
  CHECK(world.post("any/any-secret", R"({"phone":"89030001102"})", "application/json").status == 200);
  REQUIRE(world.settled());
  REQUIRE(world.run({"discard", "e1", "--why", "проверка"}).code == 0);
  world.no_faults();
  const json::Value event = world.events().at(0);
  CHECK(event["state"].text() == "discarded");
  CHECK(event["reason"].text().find("проверка") != std::string::npos);
  CHECK(world.run({"retry", "e1"}).code == 1);
  CHECK(world.leads().empty());
}
