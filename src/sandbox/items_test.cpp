#include "sandbox/items.hpp"

#include <doctest/doctest.h>

#include "sandbox/php.hpp"
#include "sandbox/portal_fixture.hpp"

using namespace b24gate;
using namespace b24gate::sandbox;

namespace {

json::Value added(PortalFixture& fixture, std::string_view fields, int type = 1) {
  auto params = json::Value::object({{"entityTypeId", type}, {"fields", parsed(fields)}});
  params["useOriginalUfNames"] = "Y";
  return fixture.call("crm.item.add", params);
}

json::Value listed(PortalFixture& fixture, std::string_view filter, std::string_view more = "{}") {
  auto params = parsed(more);
  params["entityTypeId"] = 1;
  params["filter"] = parsed(filter);
  params["useOriginalUfNames"] = "Y";
  return fixture.call("crm.item.list", params);
}

std::string ids(const json::Value& answer) {
  std::string out;
  for (const auto& [key, item] : php::pairs(answer["result"]["items"])) out += item["id"].text() + " ";
  return out;
}

}  // namespace

TEST_CASE("a new lead gets the portal's defaults; unknown and read-only fields are ignored silently") {
  PortalFixture fixture;
  const auto item =
      added(fixture, R"({"NO_SUCH":"x","titel":"typo","createdBy":7,"id":1})")["result"]["item"];
  CHECK(fixture.status == 200);
  CHECK(item["id"] == json::Value(3465));
  CHECK(item["title"].text() == "Лид #3465");
  CHECK(item["sourceId"].text() == "CALL");
  CHECK(item["stageId"].text() == "NEW");
  CHECK(item["assignedById"] == json::Value(1));
  CHECK(item["createdBy"] == json::Value(1));
  CHECK(item["createdTime"].text() == "2026-06-01T11:00:00+03:00");
  CHECK(item.object_if()->find("titel") == nullptr);
  CHECK(item["comments"].is_null());
  CHECK(json::write(item["contactIds"]) == "[]");
}

TEST_CASE("values that the portal knows not are refused and nothing is created") {
  PortalFixture fixture;
  for (const char* fields :
       {R"({"stageId":"NO_SUCH"})", R"({"sourceId":"NO_SUCH"})", R"({"assignedById":999})",
        R"({"assignedById":40})", R"({"UF_CRM_DIRECTION":"Сервис"})", R"({"UF_CRM_CALL_BACK_AT":"tomorrow"})",
        R"({"opportunity":"much"})"}) {
    CAPTURE(fields);
    const auto answer = added(fixture, fields);
    CHECK(fixture.status == 400);
    CHECK(answer["error"].text() == "CRM_FIELD_ERROR_VALUE_NOT_VALID");
  }
  CHECK(added(fixture, R"({"UF_CRM_TAGS":"a"})")["error"].text() == "100");
  CHECK(added(fixture, R"({"stageId":"C5:NEW"})", 2)["error"].text() == "CRM_FIELD_ERROR_VALUE_NOT_VALID");
  CHECK(added(fixture, "{}", 128)["error"].text() == "NOT_FOUND");
  CHECK(fixture.call("crm.item.add", R"({"entityTypeId":1})")["error"].text() == "100");
  CHECK(fixture.leads() == 1);
}

TEST_CASE("user fields go by camelCase unless original names are asked for") {
  PortalFixture fixture;
  auto item = fixture.call("crm.item.add",
                           R"({"entityTypeId":1,"fields":{"ufCrmPower":"5 МВт","UF_CRM_FORM":"lost"}})");
  CHECK(item["result"]["item"]["ufCrmPower"].text() == "5 МВт");
  CHECK(item["result"]["item"]["ufCrmForm"].is_null());
  item = added(fixture,
               R"({"UF_CRM_POWER":"7","ufCrmForm":"lost","UF_CRM_DIRECTION":"41","UF_CRM_TAGS":["a","b"],
                            "UF_CRM_CONSENT":"1"})");
  CHECK(item["result"]["item"]["UF_CRM_POWER"].text() == "7");
  CHECK(item["result"]["item"]["UF_CRM_FORM"].is_null());
  CHECK(item["result"]["item"]["UF_CRM_DIRECTION"] == json::Value(41));
  CHECK(item["result"]["item"]["UF_CRM_TAGS"].size() == 2);
  const auto fields = fixture.call("crm.item.fields", R"({"entityTypeId":1})")["result"]["fields"];
  CHECK(fields["ufCrm_1747309879"]["upperName"].text() == "UF_CRM_1747309879");
  CHECK(fields["stageId"]["statusType"].text() == "STATUS");
  CHECK(fields["createdTime"]["isReadOnly"] == json::Value(true));
}

