// The golden exchanges of tests/golden/bitrix24: the stand-in portal is brought into the state that each one
// supposes, is asked what it asks, and must answer what it answers. Numbers of objects, times and texts that
// depend on the portal's own data may differ; shapes, codes and everything that was sent may not.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>

#include "sandbox/php.hpp"
#include "sandbox/portal_fixture.hpp"
#include "sandbox/web.hpp"

using namespace b24gate;
using namespace b24gate::sandbox;

namespace {

json::Value golden(const std::string& name) {
  std::ifstream file(std::string(B24GATE_SOURCE_DIR) + "/tests/golden/bitrix24/" + name + ".json");
  return parsed(std::string(std::istreambuf_iterator<char>(file), {}));
}

bool may_differ(std::string_view path, const std::vector<std::string>& free) {
  return std::any_of(free.begin(), free.end(), [&](const std::string& end) { return path.ends_with(end); });
}

std::string_view shape(const json::Value& value) {
  if (value.is_number()) return "number";
  if (value.is_object()) return "object";
  return php::type_name(value);
}

// Where `actual` lacks or contradicts what `expected` says.
void compare(const json::Value& expected, const json::Value& actual, const std::string& path,
             const std::vector<std::string>& free, std::vector<std::string>& out) {
  const bool is_free = may_differ(path, free) || path.find("/time/") != std::string::npos ||
                       path.find("/result_time/") != std::string::npos;
  if (shape(expected) != shape(actual)) {
    const bool absent = expected.says_nothing() || actual.says_nothing();
    if (!is_free || !absent) out.push_back(path + ": " + json::write(actual));
    return;
  }
  if (const auto* members = expected.object_if()) {
    for (const auto& [key, value] : *members) compare(value, actual[key], path + "/" + key, free, out);
  } else if (const auto* elements = expected.array_if()) {
    if (elements->size() != actual.size() && !is_free) out.push_back(path + ": another number of elements");
    for (std::size_t i = 0; i < std::min(elements->size(), actual.size()); ++i) {
      compare((*elements)[i], actual.at(i), path + "/" + std::to_string(i), free, out);
    }
  } else if (!is_free && expected.text() != actual.text()) {
    out.push_back(path + ": " + json::write(actual) + " instead of " + json::write(expected));
  }
}

struct Case {
  const char* name;
  std::function<void(PortalFixture&)> before = [](PortalFixture&) {};
  std::vector<std::string> free{};
};

void add_lead(PortalFixture& fixture, const char* fields, int type = 1) {
  fixture.call("crm.item.add", json::Value::object({{"entityTypeId", type}, {"fields", parsed(fields)}}));
}

// Lead 3465 with the key that the examples use.
void lead_3465(PortalFixture& fixture) {
  add_lead(fixture, R"({"originatorId":"b24gate","originId":"site:form-17:6f1c2a",
                        "fm":[{"typeId":"PHONE","valueType":"WORK","value":"+79160000001"}]})");
}

void remove_first_lead(PortalFixture& fixture) {
  fixture.call("crm.item.delete", R"({"entityTypeId":1,"id":1})");
}

// The call that the examples register, of lead 3470, with the number that the examples use.
void golden_call(PortalFixture& fixture) {
  fixture.portal.with_store([](Store& store, Faults&) {
    store.last.item[lead] = 3469;
    store.lines["74950000000"] = {"74950000000", "", true, 1};
  });
  fixture.call("telephony.externalCall.register", golden("telephony-register")["request"]["body"]);
  fixture.portal.with_store([](Store& store, Faults&) {
    store.open_calls.begin()->second.id = "externalCall.716f1cb73def9700a23842adf9c4c568.1780300800";
  });
}

void golden_finished_call(PortalFixture& fixture) {
  golden_call(fixture);
  fixture.call("telephony.externalCall.finish", golden("telephony-finish")["request"]["body"]);
}

std::function<void(PortalFixture&)> fault(const char* text) {
  return [text](PortalFixture& fixture) { fixture.fault(text); };
}

void check(const Case& one) {
  CAPTURE(one.name);
  const auto example = golden(one.name);
  REQUIRE(example["name"].text() == one.name);
  PortalOptions options;
  options.secret = "xxxxxxxx";
  const bool wrong_secret = std::string_view(one.name) == "error-no-auth-found";
  if (wrong_secret) options.secret = "another";
  PortalFixture fixture(options);
  fixture.secret = options.secret;
  one.before(fixture);

  http::Request request;
  request.method = example["request"]["http_method"].text();
  const std::string url = example["request"]["url"].text();
  request.path = url.substr(url.find("/rest/"));
  request.peer = "127.0.0.1";
  for (const auto& [key, value] : php::pairs(example["request"]["headers"])) {
    request.headers.emplace_back(key, value.text());
  }
  const auto& body = example["request"]["body"];
  request.body = body.is_string() ? body.text() : json::write(body);

  const Reply reply = route(fixture.portal, request);
  const auto& expected = example["response"];
  CHECK(reply.status == expected["http_status"].integer());
  if (expected["body"].is_string()) {
    CHECK(reply.body == expected["body"].text());
    CHECK(reply.content_type.starts_with(expected["headers"]["Content-Type"].is_null()
                                             ? "application/json"
                                             : expected["headers"]["Content-Type"].text()));
    return;
  }
  std::vector<std::string> differences;
  compare(expected["body"], parsed(reply.body), "", one.free, differences);
  for (const auto& difference : differences) FAIL_CHECK(difference);
}

}  // namespace

