// Leads that the call centre's operator makes by hand in the portal: given out by the rules, once; kept where
// the operator was told to keep them. Events of the portal's outgoing webhook.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

namespace {

constexpr int operator_id = 34;

void write_files(const World& world) {
  world.folder.write("mappings/employees.yaml", R"(
employees:
  ivanov: { user_id: 12, title: Иванов }
  call-centre: { user_id: 34 }
  sidorova: { user_id: 7 }
groups:
  gpu: { members: [ivanov] }
account_manager: sidorova
presence: { from: [schedule] }
)");
  world.folder.write("mappings/distribution.yaml", R"(
rules:
  - name: колл-центр
    when: { created_by: call-centre }
    assign: gpu
    lead: { SOURCE_ID: CALL }
    task: { title: "Перезвонить: {{ lead.TITLE }}", deadline: 2h }
    rules:
      - name: ведёт сам
        when: { text: { contains: веду сама } }
        assign: { keep: true }
fallback: { assign: account_manager }
)");
}

std::string made(const World& world, const std::string& title, const std::string& comments, int maker,
                 const std::string& phone) {
  const auto answer = e2e::request(
      "POST", world.portal_port, "/sandbox/seed",
      fmt::format(
          R"({{"entityTypeId":1,"createdBy":{},"fields":{{"title":"{}","comments":"{}","fm":[{{"typeId":"PHONE","valueType":"WORK","value":"{}"}}]}}}})",
          maker, title, comments, phone),
      "application/json");
  REQUIRE_MESSAGE(answer.status == 201, answer.body);
  const std::string id = answer.json()["ids"].at(0).text();
  REQUIRE_FALSE(id.empty());
  return id;
}

json::Value lead(const World& world, const std::string& id) {
  const json::Value all = world.portal()["leads"];
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all.at(i)["id"].text() == id) return all.at(i)["item"];
  }
  return {};
}

}  // namespace

TEST_CASE("what the operator makes is given out by the rules, once; what she keeps, and others make, stays") {
  World world({.name = "hand-made",
               .portal = "settle: 1s, retry: [1s], secret: events-secret, application_token: app-token"});
  write_files(world);
  world.start_sandbox();
  const std::string before = made(world, "Вчерашний", "", operator_id, "+79030001100");
  world.start_daemon();
  // From now on: the mark is set with the first look.
  REQUIRE(e2e::wait_until(
      [&] { return world.portal()["counters"]["crm.item.list"]["calls"].integer().value_or(0) >= 2; }));
  const std::string given = made(world, "Звонок: нужна ГПУ", "до обеда", operator_id, "+79030001101");
  const std::string kept = made(world, "Звонок: сама", "веду сама", operator_id, "+79030001102");
  const std::string others = made(world, "Чужой", "", 14, "+79030001103");

  const std::string event =
      "event=ONCRMLEADADD&data%5BFIELDS%5D%5BID%5D=" + given + "&ts=1766047124&auth%5Bapplication_token%5D=";
  CHECK(e2e::request("POST", world.port, "/portal/events-secret", event + "wrong",
                     "application/x-www-form-urlencoded")
            .status == 401);
  CHECK(e2e::request("POST", world.port, "/portal/wrong", event + "app-token",
                     "application/x-www-form-urlencoded")
            .status == 401);
  CHECK(e2e::request("POST", world.port, "/portal/events-secret", event + "app-token",
                     "application/x-www-form-urlencoded")
            .status == 200);
  REQUIRE_MESSAGE(e2e::wait_until([&] { return lead(world, given)["assignedById"].integer() == 12; }),
                  (given + json::write(lead(world, given))));
  REQUIRE(e2e::wait_until([&] { return world.events().size() == 2; }));
  REQUIRE(world.settled());

  CHECK(lead(world, given)["sourceId"].text() == "CALL");
  CHECK(lead(world, given)["title"].text() == "Звонок: нужна ГПУ");
  CHECK(lead(world, kept)["assignedById"].integer() == operator_id);
  CHECK(lead(world, others)["assignedById"].integer() == 14);
  CHECK(lead(world, before)["assignedById"].integer() == operator_id);
  CHECK(world.portal()["tasks"].size() == 1);
  CHECK(world.portal()["tasks"].at(0)["title"].text() == "Перезвонить: Звонок: нужна ГПУ");
  CHECK(world.comments().size() == 1);
  const auto story = json::parse(world.run({"show", "lead:" + kept, "--json"}).text).value();
  CHECK(story["assignment"]["keep"].boolean() == true);
  CHECK(story["state"].text() == "delivered");

  // Told again: nothing new.
  CHECK(e2e::request("POST", world.port, "/portal/events-secret", event + "app-token",
                     "application/x-www-form-urlencoded")
            .status == 200);
  const auto calls = [&] {
    return world.portal()["counters"]["crm.item.list"]["calls"].integer().value_or(0);
  };
  const auto seen = calls();
  REQUIRE(e2e::wait_until([&] { return calls() > seen; }));
  REQUIRE(world.settled());
  CHECK(world.events().size() == 2);
  CHECK(world.portal()["tasks"].size() == 1);
  CHECK(e2e::request("POST", world.port, "/hook/portal/x", "{}", "application/json").status == 401);
}

TEST_CASE("without a secret there is nothing at the address of portal events") {
  World world({.name = "no-portal-events"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(e2e::request("POST", world.port, "/portal/", "event=X", "application/x-www-form-urlencoded").status ==
        404);
}