TEST_CASE("multifields: a text and an element without typeId do nothing") {
  PortalFixture fixture;
  CHECK(added(fixture, R"({"fm":"+79160000001"})")["result"]["item"]["hasPhone"].text() == "N");
  const auto item = added(fixture, R"({"fm":[{"valueType":"WORK","value":"+7916"},
      {"typeId":"PHONE","valueType":"WORK","value":"+79160000001"},{"typeId":"ODD","valueType":"ODD","value":"x"}]})");
  CHECK(item["result"]["item"]["fm"].size() == 2);
  CHECK(item["result"]["item"]["hasPhone"].text() == "Y");
  CHECK(item["result"]["item"]["fm"].at(1)["typeId"].text() == "ODD");
}

TEST_CASE("multifields: numeric keys change and delete, other keys and unknown numbers add") {
  PortalFixture fixture;
  const auto item = added(fixture, R"({"fm":[{"typeId":"PHONE","valueType":"WORK","value":"+71"},
                                             {"typeId":"PHONE","valueType":"WORK","value":"+72"}]})")
      ["result"]["item"];
  CHECK(item["fm"].at(0)["id"] == json::Value(8553));
  const auto after = fixture.call("crm.item.update", R"({"entityTypeId":1,"id":3465,"fields":{"fm":{
      "8553":{"typeId":"PHONE","value":"+73"},"8555":{"typeId":"PHONE","value":""},
      "n0":{"typeId":"EMAIL","valueType":"WORK","value":"a@b.ru"},"999":{"typeId":"PHONE","value":"+74"}}}})");
  const auto fm = after["result"]["item"]["fm"];
  CHECK(fm.size() == 3);
  CHECK(fm.at(0)["value"].text() == "+73");
  CHECK(fm.at(0)["valueType"].text() == "WORK");
  CHECK(fm.at(1)["value"].text() == "a@b.ru");
  CHECK(fm.at(2)["value"].text() == "+74");
}

TEST_CASE("an update without a difference saves nothing") {
  PortalFixture fixture;
  added(fixture, R"({"title":"x"})");
  fixture.clock.advance(Seconds{60});
  auto item = fixture.call("crm.item.update", R"({"entityTypeId":1,"id":3465,"fields":{"title":"x"}})");
  CHECK(item["result"]["item"]["updatedTime"].text() == "2026-06-01T11:00:00+03:00");
  item = fixture.call("crm.item.update", R"({"entityTypeId":1,"id":3465,"fields":{"stageId":"JUNK"}})");
  CHECK(item["result"]["item"]["updatedTime"].text() == "2026-06-01T11:01:00+03:00");
  CHECK(item["result"]["item"]["stageSemanticId"].text() == "F");
  const auto moves = fixture.call("crm.stagehistory.list", R"({"entityTypeId":1,"order":{"ID":"ASC"}})");
  CHECK(moves["result"]["items"].size() == 2);
  CHECK(moves["result"]["items"].at(1)["TYPE_ID"] == json::Value(3));
  CHECK(fixture.call("crm.item.update", R"({"entityTypeId":1,"id":9,"fields":{}})")["error"].text() ==
        "NOT_FOUND");
}

