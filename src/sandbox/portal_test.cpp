#include "sandbox/portal.hpp"

#include <doctest/doctest.h>

#include "sandbox/portal_fixture.hpp"

using namespace b24gate;
using namespace b24gate::sandbox;

TEST_CASE("the envelope") {
  PortalFixture fixture;
  const auto answer = fixture.call("Profile.json");
  CHECK(fixture.status == 200);
  CHECK(answer["result"]["ID"].text() == "1");
  CHECK(answer["time"]["date_start"].text() == "2026-06-01T11:00:00+03:00");
  CHECK(answer["time"]["operating_reset_at"].is_int());
  CHECK(answer["total"].is_null());
  CHECK(fixture.call("server.time")["result"].text() == "2026-06-01T11:00:00+03:00");
  CHECK(fixture.call("crm.settings.mode.get")["result"] == json::Value(1));
  CHECK(json::write(fixture.call("method.get", R"({"name":"CRM.item.add"})")["result"]) ==
        R"({"isExisting":true,"isAvailable":true})");
  CHECK(json::write(fixture.call("method.get", R"({"name":"no.such"})")["result"]) ==
        R"({"isExisting":false,"isAvailable":false})");
}

TEST_CASE("wrong secret, wrong user, unknown method, missing scope") {
  PortalOptions options;
  options.scopes = {"crm"};
  PortalFixture fixture(options);
  auto reply = fixture.portal.rest({"127.0.0.1", "1", "wrong", "profile", {}});
  CHECK(reply.status == 401);
  CHECK(parsed(reply.body)["error"].text() == "NO_AUTH_FOUND");
  CHECK(fixture.portal.rest({"127.0.0.1", "2", "sandbox-secret", "profile", {}}).status == 401);
  CHECK(fixture.call("no.such")["error"].text() == "ERROR_METHOD_NOT_FOUND");
  CHECK(fixture.status == 404);
  CHECK(fixture.call("tasks.task.add", R"({"fields":{"TITLE":"x"}})")["error"].text() ==
        "insufficient_scope");
  CHECK(fixture.status == 403);
  CHECK(fixture.call("method.get", R"({"name":"tasks.task.add"})")["result"]["isAvailable"] ==
        json::Value(false));
}

TEST_CASE(
    "leaky bucket: the request after the counter has passed the burst is refused, and time lets it through") {
  PortalOptions options;
  options.rate = 2;
  options.burst = 3;
  PortalFixture fixture(options);
  for (int i = 0; i < 4; ++i) CHECK(fixture.reply("profile", {}).status == 200);
  const auto answer = fixture.call("crm.item.add", R"({"entityTypeId":1,"fields":{}})");
  CHECK(fixture.status == 503);
  CHECK(answer["error"].text() == "QUERY_LIMIT_EXCEEDED");
  CHECK(fixture.leads() == 1);
  CHECK(fixture.portal.rest({"10.0.0.2", "1", "sandbox-secret", "profile", {}}).status == 200);
  fixture.clock.advance(Milliseconds{499});
  CHECK(fixture.reply("profile", {}).status == 503);
  fixture.clock.advance(Milliseconds{1});
  CHECK(fixture.reply("profile", {}).status == 200);
  CHECK(fixture.reply("profile", {}).status == 503);
}

