#include "sandbox/web.hpp"

#include <doctest/doctest.h>

#include "sandbox/portal_fixture.hpp"

using namespace b24gate;
using namespace b24gate::sandbox;

namespace {

http::Request request(std::string method, std::string path, std::string body = {},
                      std::string type = "application/json", std::string query = {}) {
  http::Request out;
  out.method = std::move(method);
  out.path = std::move(path);
  out.query = std::move(query);
  out.body = std::move(body);
  out.peer = "127.0.0.1";
  out.headers = {{"content-type", std::move(type)}, {"Host", "127.0.0.1:8090"}};
  out.received_at = from_unix_ms(1'780'300'800'120);
  return out;
}

constexpr const char* list_path = "/rest/1/sandbox-secret/crm.item.list";

}  // namespace

TEST_CASE("parameters: JSON only in a POST of the right type, forms, query under body") {
  const std::string body = R"({"entityTypeId":1})";
  CHECK(json::write(rest_params(request("POST", list_path, body))) == body);
  CHECK(json::write(rest_params(request("POST", list_path, body, "application/json; charset=utf-8"))) ==
        body);
  CHECK(json::write(rest_params(request("POST", list_path, body, "text/plain"))) == "{}");
  CHECK(json::write(rest_params(request("GET", list_path, body))) == "{}");
  CHECK(json::write(rest_params(request("POST", list_path, "{\"entityTypeId\":"))) == "{}");
  CHECK(json::write(rest_params(request("POST", list_path, "a[b]=1", "application/x-www-form-urlencoded",
                                        "a=0&c=2"))) == R"({"a":{"b":"1"},"c":"2"})");
}

TEST_CASE("a wrong content type loses the filter, not the call") {
  PortalFixture fixture;
  auto wrong = request("POST", list_path, R"({"filter":{"id":999}})", "text/plain", "entityTypeId=1");
  CHECK(parsed(route(fixture.portal, wrong).body)["result"]["items"].size() == 1);
}

TEST_CASE("addresses") {
  PortalFixture fixture;
  CHECK(route(fixture.portal, request("GET", "/rest/1/sandbox-secret/profile")).status == 200);
  CHECK(route(fixture.portal, request("GET", "/rest/1/sandbox-secret/profile.json")).status == 200);
  CHECK(route(fixture.portal, request("GET", "/rest/1")).status == 401);
  CHECK(route(fixture.portal, request("GET", "/rest/api/1/sandbox-secret/tasks.task.add")).status == 405);
  CHECK(route(fixture.portal, request("PUT", "/rest/1/sandbox-secret/profile")).status == 405);
  CHECK(route(fixture.portal, request("GET", "/elsewhere")).status == 404);
}

TEST_CASE("the page is one document without foreign parts, for the list and for a card") {
  PortalFixture fixture;
  const auto page = route(fixture.portal, request("GET", "/"));
  CHECK(page.status == 200);
  CHECK(page.content_type == "text/html; charset=utf-8");
  CHECK(page.body.starts_with("<!doctype html>"));
  CHECK(page.body.ends_with("</html>\n"));
  CHECK(page.body.find("src=") == std::string::npos);
  CHECK(page.body.find("innerHTML") == std::string::npos);
  for (const char* card : {"/crm/lead/details/3465/", "/crm/deal/details/1/", "/crm/contact/details/2651/",
                           "/crm/company/details/801/"})
    CHECK(route(fixture.portal, request("GET", card)).body == page.body);
}

TEST_CASE("control: faults come, strike, are listed, go") {
  PortalFixture fixture;
  CHECK(json::write(
            parsed(route(fixture.portal, request("POST", "/sandbox/faults",
                                                 R"({"kind":"error_500","method":"profile","count":2})"))
                       .body)) == R"({"id":1})");
  CHECK(route(fixture.portal, request("POST", "/rest/1/sandbox-secret/profile")).status == 500);
  const auto faults = parsed(route(fixture.portal, request("GET", "/sandbox/faults")).body);
  CHECK(json::write(faults) == R"([{"id":1,"kind":"error_500","method":"profile","left":1,"hits":1}])");
  CHECK(route(fixture.portal, request("DELETE", "/sandbox/faults/7")).status == 404);
  CHECK(route(fixture.portal, request("DELETE", "/sandbox/faults/1")).status == 200);
  CHECK(route(fixture.portal, request("POST", "/rest/1/sandbox-secret/profile")).status == 200);
  CHECK(route(fixture.portal, request("POST", "/sandbox/faults", R"({"kind":"no"})")).status == 400);
  CHECK(route(fixture.portal, request("POST", "/sandbox/faults", "{")).status == 400);
  CHECK(route(fixture.portal, request("PUT", "/sandbox/faults")).status == 405);
}

