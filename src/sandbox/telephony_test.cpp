#include <doctest/doctest.h>

#include "sandbox/portal_fixture.hpp"
#include "sandbox/upload.hpp"
#include "sandbox/web.hpp"

using namespace b24gate;
using namespace b24gate::sandbox;
using namespace std::chrono_literals;

namespace {

constexpr const char* do_register = "telephony.externalCall.register";
constexpr const char* do_finish = "telephony.externalCall.finish";

json::Value inbound_call(std::string_view more = "{}") {
  auto out = parsed(R"({"USER_ID":7,"PHONE_NUMBER":"+79160000001","TYPE":2,"ADD_TO_CHAT":0})");
  const auto extra = parsed(more);
  for (const auto& [key, value] : *extra.object_if()) out[key] = value;
  return out;
}

std::string registered(PortalFixture& fixture, std::string_view more = "{}") {
  const auto answer = fixture.call(do_register, inbound_call(more));
  CHECK(fixture.status == 200);
  return answer["result"]["CALL_ID"].text();
}

json::Value finished(PortalFixture& fixture, const std::string& id, int duration = 95) {
  return fixture.call(do_finish,
                      json::Value::object({{"CALL_ID", id}, {"USER_ID", 7}, {"DURATION", duration}}));
}

void add_item(PortalFixture& fixture, int type, const char* phone, const char* more = "{}") {
  auto fields = parsed(more);
  fields["fm"] = json::Value::array(
      {json::Value::object({{"typeId", "PHONE"}, {"valueType", "WORK"}, {"value", phone}})});
  fixture.call("crm.item.add", json::Value::object({{"entityTypeId", type}, {"fields", fields}}));
  REQUIRE(fixture.status == 200);
}

void expect_refused(PortalFixture& fixture, const char* method, const json::Value& params, const char* text) {
  CAPTURE(text);
  const auto answer = fixture.call(method, params);
  CHECK(fixture.status == 400);
  CHECK(answer["error"].text() == "ERROR_CORE");
  CHECK(answer["error_description"].text() == text);
}

http::Request post(std::string path, std::string query, std::string type, std::string body) {
  http::Request out;
  out.method = "POST";
  out.path = std::move(path);
  out.query = std::move(query);
  out.body = std::move(body);
  out.peer = "127.0.0.1";
  out.headers = {{"content-type", std::move(type)}, {"Host", "127.0.0.1:8090"}};
  out.received_at = from_unix_ms(1'780'300'800'120);
  return out;
}

}  // namespace

TEST_CASE("register: what the portal refuses") {
  PortalFixture fixture;
  expect_refused(fixture, do_register, parsed(R"({"PHONE_NUMBER":"+79160000001","TYPE":2})"),
                 "USER_ID or USER_PHONE_INNER should be set");
  for (const char* who :
       {R"({"USER_ID":999})", R"({"USER_ID":40})", R"({"USER_ID":"","USER_PHONE_INNER":"999"})"})
    expect_refused(fixture, do_register, inbound_call(who), "User is not found or is not active.");
  for (const char* type : {R"({"TYPE":0})", R"({"TYPE":6})", R"({"TYPE":null})"})
    expect_refused(fixture, do_register, inbound_call(type), "Unknown TYPE");
  expect_refused(fixture, do_register, inbound_call(R"({"CALL_START_DATE":"01.06.2026 11:00"})"),
                 "CALL_START_DATE should be in the ISO-8601 format");
  for (const char* phone : {R"({"PHONE_NUMBER":"anonymous"})", R"({"PHONE_NUMBER":""})",
                            R"({"PHONE_NUMBER":"+7916000000112345"})"})
    expect_refused(fixture, do_register, inbound_call(phone), "Unsupported phone number format");
  fixture.fault(R"({"kind":"dismiss_user","user_id":7})");
  expect_refused(fixture, do_register, inbound_call(), "User is not found or is not active.");
  CHECK(fixture.state()["open_calls"].size() == 0);
}

