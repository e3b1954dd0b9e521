#include "sandbox/application.hpp"

#include <doctest/doctest.h>

#include "sandbox/php.hpp"
#include "sandbox/portal_fixture.hpp"
#include "sandbox/web.hpp"

using namespace b24gate;
using namespace b24gate::sandbox;
using namespace std::chrono_literals;

namespace {

struct Fixture : PortalFixture {
  Reply get(std::string path, std::string query) {
    http::Request request;
    request.method = "GET";
    request.path = std::move(path);
    request.query = std::move(query);
    return sent(std::move(request));
  }
  Reply post(std::string path, std::string body, std::string query = {}) {
    http::Request request;
    request.method = "POST";
    request.path = std::move(path);
    request.query = std::move(query);
    request.body = std::move(body);
    return sent(std::move(request));
  }
  Reply sent(http::Request request) {
    request.peer = "127.0.0.1";
    request.headers = {{"Content-Type", "application/json"}, {"Host", "127.0.0.1:8090"}};
    request.received_at = clock.now();
    return route(portal, request);
  }
  // The `auth` of the installation.
  json::Value install() {
    const auto reply = post("/sandbox/application/install", "{}");
    return php::parse_str(parsed(reply.body)["form"].text())["auth"];
  }
  Reply refresh(const std::string& token, const std::string& more = "") {
    return get("/oauth/token/",
               "grant_type=refresh_token&client_id=local.sandbox&client_secret=sandbox-secret" + more +
                   "&refresh_token=" + token);
  }
  Reply ask(const std::string& token, const std::string& method = "profile", const std::string& body = "{}") {
    return post("/rest/" + method, body, "auth=" + token);
  }
};

std::string error_of(const Reply& reply) { return parsed(reply.body)["error"].text(); }

}  // namespace

TEST_CASE("install: what the application is sent") {
  Fixture fixture;
  const auto reply =
      fixture.post("/sandbox/application/install", R"({"url":"http://127.0.0.1:9/b24/install"})");
  REQUIRE(reply.posts.size() == 1);
  CHECK(reply.posts[0].url == "http://127.0.0.1:9/b24/install");
  CHECK(reply.posts[0].body.starts_with("event=ONAPPINSTALL&data%5BVERSION%5D=1&"));
  const auto body = php::parse_str(reply.posts[0].body);
  CHECK(body["ts"].text() == "1780300800");
  const auto& auth = body["auth"];
  CHECK(auth["access_token"].text().size() == 64);
  CHECK(auth["refresh_token"].text().size() == 64);
  CHECK(auth["application_token"].text().size() == 32);
  CHECK(auth["expires_in"].text() == "3600");
  CHECK(auth["domain"].text() == "127.0.0.1:8090");
  CHECK(auth["client_endpoint"].text() == "http://127.0.0.1:8090/rest/");
  CHECK(auth["status"].text() == "L");
  CHECK(auth["scope"].text().find("telephony") != std::string::npos);
  CHECK_FALSE(auth["member_id"].text().empty());
  CHECK(fixture.state()["application"]["installed"].boolean() == true);
  CHECK(json::write(fixture.state()).find(auth["access_token"].text()) == std::string::npos);
  // The application token outlives a second installation, the others do not.
  const auto again = fixture.install();
  CHECK(again["application_token"] == auth["application_token"]);
  CHECK(again["refresh_token"].text() != auth["refresh_token"].text());
}

TEST_CASE("the token lives an hour; refreshing replaces the refresh token") {
  Fixture fixture;
  const auto auth = fixture.install();
  const std::string first = auth["access_token"].text();
  CHECK(fixture.ask(first).status == 200);
  CHECK(fixture.post("/rest/profile.json", R"({"auth":")" + first + "\"}").status == 200);
  CHECK(fixture.post("/rest/api/tasks.task.get", R"({"id":0,"auth":")" + first + "\"}").status == 400);
  CHECK(fixture.post("/rest/api/tasks.task.get", R"({"id":0,"auth":"wrong"})").status == 401);
  fixture.clock.advance(3599s);
  CHECK(fixture.ask(first).status == 200);
  fixture.clock.advance(1s);
  CHECK(fixture.ask(first).status == 401);
  CHECK(error_of(fixture.ask(first)) == "expired_token");
  const auto renewed = parsed(fixture.refresh(auth["refresh_token"].text()).body);
  CHECK(renewed["expires_in"].integer() == 3600);
  CHECK(fixture.ask(renewed["access_token"].text()).status == 200);
  const auto old = fixture.refresh(auth["refresh_token"].text());
  CHECK(old.status == 400);
  CHECK(error_of(old) == "invalid_grant");
  CHECK(fixture.refresh(renewed["refresh_token"].text()).status == 200);
}