TEST_CASE("column widths and sanitised comments") {
  PortalFixture fixture;
  std::string longer;
  for (int i = 0; i < 300; ++i) longer += "я";
  auto fields =
      json::Value::object({{"title", longer}, {"name", longer}, {"comments", "a <b>bold</b> 1 < 2"}});
  const auto item = fixture.call(
      "crm.item.add", json::Value::object({{"entityTypeId", 1}, {"fields", fields}}))["result"]["item"];
  CHECK(item["title"].text().size() == 510);
  CHECK(item["name"].text().size() == 100);
  CHECK(item["comments"].text() == "a bold 1 ");
}

TEST_CASE("filters: prefixes, groups, dates, refusal of unknown fields") {
  PortalFixture fixture;
  added(fixture, R"({"title":"Станция 5 МВт","originatorId":"b24gate","originId":"k1","opportunity":10})");
  added(
      fixture,
      R"({"title":"Ремонт","originatorId":"b24gate","originId":"k2","stageId":"IN_PROCESS","opportunity":200,
                     "UF_CRM_CONSENT":"Y"})");
  CHECK(ids(listed(fixture, R"({"=originatorId":"b24gate","=originId":"K2"})")) == "3466 ");
  CHECK(ids(listed(fixture, R"({"originId":["k1","k2"]})")) == "3465 3466 ");
  CHECK(ids(listed(fixture, R"({"@id":[1,3466]})")) == "1 3466 ");
  CHECK(ids(listed(fixture, R"({"!originId":"k1"})")) == "1 3466 ");
  CHECK(ids(listed(fixture, R"({">id":1,"<opportunity":100})")) == "3465 ");
  CHECK(ids(listed(fixture, R"({"%title":"станция"})")) == "3465 ");
  CHECK(ids(listed(fixture, R"({"=%title":"рем%"})")) == "3466 ");
  CHECK(ids(listed(fixture,
                   R"({">id":1,"0":{"logic":"OR","0":{"originId":"k1"},"1":{"stageId":"IN_PROCESS"}}})")) ==
        "3465 3466 ");
  CHECK(ids(listed(fixture, R"({">=createdTime":"2026-06-01T08:00:00+00:00","originId":"k1"})")) == "3465 ");
  CHECK(ids(listed(fixture, R"({">createdTime":"2026-06-01T08:00:01+00:00"})")).empty());
  CHECK(ids(listed(fixture, R"({"originId":""})")) == "1 ");
  CHECK(ids(listed(fixture, R"({"UF_CRM_CONSENT":"Y"})")).empty());
  CHECK(ids(listed(fixture, R"({"UF_CRM_CONSENT":1})")) == "3466 ");
  CHECK(ids(listed(fixture, "{}", R"({"order":{"opportunity":"DESC","id":"ASC"}})")) == "3466 3465 1 ");
  CHECK(listed(fixture, R"({"FIELD":"x"})")["error_description"].text() ==
        "Invalid filter: field 'FIELD' is not allowed in filter");
  CHECK(listed(fixture, "{}", R"({"order":{"nope":"ASC"}})")["error"].text() == "INVALID_ARG_VALUE");
}

TEST_CASE("pages of 50, start=-1, select") {
  PortalFixture fixture;
  fixture.portal.set_limits(parsed(R"({"burst":1000})"));
  for (int i = 0; i < 60; ++i)
    added(fixture, R"({"fm":[{"typeId":"PHONE","valueType":"WORK","value":"+79160000001"}]})");
  auto page = listed(fixture, "{}");
  CHECK(page["result"]["items"].size() == 50);
  CHECK(page["total"] == json::Value(61));
  CHECK(page["next"] == json::Value(50));
  page = listed(fixture, "{}", R"({"start":50})");
  CHECK(page["result"]["items"].size() == 11);
  CHECK(page["next"].is_null());
  page = listed(fixture, "{}", R"({"start":-1,"select":["id","phone","fm","nope"]})");
  CHECK(page["total"] == json::Value(0));
  CHECK(page["next"].is_null());
  CHECK(json::write(page["result"]["items"].at(1)) == R"({"id":3465,"phone":"+79160000001"})");
  page = listed(fixture, R"({"id":3465})", R"({"select":["*"]})");
  CHECK(page["result"]["items"].at(0)["fm"].size() == 1);
}