TEST_CASE("register: the same call within half an hour is the same call") {
  PortalFixture fixture;
  const auto first = registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:1","LINE_NUMBER":"74950000000"})");
  CHECK(first.starts_with("externalCall."));
  CHECK(registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:1","LINE_NUMBER":"74950000000","SHOW":0,
                                "CRM_CREATE":1,"CALL_START_DATE":"2026-06-01T10:59:00+03:00"})") == first);
  // What is not sent does not count; what is sent must be equal.
  CHECK(registered(fixture) == first);
  CHECK(registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:2"})") != first);
  CHECK(registered(fixture, R"({"LINE_NUMBER":"74950000001"})") != first);
  CHECK(registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:1","TYPE":3})") != first);
  CHECK(registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:1","USER_ID":12})") != first);
  CHECK(registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:1","PHONE_NUMBER":"+79160000002"})") != first);
  fixture.clock.advance(30min);
  CHECK(registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:1"})") == first);
  fixture.clock.advance(1s);
  CHECK(registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:1"})") != first);
}

TEST_CASE("register: a back-dated or a finished call is registered again") {
  PortalFixture fixture;
  const char* old = R"({"EXTERNAL_CALL_ID":"pbx:1","CALL_START_DATE":"2026-06-01T10:29:00+03:00"})";
  CHECK(registered(fixture, old) != registered(fixture, old));
  const auto id = registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:2"})");
  finished(fixture, id);
  CHECK(registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:2"})") != id);
}

TEST_CASE("register: the client is who was named, else an open lead, a contact, a company, else a new lead") {
  PortalFixture fixture;
  const auto of = [&](const char* more) {
    auto params = inbound_call(more);
    const auto result = fixture.call(do_register, params)["result"];
    return result["CRM_ENTITY_TYPE"].text() + " " + result["CRM_ENTITY_ID"].text();
  };
  CHECK(of(R"({"TYPE":1})") == " ");
  CHECK(of(R"({"TYPE":2,"CRM_CREATE":1,"CRM_SOURCE":"ADVERTISING"})") == "LEAD 3465");
  const auto lead = fixture.state()["leads"].at(0)["item"];
  CHECK(lead["title"].text() == "+79160000001 - Входящий звонок");
  CHECK(lead["sourceId"].text() == "ADVERTISING");
  CHECK(lead["assignedById"].integer() == 7);
  CHECK(lead["fm"].at(0)["value"].text() == "+79160000001");
  CHECK(of(R"({"TYPE":3,"CRM_CREATE":1})") == "LEAD 3465");
  add_item(fixture, 4, "8 (916) 000-00-01");
  fixture.call("crm.item.update", R"({"entityTypeId":1,"id":3465,"fields":{"stageId":"JUNK"}})");
  CHECK(of(R"({"TYPE":4})") == "COMPANY 801");
  add_item(fixture, 3, "+79160000001");
  CHECK(of(R"({"TYPE":5})") == "CONTACT 2651");
  CHECK(of(R"({"USER_ID":12,"CRM_ENTITY_TYPE":"LEAD","CRM_ENTITY_ID":1})") == "LEAD 1");
  CHECK(of(R"({"USER_ID":14,"CRM_ENTITY_TYPE":"DEAL","CRM_ENTITY_ID":1})") == "CONTACT 2651");
}

TEST_CASE("register: no lead of a colleague, nor where the line forbids it, nor where a field is missing") {
  PortalFixture fixture;
  registered(fixture, R"({"PHONE_NUMBER":"112","CRM_CREATE":1})");
  fixture.call("telephony.externalLine.add", R"({"NUMBER":"74950000000","CRM_AUTO_CREATE":"N"})");
  registered(fixture, R"({"TYPE":1,"LINE_NUMBER":"74950000000","CRM_CREATE":1})");
  CHECK(fixture.leads() == 1);
  fixture.fault(R"({"kind":"required_field","field":"UF_CRM_POWER"})");
  const auto answer = fixture.call(do_register, inbound_call(R"({"CRM_CREATE":1})"))["result"];
  CHECK(answer["LEAD_CREATION_ERROR"].text().find("UF_CRM_POWER") != std::string::npos);
  CHECK(answer["CRM_CREATED_LEAD"].is_null());
  CHECK_FALSE(answer["CALL_ID"].text().empty());
  CHECK(fixture.leads() == 1);
}

