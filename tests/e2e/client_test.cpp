// Enquiries of one client: in order, never two leads at once; attach, new, update.
#include <doctest/doctest.h>
#include <signal.h>

#include <map>
#include <set>

#include "e2e/vendors.hpp"
#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

TEST_CASE("two enquiries of one person in the same second give one lead") {
  World world({.name = "same-client"});
  world.start_sandbox();
  world.fault(R"({"kind":"slow","method":"crm.item.add","delay_ms":300,"count":null})");
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  CHECK(
      world
          .post("any/any-secret", R"({"phone":"+7 (903) 000-11-01","message":"ещё раз"})", "application/json")
          .status == 200);
  CHECK(world.post("site-tilda/tilda-secret", World::form(2, "89030001102")).status == 200);
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 2);
  const json::Value events = world.events();
  std::map<std::string, std::string> lead_of;
  for (const auto& event : *events.array_if()) lead_of[event["id"].text()] = event["lead"]["id"].text();
  CHECK(lead_of["e1"] == lead_of["e2"]);
  CHECK(lead_of["e1"] != lead_of["e3"]);
  bool told = false;
  for (const auto& comment : world.comments()) {
    told = told || comment["text"].text().find("ещё раз") != std::string::npos;
  }
  CHECK(told);
}

TEST_CASE("a closed lead takes nothing: the client gets a new one") {
  World world({.name = "closed"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  REQUIRE(world.settled());
  const std::string id = world.leads().front()["id"].text();
  const auto closed = e2e::request("POST", world.portal_port, "/rest/1/sandbox-secret/crm.item.update",
                                   R"({"entityTypeId":1,"id":)" + id + R"(,"fields":{"stageId":"JUNK"}})",
                                   "application/json");
  REQUIRE(closed.status == 200);
  CHECK(world.post("site-tilda/tilda-secret", World::form(2, "89030001101")).status == 200);
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 2);
}

TEST_CASE("on_repeat: new makes a lead each time; update fills only what is empty") {
  World world({.name = "on-repeat"});
  world.start_sandbox();
  std::string mapping = e2e::read_file(world.folder.path() + "/mappings/anything.yaml");
  const std::string attach = "on_repeat: attach";
  const std::size_t at = mapping.find(attach);
  REQUIRE(at != std::string::npos);
  const auto with = [&](const std::string& words) {
    return std::string(mapping).replace(at, attach.size(), words);
  };

  world.folder.write("mappings/anything.yaml", with("on_repeat: new"));
  world.start_daemon();
  for (const char* text : {"раз", "два"}) {
    CHECK(world
              .post("any/any-secret", std::string(R"({"phone":"89030001101","message":")") + text + "\"}",
                    "application/json")
              .status == 200);
    REQUIRE(world.settled());
  }
  CHECK(world.leads().size() == 2);

  world.folder.write("mappings/anything.yaml", with("on_repeat: update"));
  world.daemon().signal(SIGHUP);
  REQUIRE(e2e::wait_until([&] { return world.log().find("B24-1004") != std::string::npos; }));
  CHECK(world
            .post("any/any-secret", R"({"phone":"89030001101","name":"Пётр Иванов","message":"три"})",
                  "application/json")
            .status == 200);
  REQUIRE(world.settled());
  REQUIRE(world.leads().size() == 2);
  std::set<std::string> names;
  for (const auto& lead : world.leads()) names.insert(lead["name"].text());
  CHECK(names.count("Пётр") == 1);
}

TEST_CASE(
    "what a client gives only when they write again reaches the open lead, its timeline and its person") {
  World world({.name = "later"});
  world.start_sandbox();
  world.start_daemon();
  const auto post = [&](const std::string& form) {
    CHECK(world.post("site-tilda/tilda-secret", form).status == 200);
    REQUIRE(world.settled());
  };
  post("Name=Q&Email=q1%40example.com&tranid=1:1");
  const std::string again =
      "Name=Иванов+Иван&Email=Q1%40example.com&Phone=89030001102&utm_source=yandex&utm_campaign=gpu&tranid=1:"
      "2";
  post(again);
  REQUIRE(world.leads().size() == 1);
  const json::Value lead = world.leads().front();
  REQUIRE(lead["fm"].size() == 2);
  CHECK(lead["fm"].at(0)["value"].text() == "q1@example.com");
  CHECK(lead["fm"].at(1)["value"].text() == "+79030001102");
  const auto told = e2e::comments_on(world, 1, lead["id"].text());
  // Two halves of two names are no name.
  CHECK(lead["name"].text() == "Q");
  CHECK(lead["lastName"].says_nothing());
  CHECK(e2e::count_with(told, "Телефон: +79030001102\nРеклама: yandex / gpu\n") == 1);
  CHECK(e2e::count_with(told, "Почта:") == 0);
  CHECK(json::write(world.portal()["notifications"]).find("[/url], +79030001102") != std::string::npos);
  // By the phone too it is known now, and nothing is written twice.
  post("Name=Иванов+Иван&Phone=%2B7+903+000-11-02&tranid=1:3");
  CHECK(world.leads().size() == 1);
  CHECK(world.leads().front()["fm"].size() == 2);
}

TEST_CASE("what looks like a tag in a client's words stays in the lead") {
  World world({.name = "markup"});
  world.start_sandbox();
  world.start_daemon();
  const std::string words = "Давление+%3C5+бар,+свеча+%3CM18%3E,+a+%26+b";
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101", "&Textarea=" + words)).status ==
        200);
  REQUIRE(world.settled());
  CHECK(world.leads().front()["comments"].text().find("Давление &lt;5 бар, свеча &lt;M18>, a & b") !=
        std::string::npos);
}

