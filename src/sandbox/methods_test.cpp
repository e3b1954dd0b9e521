#include "sandbox/methods.hpp"

#include <doctest/doctest.h>

#include "sandbox/portal_fixture.hpp"

using namespace b24gate;
using namespace b24gate::sandbox;

namespace {

void seed(PortalFixture& fixture, int type, const std::string& phone, int count = 1) {
  fixture.portal.set_limits(parsed(R"({"burst":1000000})"));
  for (int i = 0; i < count; ++i) {
    auto entry = json::Value::object({{"typeId", "PHONE"}, {"valueType", "WORK"}, {"value", phone}});
    fixture.call(
        "crm.item.add",
        json::Value::object({{"entityTypeId", type},
                             {"fields", json::Value::object({{"fm", json::Value::array({entry})}})}}));
  }
}

std::string found(PortalFixture& fixture, std::string_view params) {
  return json::write(fixture.call("crm.duplicate.findbycomm", params)["result"]);
}

}  // namespace

TEST_CASE("duplicates match by digits, without the extension, in every kind") {
  PortalFixture fixture;
  seed(fixture, 1, "8 (916) 000-00-01");
  seed(fixture, 3, "+7 916 000 00 01 доб. 15");
  CHECK(found(fixture, R"({"type":"PHONE","values":["+79160000001"]})") ==
        R"({"LEAD":[3465],"CONTACT":[2651]})");
  CHECK(found(fixture, R"({"type":"PHONE","values":["89160000001"],"entity_type":"CONTACT"})") ==
        R"({"CONTACT":[2651]})");
  CHECK(found(fixture, R"({"type":"PHONE","values":["+79160000002"]})") == "[]");
  CHECK(fixture.call("crm.duplicate.findbycomm", R"({"values":["1"]})")["error"].text() ==
        "Communication type is not defined");
  CHECK(fixture.call("crm.duplicate.findbycomm", R"({"type":"PHONE","values":[]})")["error"].text() ==
        "Communication values is not defined");
  CHECK(fixture.call("crm.duplicate.findbycomm", R"({"type":"IM","values":["x"]})")["error"].text() ==
        "Communication type 'IM' is not supported in current context");
}

TEST_CASE("twenty leads hide the contact unless it is asked for alone") {
  PortalFixture fixture;
  seed(fixture, 1, "+79160000001", 20);
  seed(fixture, 3, "+79160000001");
  const auto all =
      fixture.call("crm.duplicate.findbycomm", R"({"type":"PHONE","values":["+79160000001"]})")["result"];
  CHECK(all["LEAD"].size() == 20);
  CHECK(all["CONTACT"].is_null());
  CHECK(found(fixture, R"({"type":"PHONE","values":["+79160000001"],"entity_type":"CONTACT"})") ==
        R"({"CONTACT":[2651]})");
}

TEST_CASE("the search of duplicates may lag") {
  PortalFixture fixture;
  fixture.fault(R"({"kind":"search_lag","delay_ms":5000})");
  seed(fixture, 1, "+79160000001");
  CHECK(found(fixture, R"({"type":"PHONE","values":["+79160000001"]})") == "[]");
  fixture.clock.advance(Milliseconds{5000});
  CHECK(found(fixture, R"({"type":"PHONE","values":["+79160000001"]})") == R"({"LEAD":[3465]})");
}

TEST_CASE("the old lead methods: strings, empty dates, absent phones, blind dictionaries") {
  PortalFixture fixture;
  CHECK(fixture.call("crm.lead.add", R"({"fields":{"TITLE":"x","SOURCE_ID":"BLIND","OPPORTUNITY":"10.5",
      "BIRTHDATE":"never","PHONE":"+79160000001"}})")["result"] == json::Value(3465));
  const auto lead = fixture.call("crm.lead.get", R"({"id":"3465"})")["result"];
  CHECK(lead["ID"].text() == "3465");
  CHECK(lead["ID"].is_string());
  CHECK(lead["SOURCE_ID"].text() == "BLIND");
  CHECK(lead["OPPORTUNITY"].text() == "10.50");
  CHECK(lead["BIRTHDATE"].is_string());
  CHECK(lead["BIRTHDATE"].text().empty());
  CHECK(lead.object_if()->find("PHONE") == nullptr);
  CHECK(fixture.call("crm.lead.add", R"({"fields":{"TITLE":"x","EMAIL":[{"VALUE":"nonsense"}]}})")["error"]
            .text() == "ERROR_CORE");
  CHECK(fixture.call("crm.lead.add", R"({})")["error_description"].text() ==
        "Parameter 'fields' must be array.");
  CHECK(fixture.call("crm.lead.get", R"({})")["error_description"].text() == "ID is not defined or invalid.");
  CHECK(fixture.leads() == 2);
}