TEST_CASE("golden exchanges: leads and deals") {
  for (
      const auto& one : std::vector<Case>{
          {"crm-item-add-lead"},
          {"crm-item-add-multiple-scalar"},
          {"crm-item-add-value-not-valid"},
          {"crm-item-add-access-denied",
           fault(
               R"({"kind":"error","method":"crm.item.add","error":"ACCESS_DENIED","error_description":"Access denied"})")},
          {"crm-item-list-bad-filter"},
          {"crm-item-list-by-origin-empty", lead_3465},
          {"crm-item-list-by-origin-found", lead_3465},
          {"crm-item-update-fm",
           [](PortalFixture& fixture) {
             for (int i = 0; i < 2; ++i) add_lead(fixture, "{}", 3);
             add_lead(fixture, R"({"name":"Иван","lastName":"Петров","fm":[
                  {"typeId":"PHONE","valueType":"WORK","value":"+71"},{"typeId":"PHONE","valueType":"WORK","value":"+72"}]})",
                      3);
           },
           {"/fm/1/id"}},
          {"crm-lead-add-old"},
          {"crm-lead-add-old-form", lead_3465},
          {"crm-lead-update-not-found"},
          {"crm-lead-get",
           [](PortalFixture& fixture) {
             fixture.portal.with_store([](Store& store, Faults&) {
               Item item = store.of(lead).at(1);
               item.id = 123;
               item.values.set("id", 123);
               item.values.set("title", "Lead #1591");
               item.values.set("assignedById", 1);
               item.multifields.push_back({11660, "IM", "OPENLINE", "imol|livechat|1|67|21", ""});
               store.of(lead).emplace(123, std::move(item));
             });
           },
           {"/NAME", "/SOURCE_ID", "/DATE_CREATE", "/DATE_MODIFY"}},
      }) {
    check(one);
  }
}

TEST_CASE("golden exchanges: duplicates, timeline, dictionaries") {
  for (const auto& one : std::vector<Case>{
           {"crm-duplicate-found",
            [](PortalFixture& fixture) {
              for (int i = 0; i < 2; ++i) lead_3465(fixture);
              add_lead(fixture, R"({"fm":[{"typeId":"PHONE","valueType":"WORK","value":"89160000001"}]})", 3);
            },
            {"/LEAD/0", "/LEAD/1", "/CONTACT/0"}},
           {"crm-duplicate-empty", lead_3465},
           {"crm-duplicate-no-type"},
           {"crm-timeline-comment-add", lead_3465},
           {"crm-activity-todo-add", lead_3465},
           {"crm-activity-todo-owner-missing", remove_first_lead},
           {"crm-stagehistory-list",
            [](PortalFixture& fixture) {
              lead_3465(fixture);
              fixture.clock.advance(Seconds{4200});
              fixture.call("crm.item.update",
                           R"({"entityTypeId":1,"id":3465,"fields":{"stageId":"CONVERTED"}})");
            }},
           {"crm-status-list",
            [](PortalFixture&) {},
            {"/result", "/total", "/ID", "/STATUS_ID", "/NAME", "/NAME_INIT", "/SORT", "SEMANTICS",
             "/COLOR"}},
       }) {
    check(one);
  }
}

TEST_CASE("golden exchanges: tasks, messages, people, lists") {
  for (const auto& one : std::vector<Case>{
           {"task-add-old", lead_3465, {"/createdDate"}},
           {"task-add-error"},
           {"notify-system"},
           {"notify-false", fault(R"({"kind":"dismiss_user","user_id":7})")},
           {"chat-message"},
           {"timeman-status",
            [](PortalFixture&) {},
            {"/TIME_START", "/TIME_LEAKS", "OPEN", "/TZ_OFFSET", "_DEFAULT"}},
           {"calendar-accessibility",
            [](PortalFixture& fixture) {
              fixture.portal.with_store([](Store& store, Faults&) {
                store.absences.push_back({1213, 1, "Event name", from_unix_ms(1'733'158'800'000),
                                          from_unix_ms(1'733'162'400'000), "busy"});
              });
            },
            {"/DATE_FROM", "/DATE_TO", "~USER_OFFSET_FROM", "~USER_OFFSET_TO", "/TZ_FROM", "/TZ_TO",
             "/EVENT_TYPE"}},
           {"lists-element-get",
            [](PortalFixture& fixture) {
              fixture.portal.with_store([](Store& store, Faults&) {
                ListElement element{6999, 41, "Test Element", "test_element", {}};
                element.properties.set("PROPERTY_951", parsed(R"({"3743":"1269","3745":"1271"})"));
                element.properties.set("PROPERTY_1003", parsed(R"({"3747":"12/31/2024 11:59:59 pm"})"));
                store.list_elements[6999] = element;
              });
            },
            {"/CREATED_BY"}},
           {"lists-element-add-exists",
            [](PortalFixture& fixture) {
              fixture.call("lists.element.add", R"({"IBLOCK_TYPE_ID":"lists","IBLOCK_ID":41,
                                                    "ELEMENT_CODE":"site_form17_6f1c2a","FIELDS":{"NAME":"x"}})");
            }},
       }) {
    check(one);
  }
}

