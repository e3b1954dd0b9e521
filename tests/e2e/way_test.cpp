// The whole way of one enquiry: a webhook becomes a lead with the right person and the reason why.
#include <doctest/doctest.h>
#include <signal.h>

#include <set>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

namespace {

const std::string form = "application/x-www-form-urlencoded";

std::string sample(const std::string& name) {
  return e2e::read_file(e2e::source_file("connectors/tilda/samples/" + name));
}

json::Value only_lead(const World& world) {
  const auto leads = world.leads();
  REQUIRE(leads.size() == 1);
  return leads.front();
}

}  // namespace

TEST_CASE("a form of Tilda becomes a lead with a person, a reason and a notification") {
  World world({.name = "way"});
  world.start_sandbox();
  world.start_daemon();
  const auto answer = world.post("site-tilda/tilda-secret", sample("form_basic.form"), form,
                                 {{"Referer", "https://www.energotech.example/gpu/"}});
  CHECK(answer.status == 200);
  REQUIRE(world.settled());

  const json::Value lead = only_lead(world);
  CHECK(lead["originatorId"].text() == "b24gate");
  CHECK(lead["originId"].text() == "tilda:1234567:5000000001");
  CHECK(lead["utmCampaign"].text() == "gpu_msk");
  CHECK(lead["sourceId"].text() == "WEB");

  const json::Value event = world.events().at(0);
  CHECK(event["state"].text() == "delivered");
  CHECK_FALSE(event["reason"].text().empty());  // why this person
  CHECK(event["lead"]["id"].text() == lead["id"].text());
  const auto story = json::parse(world.run({"show", event["id"].text(), "--json"}).text);
  REQUIRE(story);
  // "газопоршневая" in the text: the rule of the gas engines, wherever the client is.
  CHECK((*story)["assignment"]["rule"].text().find("газопоршневые установки") == 0);
  CHECK((*story)["assignment"]["user_id"].text() == lead["assignedById"].text());
  CHECK((*story)["deliveries"].size() >= 4);  // enquiry, lead, comment, task, notification

  const json::Value portal = world.portal();
  REQUIRE(portal["comments"].size() == 1);
  CHECK(portal["comments"].at(0)["text"].text().find("газопоршневые установки") != std::string::npos);
  CHECK(portal["notifications"].size() == 1);
  CHECK(portal["tasks"].size() == 1);
}

TEST_CASE("the same request again makes nothing new, also after a restart") {
  World world({.name = "repeat"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", sample("form_basic.form")).status == 200);
  const auto again = world.post("site-tilda/tilda-secret", sample("form_basic_repeat.form"));
  CHECK(again.status == 200);
  REQUIRE(world.settled());
  world.daemon().signal(SIGTERM);
  CHECK(world.daemon().wait() == 0);
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", sample("form_basic_repeat.form")).status == 200);
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 1);
  CHECK(world.portal()["comments"].size() == 1);
  CHECK(world.events().size() == 1);
}

TEST_CASE("a vacancy goes to HR on a stage of its own, without a sales task") {
  World world({.name = "vacancy"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", sample("form_vacancy_email_only.form")).status == 200);
  REQUIRE(world.settled());
  const json::Value lead = only_lead(world);
  CHECK(lead["assignedById"].text() == "31");
  CHECK(lead["stageId"].text() == "HR");
  CHECK(world.portal()["tasks"].size() == 0);
}

TEST_CASE("turns go round and survive a restart") {
  World world({.name = "turns"});
  world.start_sandbox();
  // Everybody is at work whatever the hour the test runs at.
  std::string employees = e2e::read_file(world.folder.path() + "/mappings/employees.yaml");
  for (std::size_t at = employees.find(", schedule: office"); at != std::string::npos;
       at = employees.find(", schedule: office")) {
    employees.erase(at, std::string(", schedule: office").size());
  }
  world.folder.write("mappings/employees.yaml", employees);
  world.start_daemon();
  std::vector<std::string> got;
  for (int i = 0; i < 4; ++i) {
    if (i == 2) {
      world.daemon().signal(SIGTERM);
      REQUIRE(world.daemon().wait() == 0);
      world.start_daemon();
    }
    CHECK(world
              .post("any/any-secret",
                    R"({"phone":"+7903000110)" + std::to_string(i) +
                        R"(","direction":"когенерация","message":"ГПУ"})",
                    "application/json")
              .status == 200);
    REQUIRE(world.settled());
    for (const auto& event : world.event_list()) {
      if (static_cast<int>(got.size()) == i && event["id"].text() == "e" + std::to_string(i + 1))
        got.push_back(event["assigned"].text());
    }
  }
  REQUIRE(got.size() == 4);
  CHECK(got[0] != got[1]);
  CHECK(got[0] == got[2]);
  CHECK(got[1] == got[3]);
}

TEST_CASE("the generic webhook takes JSON, forms, multipart and queries") {
  World world({.name = "webhook"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("any/any-secret", R"({"name":"Пётр","phone":"89030001101"})", "application/json").status ==
        200);
  CHECK(world.post("any/any-secret", "name=%CF%B8%F2%F0&phone=89030001102").status == 200);  // windows-1251
  CHECK(world
            .post("any/any-secret",
                  "--b\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n89030001103\r\n--b--\r\n",
                  "multipart/form-data; boundary=b")
            .status == 200);
  CHECK(e2e::request("GET", world.port, "/hook/any/any-secret?phone=89030001104&name=X").status == 200);
  REQUIRE(world.settled());
  std::set<std::string> names;
  for (const auto& lead : world.leads()) names.insert(lead["name"].text());
  CHECK(world.leads().size() == 4);
  CHECK(names.count("Пётр") == 1);
}