TEST_CASE("operating time: one method is refused, in batches too, the others work, minutes drop out") {
  PortalOptions options;
  options.operating_limit = 0.5;
  PortalFixture fixture(options);
  const auto add = [&] {
    return fixture.call("crm.item.add", R"({"entityTypeId":1,"fields":{"title":"x"}})");
  };
  CHECK(add()["time"]["operating"] == json::Value(0.25));
  const auto second = add();
  CHECK(second["time"]["operating"] == json::Value(0.5));
  CHECK(add()["error"].text() == "OPERATION_TIME_LIMIT");
  CHECK(fixture.status == 429);
  const auto said =
      fixture.call("batch", R"({"cmd":{"a":"crm.item.add?entityTypeId=1&fields[title]=x","b":"profile"}})");
  CHECK(said["result"]["result_error"]["a"]["error"].text() == "OPERATION_TIME_LIMIT");
  CHECK(said["result"]["result"]["b"]["ID"].text() == "1");
  CHECK(fixture.leads() == 3);
  const auto reset = *second["time"]["operating_reset_at"].integer();
  CHECK(reset == 1'780'300'800 + 600);
  fixture.clock.advance(Milliseconds{reset * 1000 - to_unix_ms(fixture.clock.now()) - 1});
  CHECK(add()["error"].text() == "OPERATION_TIME_LIMIT");
  fixture.clock.advance(Milliseconds{1});
  CHECK(add()["result"]["item"]["id"] == json::Value(3467));
}

TEST_CASE("short calls are not added to the operating time") {
  PortalFixture fixture;
  CHECK(fixture.call("crm.item.list", R"({"entityTypeId":1})")["time"]["operating"] == json::Value(0.0));
}

TEST_CASE("faults before the work leave nothing, faults after it leave the lead") {
  struct Case {
    const char* kind;
    int status;
    std::size_t leads;
    const char* body;
  };
  for (const Case& one : {Case{"error_500", 500, 1, "INTERNAL_SERVER_ERROR"},
                          {"error_500_after", 500, 2, "INTERNAL_SERVER_ERROR"},
                          {"html_502", 502, 1, "<html>"},
                          {"html_502_after", 502, 2, "<html>"},
                          {"broken_json", 200, 1, "{\"result\""},
                          {"broken_json_after", 200, 2, "{\"result\""},
                          {"empty_body", 200, 1, ""},
                          {"empty_body_after", 200, 2, ""},
                          {"drop_before", 0, 1, ""},
                          {"drop_after", 0, 2, ""},
                          {"throttle", 503, 1, "QUERY_LIMIT_EXCEEDED"},
                          {"overload", 503, 1, "OVERLOAD_LIMIT"},
                          {"wrong_secret", 401, 1, "NO_AUTH_FOUND"},
                          {"operation_time_limit", 429, 1, "OPERATION_TIME_LIMIT"},
                          {"insufficient_scope", 403, 1, "insufficient_scope"}}) {
    CAPTURE(one.kind);
    PortalFixture fixture;
    fixture.fault(std::string(R"({"kind":")") + one.kind + R"(","method":"crm.item.add","count":1})");
    const auto params = parsed(R"({"entityTypeId":1,"fields":{"title":"x"}})");
    CHECK(fixture.reply("crm.item.list", parsed(R"({"entityTypeId":1})")).status == 200);
    const auto reply = fixture.reply("crm.item.add", params);
    CHECK(reply.dropped == (one.status == 0));
    if (!reply.dropped) CHECK(reply.status == one.status);
    CHECK(reply.body.find(one.body) != std::string::npos);
    CHECK(!json::parse(reply.body).has_value() ==
          (one.body[0] != 'I' && one.body[0] != 'Q' && one.body[0] != 'O' && one.body[0] != 'N' &&
           one.body[0] != 'i'));
    CHECK(fixture.leads() == one.leads);
    CHECK(fixture.reply("crm.item.add", params).status == 200);
  }
}

TEST_CASE("slow answers carry their delay and count as execution time") {
  PortalFixture fixture;
  fixture.fault(R"({"kind":"slow","method":"crm.item.add","count":1,"delay_ms":30000})");
  const auto reply =
      fixture.reply("batch", parsed(R"({"cmd":{"a":"crm.item.add?entityTypeId=1&fields[title]=x"}})"));
  CHECK(reply.delay == Milliseconds{30000});
  CHECK(fixture.leads() == 2);
  fixture.fault(R"({"kind":"slow","delay_ms":2000})");
  CHECK(parsed(fixture.reply("crm.item.list", parsed(R"({"entityTypeId":1})")).body)["time"]["operating"] ==
        json::Value(2.06));
}

TEST_CASE("faults with a probability repeat with their seed") {
  const auto pattern = [](const char* seed) {
    PortalFixture fixture;
    fixture.fault(std::string(R"({"kind":"error_500","probability":0.5,"seed":)") + seed + "}");
    std::string out;
    for (int i = 0; i < 40; ++i) out += fixture.reply("profile", {}).status == 500 ? 'x' : '.';
    return out;
  };
  CHECK(pattern("1") == pattern("1"));
  CHECK(pattern("1") != pattern("2"));
  CHECK(pattern("1").find('x') != std::string::npos);
  CHECK(pattern("1").find('.') != std::string::npos);
}

TEST_CASE("a dismissed user is inactive everywhere") {
  PortalFixture fixture;
  fixture.fault(R"({"kind":"dismiss_user","user_id":7})");
  CHECK(fixture.call("user.get", R"({"ID":7})")["result"].at(0)["ACTIVE"] == json::Value(false));
  CHECK(fixture.call("crm.item.add", R"({"entityTypeId":1,"fields":{"assignedById":7}})")["error"].text() ==
        "CRM_FIELD_ERROR_VALUE_NOT_VALID");
  CHECK(fixture.call("im.notify.system.add", R"({"USER_ID":7,"MESSAGE":"x"})")["result"] ==
        json::Value(false));
  fixture.portal.with_store([](Store&, Faults& faults) { faults.clear(); });
  CHECK(fixture.call("user.get", R"({"ID":7})")["result"].at(0)["ACTIVE"] == json::Value(true));
}

TEST_CASE("bad faults are explained") {
  PortalFixture fixture;
  CHECK(fixture.portal.add_fault(parsed(R"({"kind":"eror_500"})")).error() ==
        "unknown kind 'eror_500', did you mean 'error_500'");
  CHECK_FALSE(fixture.portal.add_fault(parsed(R"({"kind":"slow","count":0})")));
  CHECK_FALSE(fixture.portal.add_fault(parsed(R"({"kind":"required_field"})")));
  CHECK_FALSE(fixture.portal.add_fault(parsed(R"({"kind":"redirect","location":"a\r\nb"})")));
}

TEST_CASE("reset forgets everything") {
  PortalFixture fixture;
  fixture.fault(R"({"kind":"wrong_secret"})");
  CHECK(fixture.reply("profile", {}).status == 401);
  fixture.portal.reset();
  CHECK(fixture.call("crm.item.add", R"({"entityTypeId":1,"fields":{}})")["result"]["item"]["id"] ==
        json::Value(3465));
}
