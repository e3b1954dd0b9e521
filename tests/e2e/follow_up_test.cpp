// Leads that were given out and are looked at again: accepted in time or passed on; waiting for somebody.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <map>
#include <string>
#include <vector>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

namespace {

constexpr int account_manager = 7;

void write_files(const World& world, const std::string& rule) {
  world.folder.write("mappings/employees.yaml", R"(
schedules:
  always: { days: mon-sun, hours: "00:00-24:00" }
employees:
  ivanov: { user_id: 12, title: Иванов, schedule: always }
  petrova: { user_id: 14, title: Петрова, schedule: always }
  sidorova: { user_id: 7 }
groups:
  gpu: { members: [ivanov, petrova], choose: first_present }
account_manager: sidorova
presence: { from: [schedule] }
)");
  world.folder.write("mappings/distribution.yaml", fmt::format(R"(
rules:
  - name: всем
    assign: gpu
    task: {{ title: Позвонить, deadline: 4h }}
    {}
fallback: {{ assign: account_manager }}
)",
                                                               rule));
}

std::int64_t holder(const World& world, const std::string& key) {
  for (const auto& lead : world.leads()) {
    if (lead["originId"].text() == key) return lead["assignedById"].integer().value_or(0);
  }
  return 0;
}

std::string lead_of(const World& world, const std::string& key) {
  for (const auto& lead : world.leads()) {
    if (lead["originId"].text() == key) return lead["id"].text();
  }
  return "";
}

bool has(const json::Array& comments, const std::string& lead, const std::string& words) {
  for (const auto& comment : comments) {
    if (comment["ownerId"].text() == lead && comment["text"].text().find(words) != std::string::npos)
      return true;
  }
  return false;
}

std::size_t told(const World& world, std::int64_t user, const std::string& words) {
  std::size_t out = 0;
  const json::Value all = world.portal()["notifications"];
  for (std::size_t i = 0; i < all.size(); ++i) {
    const json::Value& one = all.at(i);
    if (one["userId"].integer() == user && one["message"].text().find(words) != std::string::npos) ++out;
  }
  return out;
}

}  // namespace

TEST_CASE(
    "a lead that is not accepted in time goes to the next, then to the account manager; one that is stays") {
  World world({.name = "accept"});
  write_files(world, "accept_within: 3s");
  world.start_sandbox();
  world.start_daemon();
  REQUIRE(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  REQUIRE(world.post("site-tilda/tilda-secret", World::form(2, "89030001102")).status == 200);
  REQUIRE(world.settled());
  const std::string lead = lead_of(world, "tilda:77:1");
  const std::string accepted = lead_of(world, "tilda:77:2");
  CHECK(holder(world, "tilda:77:1") == 12);
  REQUIRE(e2e::request("POST", world.portal_port, "/rest/1/sandbox-secret/crm.item.update",
                       R"({"entityTypeId":1,"id":)" + accepted + R"(,"fields":{"stageId":"IN_PROCESS"}})",
                       "application/json")
              .status == 200);

  // A restart between does not matter.
  world.daemon().signal(SIGKILL);
  world.daemon().wait();
  world.start_daemon();
  REQUIRE(e2e::wait_until([&] { return holder(world, "tilda:77:1") == 14; }));
  REQUIRE(e2e::wait_until([&] { return has(world.comments(), lead, "Не принят за 3s: Иванов."); }));
  REQUIRE(world.settled());
  CHECK(told(world, 12, "не был принят за 3s") == 1);
  CHECK(told(world, 14, "Новый лид") == 1);
  REQUIRE(e2e::wait_until([&] { return holder(world, "tilda:77:1") == account_manager; }));
  REQUIRE(world.settled());
  CHECK(holder(world, "tilda:77:2") == 12);
  CHECK_FALSE(has(world.comments(), accepted, "Не принят"));

  // The trail: one event for each passing on, in order.
  const auto story = json::parse(world.run({"show", "lead:" + lead, "--json"}).text).value();
  REQUIRE(story.size() == 3);
  CHECK(story.at(1)["key"].text() == "tilda:77:1/p1");
  CHECK(story.at(1)["assignment"]["employee"].text() == "petrova");
  CHECK(story.at(1)["assignment"]["considered"].at(0)["cause"].text() == "declined");
  CHECK(story.at(2)["assigned"].text() == "sidorova");
  CHECK(world.leads().size() == 2);
}

TEST_CASE("what waits for somebody is given out when they come, the oldest first") {
  World world({.name = "wait"});
  write_files(world, "nobody_present: { then: wait }");
  world.start_sandbox();
  world.start_daemon();
  for (const char* name : {"ivanov", "petrova"})
    REQUIRE(world.run({"away", name, "--until", "2027-06-01T00:00"}).code == 0);
  REQUIRE(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  REQUIRE(world.post("site-tilda/tilda-secret", World::form(2, "89030001102")).status == 200);
  REQUIRE(world.settled());
  CHECK(holder(world, "tilda:77:1") == account_manager);
  CHECK(holder(world, "tilda:77:2") == account_manager);
  // Somebody gave the second one out by hand meanwhile.
  REQUIRE(e2e::request("POST", world.portal_port, "/rest/1/sandbox-secret/crm.item.update",
                       R"({"entityTypeId":1,"id":)" + lead_of(world, "tilda:77:2") +
                           R"(,"fields":{"assignedById":31}})",
                       "application/json")
              .status == 200);
  REQUIRE(world.run({"away", "petrova", "--back"}).code == 0);
  REQUIRE(e2e::wait_until([&] { return holder(world, "tilda:77:1") == 14; }));
  REQUIRE(world.settled());
  CHECK(has(world.comments(), lead_of(world, "tilda:77:1"), "Ждал, пока появится сотрудник."));
  CHECK(told(world, 14, "Новый лид") == 1);
  CHECK(holder(world, "tilda:77:2") == 31);
  CHECK(world.portal()["tasks"].size() == 1);
}

TEST_CASE("a limit on waiting: the account manager is told once") {
  World world({.name = "wait-limit"});
  write_files(world, "nobody_present: { then: wait, at_most: 2s }");
  world.start_sandbox();
  world.start_daemon();
  for (const char* name : {"ivanov", "petrova"})
    REQUIRE(world.run({"away", name, "--until", "2027-06-01T00:00"}).code == 0);
  REQUIRE(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  REQUIRE(e2e::wait_until([&] { return told(world, account_manager, "ждёт, и никто не появился") == 1; }));
  REQUIRE(world.settled());
  CHECK(holder(world, "tilda:77:1") == account_manager);
}