TEST_CASE(
    "screens: shown at the employee unless told otherwise, then shown and hidden by number or numbers") {
  PortalFixture fixture;
  const auto screens = [&] { return json::write(fixture.state()["open_calls"].at(0)["screens"]); };
  const auto ask = [&](const char* method, const std::string& id, std::string_view users) {
    return fixture.call(method, json::Value::object({{"CALL_ID", id}, {"USER_ID", parsed(users)}}))["result"];
  };
  const auto id = registered(fixture);
  CHECK(screens() == "[7]");
  CHECK(ask("telephony.externalCall.show", id, "[12,14,40]") == json::Value(true));
  CHECK(screens() == "[7,12,14]");
  CHECK(ask("telephony.externalCall.hide", id, "7") == json::Value(true));
  CHECK(ask("telephony.externalCall.hide", id, R"(["12"])") == json::Value(true));
  CHECK(screens() == "[14]");
  CHECK(ask("telephony.externalCall.show", id, "40") == json::Value(false));
  CHECK(ask("telephony.externalCall.show", "externalCall.no.1", "7") == json::Value(false));
  registered(fixture, R"({"TYPE":1,"SHOW":0})");
  CHECK(screens() == "[]");
}

TEST_CASE(
    "finish: activity, row, the open call goes; the lead made for the call follows the one who finished") {
  PortalFixture fixture;
  const auto id =
      registered(fixture, R"({"CRM_CREATE":1,"LINE_NUMBER":"74950000000","EXTERNAL_CALL_ID":"pbx:1"})");
  const auto result = fixture.call(do_finish, json::Value::object({{"CALL_ID", id},
                                                                   {"USER_PHONE_INNER", "112"},
                                                                   {"DURATION", 95},
                                                                   {"COST", 1.5},
                                                                   {"COST_CURRENCY", "RUB"},
                                                                   {"VOTE", 5}}))["result"];
  CHECK(result["PORTAL_USER_ID"].integer() == 12);
  CHECK(result["CALL_FAILED_CODE"].text() == "200");
  CHECK(result["CALL_STATUS"].integer() == 1);
  const auto state = fixture.state();
  CHECK(state["open_calls"].size() == 0);
  CHECK(state["finished_calls"].size() == 1);
  const auto& row = state["finished_calls"].at(0);
  CHECK(row["callId"].text() == id);
  CHECK(row["externalId"].text() == "pbx:1");
  CHECK(row["screens"].size() == 0);
  CHECK(row["vote"].integer() == 5);
  CHECK(row["client"]["id"].integer() == 3465);
  CHECK(row["record"].is_null());
  CHECK(state["lines"].at(0)["number"].text() == "74950000000");
  CHECK(state["leads"].at(0)["item"]["assignedById"].integer() == 12);

  const auto activity =
      fixture.call("crm.activity.get", json::Value::object({{"id", result["CRM_ACTIVITY_ID"]}}))["result"];
  CHECK(activity["PROVIDER_ID"].text() == "VOXIMPLANT_CALL");
  CHECK(activity["TYPE_ID"].text() == "2");
  CHECK(activity["OWNER_ID"].text() == "3465");
  CHECK(activity["SUBJECT"].text() == "Входящий звонок от +79160000001");
  CHECK(activity["COMPLETED"].text() == "Y");
  CHECK(activity["DIRECTION"].text() == "1");
  CHECK(activity["START_TIME"].text() == "2026-06-01T11:00:00+03:00");
  CHECK(activity["END_TIME"].text() == "2026-06-01T11:01:35+03:00");
  CHECK(activity["SETTINGS"]["DURATION"].integer() == 95);
  CHECK(activity["ORIGIN_ID"].text() == "VI_" + id);

  expect_refused(fixture, do_finish, json::Value::object({{"CALL_ID", id}, {"USER_ID", 7}}),
                 "Call is not found (call should be registered prior to finishing)");
}