TEST_CASE("the old lead methods: a bare ID deletes a phone, an element without ID adds one") {
  PortalFixture fixture;
  fixture.call("crm.lead.add",
               R"({"fields":{"PHONE":[{"VALUE":"+71","VALUE_TYPE":"WORK"},{"VALUE":"+72"}]}})");
  CHECK(fixture.call(
            "crm.lead.update",
            R"({"id":3465,"fields":{"PHONE":[{"ID":"8553"},{"ID":8555,"VALUE":"+75"},{"VALUE":"+73"}]}})")
            ["result"] == json::Value(true));
  const auto phones = fixture.call("crm.lead.get", R"({"id":3465})")["result"]["PHONE"];
  CHECK(phones.size() == 2);
  CHECK(phones.at(0)["VALUE"].text() == "+75");
  CHECK(phones.at(1)["VALUE"].text() == "+73");
  const auto rows =
      fixture.call("crm.lead.list", R"({"filter":{"PHONE":"+73","NO_SUCH":"1"},"select":["*"]})");
  CHECK(rows["total"] == json::Value(1));
  CHECK(rows["result"].at(0).object_if()->find("PHONE") == nullptr);
  CHECK(fixture.call("crm.lead.list", R"({"filter":{"ID":3465},"select":["PHONE"]})")["result"]
            .at(0)["PHONE"]
            .size() == 2);
}

TEST_CASE("dictionaries") {
  PortalFixture fixture;
  const auto stages =
      fixture.call("crm.status.list", R"({"filter":{"ENTITY_ID":"STATUS"},"order":{"SORT":"ASC"}})");
  CHECK(stages["total"] == json::Value(8));
  CHECK(stages["result"].at(3)["STATUS_ID"].text() == "HR");
  CHECK(stages["result"].at(6)["EXTRA"]["SEMANTICS"].text() == "success");
  CHECK(fixture.call("crm.status.list", R"({"filter":{"ENTITY_ID":"SOURCE"}})")["result"]
            .at(0)["STATUS_ID"]
            .text() == "CALL");
  CHECK(fixture.call("crm.category.list", R"({"entityTypeId":2})")["result"]["categories"].size() == 2);
  CHECK(fixture.call("crm.category.list", R"({"entityTypeId":1})")["error"].text() ==
        "ENTITY_TYPE_NOT_SUPPORTED");
  const auto fields =
      fixture.call("crm.lead.userfield.list", R"({"filter":{"FIELD_NAME":"UF_CRM_DIRECTION"}})");
  CHECK(fields["result"].at(0)["LIST"].at(0)["ID"].text() == "41");
  CHECK(fields["total"] == json::Value(1));
}

TEST_CASE("timeline: only lower-case fields, owners exist, comments are not empty") {
  PortalFixture fixture;
  CHECK(fixture
            .call("crm.timeline.comment.add",
                  R"({"FIELDS":{"ENTITY_ID":1,"ENTITY_TYPE":"lead","COMMENT":"x"}})")["error"]
            .text() == "100");
  CHECK(fixture
            .call("crm.timeline.comment.add",
                  R"({"fields":{"ENTITY_ID":2,"ENTITY_TYPE":"lead","COMMENT":"x"}})")["error"]
            .text() == "OWNER_NOT_FOUND");
  CHECK(fixture
            .call("crm.timeline.comment.add",
                  R"({"fields":{"ENTITY_ID":1,"ENTITY_TYPE":"lead","COMMENT":""}})")["error"]
            .text() == "INVALID_ARG_VALUE");
  for (const char* text : {"first", "second"}) {
    fixture.call("crm.timeline.comment.add",
                 json::Value::object(
                     {{"fields", json::Value::object(
                                     {{"ENTITY_ID", "1"}, {"ENTITY_TYPE", "lead"}, {"COMMENT", text}})}}));
  }
  const auto rows = fixture.call("crm.timeline.comment.list",
                                 R"({"filter":{"ENTITY_ID":1,"ENTITY_TYPE":"lead"},"order":{"ID":"DESC"}})");
  CHECK(rows["total"] == json::Value(2));
  CHECK(rows["result"].at(0)["COMMENT"].text() == "second");
  CHECK(rows["result"].at(0)["ID"].text() == "1000");
}

