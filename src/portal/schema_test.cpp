#include "portal/schema.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "portal/classify.hpp"

using namespace b24gate;
using namespace b24gate::portal;

namespace {

Outcome good(const char* result, std::optional<std::int64_t> next = std::nullopt) {
  Outcome outcome;
  outcome.cls = Class::success;
  outcome.result = *json::parse(result);
  outcome.next = next;
  return outcome;
}

Outcome portal_answer(const Command& command) {
  if (command.method == "profile") return good(R"({"ID":"1","ADMIN":true})");
  if (command.method == "scope") return good(R"(["crm","user"])");
  if (command.method == "crm.settings.mode.get") return good("1");
  if (command.method == "crm.item.fields") {
    return good(R"({"fields":{
      "id":{"type":"integer","isReadOnly":true,"upperName":"ID"},
      "title":{"type":"string","isRequired":false,"isReadOnly":false,"upperName":"TITLE","title":"Название"},
      "stageId":{"type":"crm_status","isReadOnly":false,"upperName":"STATUS_ID"},
      "fm":{"type":"crm_multifield","isMultiple":true,"upperName":"FM"},
      "UF_CRM_DIRECTION":{"type":"enumeration","isRequired":"Y","isReadOnly":"N","upperName":"UF_CRM_DIRECTION",
        "items":[{"ID":"44","VALUE":"ГПУ"},{"ID":"45","VALUE":"Когенерация"}]}}})");
  }
  if (command.method == "crm.status.list" && command.params["filter"]["ENTITY_ID"].text() == "STATUS") {
    return good(R"([{"STATUS_ID":"NEW","NAME":"Новый","SEMANTICS":null},
                    {"STATUS_ID":"JUNK","NAME":"Брак","SEMANTICS":"F"}])");
  }
  if (command.method == "crm.status.list")
    return good(R"({"0":{"STATUS_ID":"WEB","NAME":"Сайт"},"2":{"STATUS_ID":"CALL"}})");
  if (command.method == "user.get" && command.params["start"].integer() == 50) {
    return good(R"([{"ID":"14","ACTIVE":true,"NAME":"Анна","LAST_NAME":"Смирнова","UF_DEPARTMENT":[5]}])");
  }
  if (command.method == "user.get")
    return good(R"([{"ID":"12","ACTIVE":false,"NAME":"Иван","UF_DEPARTMENT":["3"]}])", 50);
  return good(
      R"([{"ID":"1","NAME":"Группа","UF_HEAD":"7"},{"ID":"3","NAME":"Продажи","PARENT":"1","UF_HEAD":0},
                  {"ID":"5","NAME":"Томск","PARENT":"3"},{"ID":"8","PARENT":"9"},{"ID":"9","PARENT":"8"}])");
}

PortalSchema read(const std::function<Outcome(const Command&)>& portal, int* rounds = nullptr) {
  PortalSchema schema;
  for (auto ask = schema.questions(); !ask.empty();) {
    std::vector<Outcome> outcomes;
    for (const auto& command : ask) outcomes.push_back(portal(command));
    ask = schema.absorb(ask, outcomes);
    if (rounds) ++*rounds;
  }
  return schema;
}

std::string words(const Done& done) { return done ? std::string() : done.error().what; }

}  // namespace

TEST_CASE("everything is read, page by page") {
  int rounds = 0;
  const PortalSchema schema = read(portal_answer, &rounds);
  CHECK(rounds == 2);
  CHECK(schema.users().size() == 2);
  CHECK(schema.users().at(14).name == "Анна Смирнова");
  CHECK(schema.users().at(14).departments == std::vector<std::int64_t>{5});
  CHECK(schema.users().at(12).departments == std::vector<std::int64_t>{3});
  CHECK(schema.stages().size() == 2);
  CHECK(schema.stages()[0].semantics == "P");
  CHECK(schema.stages()[1].semantics == "F");
  CHECK(schema.sources().size() == 2);
  const PortalField* direction = schema.lead_field("UF_CRM_DIRECTION");
  REQUIRE(direction);
  CHECK(direction->required);
  CHECK_FALSE(direction->read_only);
  CHECK(direction->items ==
        std::vector<std::pair<std::string, std::string>>{{"44", "ГПУ"}, {"45", "Когенерация"}});
  REQUIRE(schema.required_lead_fields().size() == 1);
  CHECK(schema.required_lead_fields()[0] == direction);
}