TEST_CASE("refusals: of the token server and of REST") {
  Fixture fixture;
  const std::string refresh = fixture.install()["refresh_token"].text();
  CHECK(error_of(fixture.get("/oauth/token/", "grant_type=refresh_token")) == "invalid_request");
  CHECK(error_of(fixture.refresh(refresh, "&grant_type=password")) == "invalid_request");
  CHECK(error_of(fixture.refresh(refresh, "&client_secret=wrong")) == "invalid_client");
  CHECK(error_of(fixture.refresh(refresh, "&client_id=wrong")) == "invalid_client");
  CHECK(error_of(fixture.refresh("wrong")) == "invalid_grant");
  CHECK(error_of(fixture.ask("wrong")) == "invalid_token");
  CHECK(error_of(fixture.post("/rest/profile", "{}")) == "NO_AUTH_FOUND");
  CHECK(fixture.post("/sandbox/application/revoke", "").status == 200);
  CHECK(error_of(fixture.refresh(refresh)) == "invalid_grant");
  CHECK(error_of(fixture.refresh("")) == "invalid_request");
}

TEST_CASE("control: access tokens end at once, the refresh token stays") {
  Fixture fixture;
  const auto auth = fixture.install();
  CHECK(fixture.post("/sandbox/application/expire", "").status == 200);
  CHECK(error_of(fixture.ask(auth["access_token"].text())) == "expired_token");
  CHECK(fixture.refresh(auth["refresh_token"].text()).status == 200);
  CHECK(fixture.post("/sandbox/application/other", "").status == 404);
}

TEST_CASE("calls belong to the application that registers them") {
  Fixture fixture;
  fixture.portal.set_telephony(true);
  const std::string token = fixture.install()["access_token"].text();
  const std::string body =
      R"({"USER_ID":7,"PHONE_NUMBER":"+79160000001","TYPE":2,"EXTERNAL_CALL_ID":"pbx:1"})";
  const auto id =
      parsed(fixture.ask(token, "telephony.externalCall.register", body).body)["result"]["CALL_ID"].text();
  CHECK(id.starts_with("externalCall."));
  fixture.portal.set_telephony(false);
  const auto other =
      fixture.call("telephony.externalCall.register", parsed(body))["result"]["CALL_ID"].text();
  CHECK(other != id);
  CHECK(
      parsed(fixture.ask(token, "telephony.externalCall.register", body).body)["result"]["CALL_ID"].text() ==
      id);
  const auto row =
      parsed(fixture.ask(token, "telephony.externalCall.finish", R"({"USER_ID":7,"CALL_ID":")" + id + "\"}")
                 .body)["result"];
  CHECK(row["REST_APP_ID"].text() == "3");
  CHECK(row["REST_APP_NAME"].text() == "b24gate");
  CHECK(fixture.state()["finished_calls"].at(0)["applicationId"].integer() == 3);
}