TEST_CASE("control: a page of another site is refused") {
  PortalFixture fixture;
  auto foreign = request("POST", "/sandbox/reset", "{}");
  foreign.headers.emplace_back("Origin", "https://evil.example");
  CHECK(route(fixture.portal, foreign).status == 403);
  foreign.headers.back().second = "http://127.0.0.1:8090";
  CHECK(route(fixture.portal, foreign).status == 200);
}

TEST_CASE("control: the state shows everything readably and says when nothing has changed") {
  PortalFixture fixture;
  fixture.call("crm.item.add", R"({"entityTypeId":1,"useOriginalUfNames":"Y","fields":{"title":"<b>x</b>",
      "assignedById":7,"sourceId":"WEB","UF_CRM_DIRECTION":41,"observers":[6,12]}})");
  const auto state =
      parsed(route(fixture.portal, request("GET", "/sandbox/state", "", "", "readable=1")).body);
  const auto& lead = state["leads"].at(0);
  CHECK(lead["item"]["title"].text() == "<b>x</b>");
  const auto text = [&](std::string_view name) {
    for (const auto& field : *lead["fields"].array_if()) {
      if (field["name"].text() == name) return field["text"].text();
    }
    return std::string("absent");
  };
  CHECK(text("assignedById") == "Ольга Сидорова");
  CHECK(text("sourceId") == "Веб-сайт");
  CHECK(text("UF_CRM_DIRECTION") == "Газопоршневые станции");
  CHECK(text("observers") == "Анна Смирнова, Иван Иванов");
  CHECK(state["counters"]["crm.item.add"]["calls"] == json::Value(1));
  CHECK(state["leads"].size() == 2);
  const auto since = "since=" + state["revision"].text();
  const auto again = parsed(route(fixture.portal, request("GET", "/sandbox/state", "", "", since)).body);
  CHECK(again["unchanged"] == json::Value(true));
  const auto one = parsed(route(fixture.portal, request("GET", "/sandbox/state", "", "", "limit=1")).body);
  CHECK(one["leads"].size() == 1);
}

TEST_CASE("control: seed adds objects, people, fields, statuses") {
  PortalFixture fixture;
  const auto seed = [&](std::string body) {
    return route(fixture.portal, request("POST", "/sandbox/seed", std::move(body)));
  };
  CHECK(seed(R"({"entityTypeId":3,"fields":{"name":"Иван","assignedById":12,
                 "fm":[{"typeId":"PHONE","valueType":"WORK","value":"+79160000001"}]}})")
            .body == R"({"ids":[2651]})");
  CHECK(json::write(fixture.call("crm.duplicate.findbycomm",
                                 R"({"type":"PHONE","values":["+79160000001"]})")["result"]) ==
        R"({"CONTACT":[2651]})");
  CHECK(
      seed(
          R"({"users":[{"ID":7,"TIMEMAN":"CLOSED","ACTIVE":false},{"ID":50,"NAME":"Новый","UF_PHONE_INNER":"150"}],
                 "absences":[{"USER_ID":12,"NAME":"Отгул","FROM":"2026-06-01T09:00:00+03:00","TO":"2026-06-02T18:00:00+03:00"}],
                 "user_fields":[{"FIELD_NAME":"UF_CRM_NEW","USER_TYPE_ID":"enumeration","LIST":["а","б"]}],
                 "statuses":[{"ENTITY_ID":"SOURCE","STATUS_ID":"EXPO","NAME":"Выставка 2026"}]})")
          .status == 201);
  CHECK(fixture.call("timeman.status", R"({"USER_ID":7})")["result"]["STATUS"].text() == "CLOSED");
  CHECK(fixture.call("user.get", R"({"UF_PHONE_INNER":"150"})")["result"].at(0)["ID"].text() == "50");
  const auto item = fixture.call("crm.item.add", R"({"entityTypeId":1,"useOriginalUfNames":"Y",
      "fields":{"sourceId":"EXPO","UF_CRM_NEW":102}})")["result"]["item"];
  CHECK(item["UF_CRM_NEW"] == json::Value(102));
  CHECK(item["sourceId"].text() == "EXPO");
  CHECK(seed(R"({"entityTypeId":9,"fields":{}})").status == 400);
  CHECK(seed(R"({"user_fields":[{"FIELD_NAME":"X"}]})").status == 400);
}