TEST_CASE("finish: refusals, a missed call, a call of nobody") {
  PortalFixture fixture;
  const auto id = registered(fixture);
  const auto wrong = fixture.call(do_finish, R"({"CALL_ID":5,"USER_ID":7})");
  CHECK(wrong["error"].text() == "INVALID_ARGUMENT");
  CHECK(wrong["error_description"].text() == "CALL_ID must be a string");
  expect_refused(fixture, do_finish, json::Value::object({{"CALL_ID", id}}),
                 "USER_ID or USER_PHONE_INNER should be set");
  expect_refused(fixture, do_finish, json::Value::object({{"CALL_ID", id}, {"USER_ID", 40}}),
                 "User is not found or is not active.");
  const auto result = finished(fixture, id, 0)["result"];
  CHECK(result["CALL_FAILED_CODE"].text() == "304");
  CHECK(result["CALL_STATUS"].integer() == 0);
  CHECK(result["CRM_ACTIVITY_ID"].integer() == 0);
  CHECK(result["CRM_ENTITY_TYPE"].is_null());
  CHECK(fixture.state()["activities"].size() == 0);
}

TEST_CASE(
    "finish: a client entered while the call lasted gets the activity; a missed call stays to be done") {
  PortalFixture fixture;
  const auto id = registered(fixture);
  add_item(fixture, 3, "+79160000001");
  const auto result = finished(fixture, id, 0)["result"];
  CHECK(result["CRM_ENTITY_TYPE"].text() == "CONTACT");
  const auto activity = fixture.state()["activities"].at(0);
  CHECK(activity["id"].integer() == result["CRM_ACTIVITY_ID"].integer());
  CHECK(activity["ownerId"].integer() == 2651);
  CHECK(activity["completed"].boolean() == false);
}

TEST_CASE("chat: told by default when registered, only when asked when finished") {
  PortalFixture fixture;
  const auto id = registered(fixture, R"({"ADD_TO_CHAT":null})");
  CHECK(fixture.state()["messages"].size() == 1);
  CHECK(fixture.state()["messages"].at(0)["dialogId"].text() == "7");
  finished(fixture, id);
  CHECK(fixture.state()["messages"].size() == 1);
}

TEST_CASE("bindings: an activity belongs to more than one; lists find it by each") {
  PortalFixture fixture;
  const auto id = registered(fixture, R"({"CRM_CREATE":1})");
  const auto activity = finished(fixture, id)["result"]["CRM_ACTIVITY_ID"];
  fixture.call("crm.item.add", R"({"entityTypeId":2,"fields":{}})");
  const auto add = [&](const char* more) {
    auto params = parsed(more);
    params["activityId"] = activity;
    return fixture.call("crm.activity.binding.add", params);
  };
  CHECK(add(R"({"entityTypeId":2,"entityId":1201})")["result"].boolean() == true);
  CHECK(add(R"({"entityTypeId":2,"entityId":999})")["error"].text() == "OWNER_NOT_FOUND");
  CHECK(add(R"({"entityTypeId":2})")["error"].text() == "100");
  CHECK(fixture.call("crm.activity.binding.list", R"({"activityId":5})")["error"].text() == "NOT_FOUND");
  const auto listed =
      fixture.call("crm.activity.binding.list", json::Value::object({{"activityId", activity}}));
  CHECK(json::write(listed["result"]) ==
        R"([{"entityTypeId":1,"entityId":3465},{"entityTypeId":2,"entityId":1201}])");
  const auto count = [&](const char* filter) {
    return fixture.call("crm.activity.list", json::Value::object({{"filter", parsed(filter)}}))["result"]
        .size();
  };
  CHECK(count(R"({"BINDINGS":[{"OWNER_TYPE_ID":2,"OWNER_ID":1201}]})") == 1);
  CHECK(count(R"({"BINDINGS":[{"OWNER_TYPE_ID":2,"OWNER_ID":1}]})") == 0);
  CHECK(count(R"({"OWNER_TYPE_ID":1,"OWNER_ID":3465,"PROVIDER_ID":"VOXIMPLANT_CALL"})") == 1);
  CHECK(count(R"({"PROVIDER_ID":"CRM_TODO"})") == 0);
}