TEST_CASE("golden exchanges: telephony") {
  for (const auto& one : std::vector<Case>{
           {"telephony-register",
            [](PortalFixture& fixture) {
              fixture.portal.with_store([](Store& store, Faults&) { store.last.item[lead] = 3469; });
            },
            {"/CALL_ID"}},
           {"telephony-register-repeat", golden_call},
           {"telephony-register-bad-user"},
           {"telephony-register-wrong-auth",
            [](PortalFixture& fixture) { fixture.portal.set_telephony(true); }},
           {"telephony-finish", golden_call, {"/CRM_ACTIVITY_ID", "/REST_APP_ID", "/REST_APP_NAME"}},
           {"telephony-finish-repeat", golden_finished_call},
           {"telephony-attach-record-too-early", golden_call},
           {"telephony-attach-record-base64", golden_finished_call},
           {"telephony-attach-record-url", golden_finished_call, {"/uploadUrl"}},
           {"telephony-search-crm",
            [](PortalFixture& fixture) {
              add_lead(fixture, R"({"name":"John","lastName":"Doe","fm":[
                  {"typeId":"PHONE","valueType":"WORK","value":"+19062195047"}]})",
                       3);
              fixture.portal.with_store([](Store& store, Faults&) {
                store.users.push_back({99, "A", "B", "", "", "", 3, "CLOSED"});
                Item item = store.of(contact).begin()->second;
                item.values.set("assignedById", 99);
                store.of(contact).clear();
                store.of(contact).emplace(651, std::move(item));
              });
            },
            {"/PERSONAL_MOBILE"}},
           {"telephony-statistic-get",
            [](PortalFixture& fixture) {
              golden_finished_call(fixture);
              fixture.call("telephony.externalCall.attachRecord",
                           golden("telephony-attach-record-base64")["request"]["body"]);
            },
            {"/CRM_ACTIVITY_ID", "/REST_APP_ID", "/REST_APP_NAME"}},
       }) {
    check(one);
  }
}

TEST_CASE("golden exchanges: batches") {
  for (const auto& one : std::vector<Case>{
           {"batch-linked-ok",
            [](PortalFixture& fixture) {
              for (int i = 0; i < 2; ++i) lead_3465(fixture);
              fixture.call("crm.timeline.comment.add",
                           R"({"fields":{"ENTITY_ID":1,"ENTITY_TYPE":"lead","COMMENT":"x"}})");
            }},
           {"batch-halt1-stopped"},
           {"batch-length-exceeded", [](PortalFixture&) {}, {"/NAME", "/result_time"}},
           {"batch-mixed-halt0",
            [](PortalFixture& fixture) {
              lead_3465(fixture);
              fixture.fault(R"({"kind":"operation_time_limit","method":"crm.item.list"})");
              fixture.fault(R"({"kind":"insufficient_scope","method":"timeman.status"})");
            }},
       }) {
    check(one);
  }
}

TEST_CASE("golden exchanges: refusals of the whole request") {
  for (const auto& one : std::vector<Case>{
           {"error-query-limit", fault(R"({"kind":"throttle"})")},
           {"error-operation-time-limit", fault(R"({"kind":"operation_time_limit"})")},
           {"error-overload-limit", fault(R"({"kind":"overload"})")},
           {"error-no-auth-found"},
           {"error-expired-token",
            [](PortalFixture& fixture) {
              fixture.portal.with_store([&](Store& store, Faults&) {
                store.application.access.push_back({"ACCESS_TOKEN", fixture.clock.now()});
              });
            }},
           {"event-offline-get-webhook"},
           {"error-insufficient-scope", fault(R"({"kind":"insufficient_scope"})")},
           {"error-internal", fault(R"({"kind":"error_500"})")},
           {"error-html-502", fault(R"({"kind":"html_502_after"})")},
           {"error-redirect-302",
            fault(R"({"kind":"redirect","location":"https://newname.bitrix24.ru/rest/1/x/y"})")},
       }) {
    check(one);
  }
}
