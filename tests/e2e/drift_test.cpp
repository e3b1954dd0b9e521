// What a person must mend: it waits with an instruction and holds nobody up.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

namespace {

json::Array notices_of(const World& world, const std::string& kind) {
  json::Array out;
  const json::Value all = e2e::request("GET", world.admin_port, "/readyz").json()["notices"];
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all.at(i)["kind"].text() == kind) out.push_back(all.at(i));
  }
  return out;
}

std::vector<std::string> told(const World& world, const std::string& tag) {
  std::vector<std::string> out;
  const json::Value all = world.portal()["notifications"];
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all.at(i)["tag"].text().find(tag) != std::string::npos) out.push_back(all.at(i)["message"].text());
  }
  return out;
}

}  // namespace

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
  CHECK(by_id["e1"]["reason"].text().find("CRM_FIELD_ERROR_REQUIRED: Field UF_CRM_POWER: ") !=
        std::string::npos);
  CHECK(world.log().find("Field UF_CRM_POWER: ") != std::string::npos);
  CHECK(by_id["e3"]["state"].text() == "delivered");
  REQUIRE(e2e::wait_until([&] { return !told(world, "admin|failed").empty(); }));

  CHECK(world.run({"retry", "--state", "failed", "--count"}).text.find("2 events") == 0);
  world.no_faults();
  REQUIRE(world.run({"retry", "--state", "failed"}).code == 0);
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 3);
  for (const auto& event : world.event_list()) CHECK(event["state"].text() == "delivered");
}

TEST_CASE("a value that the portal does not take: the lead is there without it, and its timeline says so") {
  World world({.name = "left-out"});
  world.start_sandbox();
  world.fault(
      R"({"kind":"error","method":"crm.item.add","error":"CRM_FIELD_ERROR_VALUE_NOT_VALID","error_description":"Invalid value for field \"sourceId\"","status":400,"count":1})");
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  REQUIRE(world.settled());
  REQUIRE(world.leads().size() == 1);
  CHECK(world.event_list()[0]["state"].text() == "delivered");
  const json::Array comments = world.comments();
  REQUIRE(comments.size() == 1);
  CHECK(comments[0]["text"].text().find("портал не принял, значение: WEB") != std::string::npos);
  CHECK(world.run({"show", "e1"}).text.find("goes out without") != std::string::npos);
}

TEST_CASE(
    "what the files name and the portal does not have is told at start, in the log, readyz and Bitrix24") {
  World world({.name = "told-drift"});
  world.start_sandbox();
  std::string mapping = e2e::read_file(world.folder.path() + "/mappings/tilda.yaml");
  const std::string field = "UF_CRM_POWER:";
  const std::string good = mapping;
  mapping.replace(mapping.find(field), field.size(), "UF_CRM_POWR:");
  world.folder.write("mappings/tilda.yaml", mapping);
  world.start_daemon();
  REQUIRE(e2e::wait_until([&] { return !notices_of(world, "drift").empty(); }));
  const std::string what = notices_of(world, "drift")[0]["what"].text();
  CHECK(what.find("mappings/tilda.yaml:") != std::string::npos);
  CHECK(what.find("UF_CRM_POWR; did you mean UF_CRM_POWER?") != std::string::npos);
  // The notice is in the journal a moment before its line is in the log.
  CHECK(e2e::wait_until([&] { return world.log().find("B24-4013") != std::string::npos; }));
  REQUIRE(e2e::wait_until([&] { return !told(world, "admin|drift").empty(); }));
  CHECK(told(world, "admin|drift")[0].find("b24gate check --portal") != std::string::npos);
}

TEST_CASE(
    "a permission that is missing holds only what needs it; the administrator is told once, where to click") {
  World world({.name = "told-scope"});
  world.start_sandbox();
  world.start_daemon();
  world.fault(R"({"kind":"insufficient_scope","method":"crm.timeline.comment.add","count":null})");
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  CHECK(world.post("site-tilda/tilda-secret", World::form(2, "89030001102")).status == 200);
  REQUIRE(e2e::wait_until([&] { return world.leads().size() == 2; }));
  REQUIRE(e2e::wait_until([&] { return !told(world, "admin|method").empty(); }));
  REQUIRE(notices_of(world, "method").size() == 1);
  CHECK(notices_of(world, "method")[0]["what"].text().find("crm.timeline.comment.add") != std::string::npos);
  CHECK(told(world, "admin|method")[0].find("вебхуку не хватает права на crm.timeline.comment.add") !=
        std::string::npos);
  world.no_faults();
  REQUIRE(world.settled());
  CHECK(world.comments().size() == 2);
  CHECK(notices_of(world, "method").empty());
  CHECK(told(world, "admin|method").size() == 1);
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