TEST_CASE("checks name what is wrong and what is nearest") {
  const PortalSchema schema = read(portal_answer);
  CHECK(schema.check_lead_field("TITLE"));
  CHECK(schema.check_lead_field("STATUS_ID"));
  CHECK(schema.check_lead_field("stageId"));
  CHECK(schema.check_lead_field("PHONE"));
  CHECK(words(schema.check_lead_field("UF_CRM_DIRECTON")) ==
        "the portal's leads have no field UF_CRM_DIRECTON; did you mean UF_CRM_DIRECTION?");
  CHECK(words(schema.check_lead_field("ID")) == "the field ID of a lead cannot be written");
  CHECK(schema.check_stage("NEW"));
  CHECK(words(schema.check_stage("JANK")) == "the portal has no lead stage JANK; did you mean JUNK?");
  CHECK(schema.check_source("WEB"));
  CHECK_FALSE(schema.check_source("STATUS"));
  CHECK(schema.check_user(14));
  CHECK(words(schema.check_user(12)) == "the user 12 is dismissed");
  CHECK(words(schema.check_user(13)) == "the portal has no user 13");
  CHECK(schema.check_scope("crm"));
  CHECK(schema.check_scope("task").error().move == Move::administrator);
  CHECK(schema.check_department(5));
  CHECK_FALSE(schema.check_department(6));
  CHECK(schema.check_mode());
}

TEST_CASE("values: stages, sources, elements of an enumeration; of other fields nothing is said") {
  const PortalSchema schema = read(portal_answer);
  CHECK(schema.check_lead_value("STATUS_ID", "NEW"));
  CHECK(words(schema.check_lead_value("STATUS_ID", "NEV")) ==
        "the portal has no lead stage NEV; did you mean NEW?");
  CHECK(schema.check_lead_value("UF_CRM_DIRECTION", "45"));
  CHECK(words(schema.check_lead_value("UF_CRM_DIRECTION", "46")) ==
        "UF_CRM_DIRECTION has no element 46; there are 44 (ГПУ), 45 (Когенерация)");
  CHECK(schema.check_lead_value("TITLE", "что угодно"));
  CHECK(schema.check_lead_value("UF_CRM_ABSENT", "1"));
}

TEST_CASE("heads: the department's own, else of the nearest above; loops end") {
  const PortalSchema schema = read(portal_answer);
  CHECK(schema.head_of(1) == 7);
  CHECK(schema.head_of(5) == 7);
  CHECK_FALSE(schema.head_of(8).has_value());
  CHECK_FALSE(schema.head_of(77).has_value());
}

TEST_CASE("what cannot be read fails its checks with the reason, the rest works") {
  const PortalSchema schema = read([](const Command& command) {
    return command.method == "user.get" ? classify_error("insufficient_scope", "", 403, false)
                                        : portal_answer(command);
  });
  CHECK(schema.check_stage("NEW"));
  const Done done = schema.check_user(14);
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == ErrorKind::refused);
  CHECK(done.error().move == Move::administrator);
  CHECK(done.error().what.find("insufficient_scope") != std::string::npos);
  CHECK_FALSE(PortalSchema().check_stage("NEW"));
}

TEST_CASE("a portal that always has a next page, or answers nonsense, comes to an end") {
  int rounds = 0;
  const PortalSchema schema = read(
      [](const Command& command) {
        const std::int64_t start = command.params["start"].integer().value_or(0);
        return good(R"([{"ID":"x"},7,null,{"STATUS_ID":null}])", start + 50'000);
      },
      &rounds);
  CHECK(rounds == 2);
  CHECK(schema.users().empty());
  CHECK_FALSE(schema.check_lead_field("TITLE"));
}

TEST_CASE("the simple CRM has no leads") {
  const PortalSchema schema = read([](const Command& command) {
    return command.method == "crm.settings.mode.get" ? good("2") : portal_answer(command);
  });
  CHECK_FALSE(schema.check_mode());
}