TEST_CASE("control: limits change at once") {
  PortalFixture fixture;
  CHECK(route(fixture.portal, request("POST", "/sandbox/limits", R"({"rate":0,"burst":0})")).status == 200);
  CHECK(fixture.reply("profile", {}).status == 200);
  CHECK(fixture.reply("profile", {}).status == 503);
  CHECK(route(fixture.portal, request("POST", "/sandbox/limits", R"({"burst":50})")).status == 200);
  CHECK(fixture.reply("profile", {}).status == 200);
}

TEST_CASE("REST 3.0: a task is made once for each key, whatever becomes of the answer") {
  PortalFixture fixture;
  const auto add = [&](const char* key, const char* title) {
    auto post = request("POST", "/rest/api/1/sandbox-secret/tasks.task.add");
    post.headers.emplace_back("Content-Type", "application/json");
    if (*key) post.headers.emplace_back("Idempotency-Key", key);
    post.body = std::string(R"({"fields":{"title":")") + title +
                R"(","creatorId":1,"responsibleId":12,"xmlId":"x"}})";
    return route(fixture.portal, post);
  };
  REQUIRE(fixture.portal.add_fault(
      json::parse(R"({"kind":"drop_after","method":"tasks.task.add","count":1})").value()));
  CHECK(add("a", "Т").dropped);
  const auto again = add("a", "Т");
  CHECK(again.status == 200);
  CHECK(fixture.state()["tasks"].size() == 1);
  const std::string id = parsed(again.body)["result"]["item"]["id"].text();
  CHECK(id == fixture.state()["tasks"].at(0)["id"].text());
  CHECK(add("a", "Другая").status == 422);
  CHECK(parsed(add("b", "Т").body)["result"]["item"]["id"].text() != id);
  CHECK(add("c", "").status == 400);
  CHECK(add("", "Т").status == 200);
  CHECK(fixture.state()["tasks"].size() == 3);
}

TEST_CASE("REST 3.0: what is not there says so in its own words") {
  PortalFixture fixture;
  auto post = request("POST", "/rest/api/1/sandbox-secret/tasks.task.get");
  post.headers.emplace_back("Content-Type", "application/json");
  post.body = R"({"id":0})";
  const auto absent = route(fixture.portal, post);
  CHECK(absent.status == 400);
  CHECK(json::parse(absent.body).value()["error"]["code"].text() ==
        "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION");
  post.path = "/rest/api/1/sandbox-secret/crm.item.add";
  CHECK(route(fixture.portal, post).status == 404);
}

TEST_CASE("control: working days that are kept or not, set now; absences of hours and of whole days") {
  PortalFixture fixture;
  const auto seed = [&](std::string body) {
    return route(fixture.portal, request("POST", "/sandbox/seed", std::move(body))).status;
  };
  CHECK(
      seed(
          R"({"users":[{"ID":12,"TIMEMAN":"CLOSED"},{"ID":25,"TIMEMAN":"OPENED"},{"ID":14,"UF_TIMEMAN":false}]})") ==
      201);
  const auto closed = fixture.call("timeman.status", R"({"USER_ID":12})")["result"];
  CHECK(closed["TIME_START"].text() == "2026-06-01T09:00:00+03:00");
  CHECK(closed["TIME_FINISH"].text() == "2026-06-01T11:00:00+03:00");
  const auto opened = fixture.call("timeman.status", R"({"USER_ID":25})")["result"];
  CHECK(opened["TIME_START"].text() == "2026-06-01T11:00:00+03:00");
  CHECK(opened["TIME_FINISH"].is_null());
  CHECK(fixture.call("timeman.settings", R"({"USER_ID":14})")["result"]["UF_TIMEMAN"].boolean() == false);
  CHECK(fixture.call("timeman.settings", R"({"USER_ID":12})")["result"]["UF_TIMEMAN"].boolean() == true);
  CHECK(fixture.call("timeman.settings", R"({"USER_ID":12})")["result"]["ADMIN"].is_null());
  CHECK(fixture.call("timeman.settings")["result"]["ADMIN"].boolean() == true);
  CHECK(fixture.call("timeman.settings", R"({"USER_ID":999})")["error_description"].text() ==
        "User not found");

  CHECK(
      seed(
          R"({"absences":[{"USER_ID":12,"FROM":"2026-06-01T00:00","TO":"2026-06-02T00:00","WHOLE_DAYS":true}]})") ==
      201);
  const auto days =
      fixture.call("calendar.accessibility.get", R"({"users":[12],"from":"2026-06-02","to":"2026-06-02"})");
  CHECK(days["result"]["12"].at(0)["DT_SKIP_TIME"].text() == "Y");
  const auto later =
      fixture.call("calendar.accessibility.get", R"({"users":[12],"from":"2026-06-03","to":"2026-06-03"})");
  CHECK(later["result"]["12"].size() == 0);
}