TEST_CASE("records: what the portal refuses, in its order") {
  PortalFixture fixture;
  const char* attach = "telephony.externalCall.attachRecord";
  const auto id = registered(fixture);
  const auto with = [&](const char* more) {
    auto params = parsed(more);
    params["CALL_ID"] = id;
    return params;
  };
  const char* missing =
      "Required parameters are not set. Request should contain or URL or FILENAME parameter";
  expect_refused(fixture, attach, parsed(R"({"FILENAME":"a.mp3"})"), missing);
  expect_refused(fixture, attach, with("{}"), missing);
  expect_refused(fixture, attach, with(R"({"RECORD_URL":"https://pbx.example.ru/1.mp3"})"),
                 "Call is not found in the statistic table. It looks like it is not finished yet.");
  finished(fixture, id);
  expect_refused(fixture, attach, with(R"({"FILENAME":"","FILE_CONTENT":"SUQz"})"), "File name is empty");
  expect_refused(fixture, attach, with(R"({"RECORD_URL":"https://pbx.example.ru"})"), "File name is empty");
  expect_refused(fixture, attach, with(R"({"FILENAME":"a.ogg","FILE_CONTENT":"SUQz"})"),
                 "Wrong file extension. Only wav and mp3 are allowed");
  expect_refused(fixture, attach, with(R"({"RECORD_URL":"https://pbx.example.ru/record?id=1.mp3"})"),
                 "Wrong file extension. Only wav and mp3 are allowed");
  expect_refused(fixture, attach, with(R"({"FILENAME":"a.mp3","FILE_CONTENT":""})"),
                 "File content is empty.");
  expect_refused(fixture, attach, with(R"({"FILENAME":"a.mp3","FILE_CONTENT":"data:audio"})"),
                 "File content is not properly encoded. Base64 encoding is expected.");
  CHECK(fixture.state()["finished_calls"].at(0)["record"].is_null());
}

TEST_CASE("records: bytes, an address, an upload; the last one stands") {
  PortalFixture fixture;
  const char* attach = "telephony.externalCall.attachRecord";
  const auto id = registered(fixture);
  finished(fixture, id);
  const auto with = [&](const char* more) {
    auto params = parsed(more);
    params["CALL_ID"] = id;
    return fixture.call(attach, params)["result"];
  };
  const auto record = [&] { return fixture.state()["finished_calls"].at(0)["record"]; };
  CHECK(with(R"({"FILENAME":"a.mp3","FILE_CONTENT":"YWJj"})")["FILE_ID"].integer() == 9079);
  CHECK(record()["name"].text() == "a.mp3");
  CHECK(record()["bytes"].integer() == 3);
  CHECK(record()["sha256"].text() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(with(R"({"RECORD_URL":"https://pbx.example.ru/r/1%20a.WAV?t=1"})")["FILE_ID"].integer() == 9080);
  CHECK(record()["name"].text() == "1 a.WAV");
  CHECK(record()["url"].text() == "https://pbx.example.ru/r/1%20a.WAV?t=1");

  const auto upload = with(R"({"FILENAME":"b.mp3"})");
  CHECK(upload["fieldName"].text() == "file");
  const std::string url = upload["uploadUrl"].text();
  const std::string start = "http://127.0.0.1:8090/rest/upload.json?";
  REQUIRE(url.starts_with(start + "auth="));
  const auto send = [&](const std::string& body) {
    return route(fixture.portal, post("/rest/upload.json", url.substr(start.size()),
                                      "multipart/form-data; boundary=xyz", body));
  };
  const auto part = [](const char* name, const char* file) {
    return std::string("--xyz\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--xyz\r\n") +
           "Content-Disposition: form-data; name=\"" + name + "\"; filename=\"" + file +
           "\"\r\nContent-Type: audio/mpeg\r\n\r\nabc\r\n--xyz--\r\n";
  };
  CHECK(parsed(send(part("other", "b.mp3")).body)["error_description"].text() == "File content is empty.");
  CHECK(parsed(send(part("file", "b.ogg")).body)["error_description"].text() ==
        "Wrong file extension. Only wav and mp3 are allowed");
  fixture.fault(R"({"kind":"error_500","method":"upload","count":1})");
  CHECK(send(part("file", "b.mp3")).status == 500);
  CHECK(record()["name"].text() == "1 a.WAV");
  CHECK(parsed(send(part("file", "b.mp3")).body)["result"]["FILE_ID"].integer() == 9081);
  CHECK(record()["name"].text() == "b.mp3");
  CHECK(record()["bytes"].integer() == 3);
  CHECK(record()["sha256"].text() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(send(part("file", "b.mp3")).status == 403);
}

TEST_CASE("base64: padding, line breaks, what it is not") {
  CHECK(decoded_base64("YQ==") == "a");
  CHECK(decoded_base64("YWI=") == "ab");
  CHECK(decoded_base64("YW\r\nJj") == "abc");
  CHECK(decoded_base64("AP8=") == std::string("\x00\xff", 2));
  CHECK(decoded_base64("").value() == "");
  for (const char* text : {"YQ", "YQ=", "Y", "YQ==YQ==", "Y*==", "===="}) {
    CAPTURE(text);
    CHECK_FALSE(decoded_base64(text));
  }
}

TEST_CASE("lines: kept, changed, made by the calls that name them") {
  PortalFixture fixture;
  CHECK(fixture
            .call("telephony.externalLine.add", R"({"NUMBER":"74950000000","NAME":"Москва"})")["result"]["ID"]
            .integer() == 1);
  expect_refused(fixture, "telephony.externalLine.add", parsed(R"({"NUMBER":"74950000000"})"),
                 "Line already exists");
  registered(fixture, R"({"LINE_NUMBER":"74950000001"})");
  fixture.call("telephony.externalLine.update", R"({"NUMBER":"74950000001","CRM_AUTO_CREATE":"N"})");
  CHECK(json::write(fixture.call("telephony.externalLine.get")["result"]) ==
        R"([{"NUMBER":"74950000000","NAME":"Москва","CRM_AUTO_CREATE":"Y"},)"
        R"({"NUMBER":"74950000001","NAME":"","CRM_AUTO_CREATE":"N"}])");
  CHECK(json::write(fixture.call("telephony.externalLine.delete", R"({"NUMBER":"74950000000"})")["result"]) ==
        "[]");
  CHECK(fixture.state()["lines"].size() == 1);
}

TEST_CASE("statistics: filters, order, pages, texts as values") {
  PortalFixture fixture;
  for (int i = 1; i <= 3; ++i) {
    fixture.clock.advance(60s);
    const auto id = registered(fixture, R"({"EXTERNAL_CALL_ID":"pbx:)" + std::to_string(i) + "\"}");
    finished(fixture, id, i * 10);
  }
  const auto external = [&](std::string_view params) {
    const auto answer = fixture.call("voximplant.statistic.get", params);
    std::string out;
    for (const auto& row : *answer["result"].array_if()) out += row["EXTERNAL_CALL_ID"].text().substr(4);
    return out;
  };
  CHECK(external(R"({"FILTER":{"EXTERNAL_CALL_ID":"pbx:2"}})") == "2");
  CHECK(external(R"({"FILTER":{">CALL_DURATION":10}})") == "23");
  CHECK(external(R"({"FILTER":{"<=CALL_DURATION":"20"}})") == "12");
  CHECK(external(R"({"FILTER":{"!CALL_DURATION":20}})") == "13");
  CHECK(external(R"({"FILTER":{"><CALL_DURATION":[15,30]}})") == "23");
  CHECK(external(R"({"FILTER":{"!><CALL_DURATION":[15,30]}})") == "1");
  CHECK(external(R"({"FILTER":{"%EXTERNAL_CALL_ID":"x:3"}})") == "3");
  CHECK(external(R"({"FILTER":{"!%EXTERNAL_CALL_ID":"x:3"}})") == "12");
  CHECK(external(R"({"FILTER":{"EXTERNAL_CALL_ID":["pbx:1","pbx:3"]}})") == "13");
  CHECK(external(R"({"FILTER":{">=CALL_START_DATE":"2026-06-01T11:02:00+03:00"}})") == "23");
  // Lost without a word.
  CHECK(external(R"({"FILTER":{"@EXTERNAL_CALL_ID":["pbx:1"]}})") == "123");
  CHECK(external(R"({"FILTER":{"NO_SUCH":1}})") == "123");
  CHECK(external(R"({"SORT":"CALL_DURATION","ORDER":"DESC"})") == "321");
  CHECK(external(R"({"SORT":"CALL_TYPE","ORDER":"DESC"})") == "321");
  CHECK(external(R"({"start":2})") == "3");
  const auto answer = fixture.call("voximplant.statistic.get", R"({"FILTER":{"EXTERNAL_CALL_ID":"pbx:1"}})");
  CHECK(answer["total"].integer() == 1);
  CHECK(*answer["result"].at(0)["CALL_DURATION"].string() == "10");
  CHECK(*answer["result"].at(0)["PHONE_NUMBER"].string() == "79160000001");
  CHECK(answer["result"].at(0)["CRM_ACTIVITY_ID"].is_null());
}

TEST_CASE("the owner and the working day by the phone") {
  PortalFixture fixture;
  expect_refused(fixture, "telephony.externalCall.searchCrmEntities", json::Value::object(),
                 "PHONE_NUMBER is empty");
  add_item(fixture, 3, "+79160000001", R"({"name":"Иван","lastName":"Петров","assignedById":34})");
  add_item(fixture, 1, "+79160000001", R"({"title":"Заявка","assignedById":12})");
  const auto found = fixture.call("telephony.externalCall.searchCrmEntities",
                                  R"({"PHONE_NUMBER":"8 916 000 00 01"})")["result"];
  REQUIRE(found.size() == 2);
  CHECK(found.at(0)["CRM_ENTITY_TYPE"].text() == "LEAD");
  CHECK(found.at(0)["ASSIGNED_BY"]["USER_PHONE_INNER"].text() == "112");
  CHECK(found.at(1)["NAME"].text() == "Иван Петров");
  CHECK(found.at(1)["ASSIGNED_BY"]["TIMEMAN_STATUS"].text() == "PAUSED");
}

TEST_CASE(
    "a portal that keeps to the documentation closes calls and lines to the webhook, the rest stays open") {
  PortalFixture fixture;
  const auto set = [&](const char* body) {
    return route(fixture.portal, post("/sandbox/telephony", "", "application/json", body)).status;
  };
  CHECK(fixture.state()["telephony"].text() == "any");
  CHECK(set(R"({"open_to":"nobody"})") == 400);
  CHECK(set(R"({"open_to":"application"})") == 200);
  CHECK(fixture.state()["telephony"].text() == "application");
  for (const char* method :
       {do_register, do_finish, "telephony.externalLine.add", "telephony.externalLine.get"}) {
    CAPTURE(method);
    CHECK(fixture.call(method)["error"].text() == "WRONG_AUTH_TYPE");
    CHECK(fixture.status == 403);
    const auto known = fixture.call("method.get", json::Value::object({{"name", method}}))["result"];
    CHECK(known["isAvailable"].boolean() == true);
  }
  CHECK(fixture.call("telephony.externalCall.searchCrmEntities", R"({"PHONE_NUMBER":"+7916"})")["error"]
            .is_null());
  CHECK(fixture.call("voximplant.statistic.get")["error"].is_null());
  fixture.portal.reset();
  CHECK(fixture.state()["telephony"].text() == "any");
}