TEST_CASE("events: bound by the application only, listed, unbound") {
  Fixture fixture;
  for (const char* method : {"event.bind", "event.unbind", "event.get", "event.offline.get"}) {
    CAPTURE(method);
    CHECK(fixture.call(method)["error"].text() == "WRONG_AUTH_TYPE");
    CHECK(fixture.status == 403);
  }
  const std::string token = fixture.install()["access_token"].text();
  const std::string bind = R"({"event":"OnExternalCallStart","handler":"http://127.0.0.1:9/b24/events"})";
  CHECK(parsed(fixture.ask(token, "event.bind", bind).body)["result"].boolean() == true);
  CHECK(error_of(fixture.ask(token, "event.bind", bind)) == "ERROR_CORE");
  CHECK(error_of(fixture.ask(token, "event.bind", R"({"event":"ONNOTHING","handler":"http://x/"})")) ==
        "ERROR_EVENT_NOT_FOUND");
  const auto listed = parsed(fixture.ask(token, "event.get").body)["result"];
  REQUIRE(listed.size() == 1);
  CHECK(listed.at(0)["event"].text() == "ONEXTERNALCALLSTART");
  CHECK(listed.at(0)["handler"].text() == "http://127.0.0.1:9/b24/events");
  CHECK(parsed(fixture.ask(token, "event.unbind", bind).body)["result"]["count"].integer() == 1);
  CHECK(parsed(fixture.ask(token, "event.get").body)["result"].size() == 0);
}

TEST_CASE("click to call: the portal registers the call and tells the handler; it is only to be finished") {
  Fixture fixture;
  const std::string click = R"({"USER_ID":12,"PHONE_NUMBER":"8 916 000-00-01","LINE_NUMBER":"74950000000"})";
  CHECK(fixture.post("/sandbox/click", click).status == 409);
  const auto auth = fixture.install();
  const std::string token = auth["access_token"].text();
  fixture.ask(token, "event.bind",
              R"({"event":"ONEXTERNALCALLSTART","handler":"http://127.0.0.1:9/b24/events"})");
  fixture.call("crm.item.add", R"({"entityTypeId":3,"fields":{"name":"Иван","fm":[
      {"typeId":"PHONE","valueType":"WORK","value":"+79160000001"}]}})");
  CHECK(fixture.post("/sandbox/click", R"({"USER_ID":40,"PHONE_NUMBER":"+79160000001"})").status == 400);
  const auto reply = fixture.post("/sandbox/click", click);
  CHECK(reply.status == 200);
  const std::string id = parsed(reply.body)["CALL_ID"].text();
  REQUIRE(reply.posts.size() == 1);
  CHECK(reply.posts[0].url == "http://127.0.0.1:9/b24/events");
  const auto body = php::parse_str(reply.posts[0].body);
  CHECK(body["event"].text() == "ONEXTERNALCALLSTART");
  CHECK(body["event_handler_id"].text() == "975");
  CHECK(body["auth"]["application_token"] == auth["application_token"]);
  CHECK(body["auth"]["refresh_token"].is_null());
  CHECK(fixture.ask(body["auth"]["access_token"].text()).status == 200);
  CHECK(json::write(body["data"]) ==
        R"({"PHONE_NUMBER":"8 916 000-00-01","PHONE_NUMBER_INTERNATIONAL":"+79160000001","EXTENSION":"112",)"
        R"("USER_ID":"12","CALL_LIST_ID":"0","LINE_NUMBER":"74950000000","IS_MOBILE":"0","CALL_ID":")" +
            id + R"(","CRM_ENTITY_TYPE":"CONTACT","CRM_ENTITY_ID":"2651"})");
  const auto open = fixture.state()["open_calls"].at(0);
  CHECK(open["callId"].text() == id);
  CHECK(open["type"].integer() == 1);
  CHECK(json::write(open["screens"]) == "[12]");
  const auto row = parsed(fixture
                              .ask(token, "telephony.externalCall.finish",
                                   R"({"USER_ID":12,"DURATION":5,"CALL_ID":")" + id + "\"}")
                              .body)["result"];
  CHECK(row["CRM_ENTITY_ID"].integer() == 2651);
}