TEST_CASE("todo: required parameters, formats, the list finds it by owner") {
  PortalFixture fixture;
  CHECK(fixture.call("crm.activity.todo.add", R"({"ownerTypeId":1,"ownerId":1})")["error"].text() == "100");
  CHECK(fixture.call("crm.activity.todo.add", R"({"ownerTypeId":1,"ownerId":1,"deadline":"soon"})")["error"]
            .text() == "WRONG_DATETIME_FORMAT");
  CHECK(fixture.call(
            "crm.activity.todo.add",
            R"({"ownerTypeId":1,"ownerId":1,"deadline":"2026-06-01T15:00:00","description":"#evt-42"})")
            ["result"]["id"] == json::Value(999));
  const auto rows = fixture.call(
      "crm.activity.list",
      R"({"filter":{"OWNER_ID":1,"OWNER_TYPE_ID":1,"PROVIDER_ID":"CRM_TODO"},"order":{"ID":"DESC"}})");
  CHECK(rows["total"] == json::Value(1));
  CHECK(rows["result"].at(0)["DESCRIPTION"].text() == "#evt-42");
  CHECK(rows["result"].at(0)["DEADLINE"].text() == "2026-06-01T15:00:00+03:00");
}

TEST_CASE("tasks: strings, hidden bindings, one error for absent and completed") {
  PortalFixture fixture;
  const auto add = [&](std::string_view fields) {
    return fixture.call("tasks.task.add", json::Value::object({{"fields", parsed(fields)}}));
  };
  CHECK(add(R"({"RESPONSIBLE_ID":7})")["error_description"].text() == "Task title is not specified<br>");
  CHECK(add(R"({"TITLE":"x"})")["error_description"].text() == "Responsible person is not specified<br>");
  CHECK(add(R"({"TITLE":"x","RESPONSIBLE_ID":999})")["error_description"].text() ==
        "Responsible person not found<br>");
  CHECK(fixture.call("tasks.task.add")["error"].text() == "100");
  const auto task = add(
      R"({"TITLE":"Позвонить","RESPONSIBLE_ID":7,"UF_CRM_TASK":["L_1"],"XML_ID":"k","DEADLINE":"2026-06-02T18:00:00+03:00"})");
  CHECK(task["result"]["task"]["id"] == json::Value("3711"));
  CHECK(task["result"]["task"]["ufCrmTask"].is_null());
  auto rows = fixture.call(
      "tasks.task.list",
      R"({"filter":{"UF_CRM_TASK":"L_1","<DEADLINE":"2026-06-03T00:00:00+03:00"},"select":["ID","XML_ID","UF_CRM_TASK"]})");
  CHECK(rows["total"] == json::Value(1));
  CHECK(json::write(rows["result"]["tasks"].at(0)) == R"({"id":"3711","ufCrmTask":["L_1"],"xmlId":"k"})");
  CHECK(fixture.call("tasks.task.list", R"({"filter":{"TITLE":"позв"}})")["total"] == json::Value(1));
  CHECK(fixture.call("tasks.task.list", R"({"order":{"NOPE":"asc"}})")["error"].text() == "0");
  CHECK(fixture
            .call("tasks.task.update",
                  R"({"taskId":3711,"fields":{"TITLE":"Иначе"}})")["result"]["task"]["title"]
            .text() == "Иначе");
  CHECK(fixture.call("tasks.task.complete", R"({"taskId":3711})")["result"]["task"]["status"] ==
        json::Value("5"));
  for (const char* params : {R"({"taskId":3711})", R"({"taskId":1})"}) {
    CHECK(fixture.call("tasks.task.complete", params)["error_description"].text() ==
          "Action on the task is not allowed");
  }
  CHECK(fixture.call("tasks.task.get", R"({"taskId":3711})")["result"]["task"]["closedDate"].text() ==
        "2026-06-01T11:00:00+03:00");
}

TEST_CASE("notifications: a tag replaces only together with CLIENT_ID") {
  PortalFixture fixture;
  const auto send = [&](std::string_view params) { return fixture.call("im.notify.system.add", params); };
  send(R"({"USER_ID":7,"MESSAGE":"1","TAG":"t","CLIENT_ID":"b24gate"})");
  send(R"({"USER_ID":7,"MESSAGE":"2","TAG":"t","CLIENT_ID":"b24gate"})");
  send(R"({"USER_ID":7,"MESSAGE":"3","TAG":"t"})");
  send(R"({"USER_ID":7,"MESSAGE":"4","TAG":"t"})");
  const auto shown = fixture.state()["notifications"];
  CHECK(shown.size() == 3);
  CHECK(shown.at(2)["message"].text() == "2");
  CHECK(send(R"({"USER_ID":40,"MESSAGE":"x"})")["result"] == json::Value(false));
  CHECK(send(R"({"MESSAGE":"x"})")["error"].text() == "USER_ID_EMPTY");
  CHECK(send(R"({"USER_ID":7})")["error"].text() == "MESSAGE_EMPTY");
  CHECK(fixture.call("im.message.add", R"({"DIALOG_ID":"chat5"})")["error"].text() == "MESSAGE_EMPTY");
  CHECK(fixture.call("im.message.add", R"({"DIALOG_ID":"999","MESSAGE":"x"})")["error"].text() ==
        "USER_NOT_FOUND");
}

TEST_CASE("people") {
  PortalFixture fixture;
  CHECK(fixture.call("user.get")["total"] == json::Value(19));
  CHECK(fixture.call("user.get", R"({"FILTER":{"ACTIVE":true}})")["total"] == json::Value(18));
  const auto found =
      fixture.call("user.get", R"({"FILTER":{"UF_PHONE_INNER":"104","ACTIVE":"1"}})")["result"];
  CHECK(found.at(0)["ID"].text() == "6");
  CHECK(found.at(0)["UF_DEPARTMENT"].at(0) == json::Value(3));
  CHECK(fixture.call("user.get", R"({"ID":[7,12]})")["total"] == json::Value(2));
  CHECK(fixture.call("department.get", R"({"ID":3})")["result"].at(0)["UF_HEAD"].text() == "6");
  CHECK(fixture.call("department.get", R"({"ID":11})")["result"].at(0)["UF_HEAD"].is_null());
  CHECK(fixture.call("timeman.status", R"({"USER_ID":7})")["result"]["STATUS"].text() == "OPENED");
  CHECK(json::write(fixture.call("timeman.status", R"({"USER_ID":37})")["result"]) ==
        R"({"STATUS":"CLOSED"})");
  CHECK(fixture.call("timeman.status", R"({"USER_ID":999})")["error_description"].text() == "User not found");
  const auto days =
      fixture.call("calendar.accessibility.get", R"({"users":[7,37],"from":"2026-06-01","to":"2026-06-01"})");
  CHECK(days["result"]["37"].at(0)["ACCESSIBILITY"].text() == "absent");
  CHECK(json::write(days["result"]["7"]) == "[]");
}

TEST_CASE("lists") {
  PortalFixture fixture;
  CHECK(fixture.call("lists.get")["error"].text() == "ERROR_REQUIRED_PARAMETERS_MISSING");
  CHECK(fixture.call("lists.get", R"({"IBLOCK_TYPE_ID":"lists"})")["result"].at(0)["CODE"].text() ==
        "directions");
  CHECK(fixture.call("lists.element.get", R"({"IBLOCK_TYPE_ID":"lists","IBLOCK_ID":9})")["error"].text() ==
        "ERROR_IBLOCK_NOT_FOUND");
  const auto rows =
      fixture.call("lists.element.get",
                   R"({"IBLOCK_TYPE_ID":"lists","IBLOCK_CODE":"directions","FILTER":{"=CODE":"gpu"}})");
  CHECK(rows["total"] == json::Value(1));
  CHECK(rows["result"].at(0)["PROPERTY_951"].is_object());
  CHECK(rows["result"].at(0)["PROPERTY_951"].size() == 2);
}