TEST_CASE("twenty leads with one phone do not hide the contact") {
  World world({.name = "trap"});
  world.start_sandbox();
  for (int i = 0; i < 21; ++i) {
    REQUIRE(
        e2e::request(
            "POST", world.portal_port, "/rest/1/sandbox-secret/crm.item.add",
            R"({"entityTypeId":1,"fields":{"title":"x","stageId":"JUNK","fm":[{"typeId":"PHONE","valueType":"WORK","value":"+79030001101"}]}})",
            "application/json")
            .status == 200);
  }
  REQUIRE(
      e2e::request(
          "POST", world.portal_port, "/rest/1/sandbox-secret/crm.item.add",
          R"({"entityTypeId":3,"fields":{"name":"x","assignedById":14,"fm":[{"typeId":"PHONE","valueType":"WORK","value":"+79030001101"}]}})",
          "application/json")
          .status == 200);
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  REQUIRE(world.settled());
  const auto story = json::parse(world.run({"show", "e1", "--json"}).text);
  REQUIRE(story);
  CHECK((*story)["assignment"]["client"].text().find("contact") != std::string::npos);
  for (const auto& lead : world.leads()) {
    if (lead["originatorId"].text() == "b24gate") CHECK(lead["contactId"].integer().value_or(0) > 0);
  }
}

TEST_CASE("two quizzes by one person keep both sets of answers: one on the lead, one in its timeline") {
  World world({.name = "quizzes", .sources = "  quiz: { connector: marquiz, secret: quiz-secret }\n"});
  world.start_sandbox();
  world.start_daemon();
  const auto quiz = [&](const char* id, const char* created, const char* answer) {
    const std::string body =
        std::string(R"({"contacts":{"name":"Елена","phone":"89030001101"},"quiz":{"id":")") + id +
        R"(","name":"Подбор"},"created":")" + created +
        R"(","extra":{"utm":{},"href":"https://www.energotech.example/"},"answers":[{"q":"Что нужно?","a":")" +
        answer + R"("}],"raw":[],"result":null})";
    CHECK(world.post("quiz/quiz-secret", body, "application/json").status == 200);
  };
  quiz("65f0a1b2c3d4e5f607182930", "2026-11-20T10:02:11.090Z", "Газопоршневая станция");
  quiz("65f0a1b2c3d4e5f607182931", "2026-11-20T10:03:11.090Z", "Дизельная станция");
  REQUIRE(world.settled());
  REQUIRE(world.leads().size() == 1);
  const std::string on_lead = world.leads()[0]["comments"].text();
  CHECK(on_lead.find("Газопоршневая станция") != std::string::npos);
  CHECK(on_lead.find("Дизельная станция") == std::string::npos);
  std::size_t told = 0;
  for (const auto& comment : world.comments())
    told += comment["text"].text().find("Дизельная станция") != std::string::npos ? 1 : 0;
  CHECK(told == 1);
}