TEST_CASE("a field can be made required") {
  PortalFixture fixture;
  fixture.fault(R"({"kind":"required_field","field":"UF_CRM_POWER"})");
  const auto answer = added(fixture, R"({"title":"x"})");
  CHECK(fixture.status == 400);
  CHECK(answer["error"].text() == "CRM_FIELD_ERROR_REQUIRED");
  CHECK(fixture.leads() == 1);
  CHECK(added(fixture, R"({"UF_CRM_POWER":"5"})")["result"]["item"]["id"] == json::Value(3465));
  const auto fields = fixture.call("crm.item.fields", R"({"entityTypeId":1})")["result"]["fields"];
  CHECK(fields["ufCrmPower"]["isRequired"] == json::Value(true));
}

TEST_CASE("deals: funnels, leadId, history of a change of funnel") {
  PortalFixture fixture;
  auto item = added(fixture, R"({"title":"d","categoryId":5,"leadId":1,"contactIds":[275,276]})",
                    2)["result"]["item"];
  CHECK(item["stageId"].text() == "C5:NEW");
  CHECK(item["leadId"] == json::Value(1));
  CHECK(item["contactId"] == json::Value(275));
  item = fixture.call("crm.item.update",
                      R"({"entityTypeId":2,"id":1201,"fields":{"categoryId":0,"stageId":"WON"}})");
  CHECK(item["result"]["item"]["stageSemanticId"].text() == "S");
  const auto moves =
      fixture.call("crm.stagehistory.list", R"({"entityTypeId":2,"filter":{"OWNER_ID":1201}})");
  CHECK(moves["result"]["items"].at(1)["TYPE_ID"] == json::Value(5));
  CHECK(json::write(fixture.call("crm.item.delete", R"({"entityTypeId":2,"id":1201})")["result"]) == "[]");
  CHECK(fixture.call("crm.item.get", R"({"entityTypeId":2,"id":1201})")["error"].text() == "NOT_FOUND");
}

TEST_CASE(
    "the old lists of contacts and companies: every phone when it is named, changed since, page by id") {
  PortalFixture fixture;
  added(fixture, R"({"name":"Пётр","companyId":801,"fm":[{"typeId":"PHONE","value":"+79030001101"},
                     {"typeId":"PHONE","value":"8 903 000-11-02"}]})",
        3);
  fixture.clock.advance(Seconds{60});
  added(fixture, R"({"name":"Анна"})", 3);
  added(fixture, R"({"title":"ООО «Ромашка»"})", 4);
  auto rows = fixture.call("crm.contact.list", R"({"filter":{">ID":0},"order":{"ID":"ASC"},"start":-1,
      "select":["ID","NAME","COMPANY_ID","PHONE","DATE_MODIFY"]})")["result"];
  REQUIRE(rows.size() == 2);
  CHECK(rows.at(0)["ID"] == json::Value("2651"));
  CHECK(rows.at(0)["COMPANY_ID"] == json::Value("801"));
  CHECK(rows.at(0)["PHONE"].size() == 2);
  CHECK(rows.at(0)["PHONE"].at(1)["VALUE"].text() == "8 903 000-11-02");
  CHECK(rows.at(1).object_if()->find("PHONE") == nullptr);
  rows = fixture.call("crm.contact.list",
                      R"({"filter":{">=DATE_MODIFY":"2026-06-01T08:00:30+00:00"}})")["result"];
  REQUIRE(rows.size() == 1);
  CHECK(rows.at(0)["ID"].text() == "2652");
  rows = fixture.call("crm.company.list", R"({"filter":{">ID":800},"select":["ID","TITLE"]})")["result"];
  REQUIRE(rows.size() == 1);
  CHECK(json::write(rows.at(0)) == R"({"ID":"801","TITLE":"ООО «Ромашка»"})");
}
