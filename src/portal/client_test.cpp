#include "portal/client.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "base/manual_clock.hpp"

using namespace b24gate;
using namespace b24gate::portal;
using namespace std::chrono_literals;

namespace {

class FakeTransport final : public Transport {
 public:
  HttpReply post(const std::string& url, const std::string& body,
                 const std::string& idempotency_key) override {
    keys.push_back(idempotency_key);
    sent.emplace_back(url, body);
    if (on_post) on_post();
    REQUIRE_FALSE(replies.empty());
    HttpReply reply = std::move(replies.front());
    replies.pop_front();
    return reply;
  }
  void will_answer(std::string body, int status = 200,
                   std::vector<std::pair<std::string, std::string>> headers = {}) {
    replies.push_back({HttpReply::State::answered, status, std::move(headers), std::move(body), ""});
  }

  std::vector<std::pair<std::string, std::string>> sent;
  std::vector<std::string> keys;
  std::deque<HttpReply> replies;
  std::function<void()> on_post;
};

struct Bench {
  ManualClock clock{from_unix_ms(1'780'300'800'000)};
  FakeTransport transport;
  Limiter limiter{{2, 50}, clock, [] { return 0.0; }};
  std::vector<std::string> moved;
  Client client;

  explicit Bench(std::string url = "https://example.bitrix24.ru/rest/1/secret/")
      : client({Secret(std::move(url)), kMaxCommands,
                [this](const std::string& host) { moved.push_back(host); }},
               transport, limiter, clock) {}
};

const Command kAdd{"crm.item.add",
                   json::Value::object({{"entityTypeId", 1}, {"empty", json::Value::array()}})};
const Command kList{"crm.item.list", json::Value::object({{"entityTypeId", 1}})};

}  // namespace

TEST_CASE("one command goes alone, as JSON, and loses nothing") {
  Bench bench;
  bench.transport.will_answer(R"({"result":{"item":{"id":7}}})");
  bench.transport.on_post = [&] { bench.clock.advance(120ms); };
  const Outcome outcome = bench.client.call(kAdd);
  CHECK(outcome.cls == Class::success);
  CHECK(outcome.result["item"]["id"].integer() == 7);
  CHECK(outcome.took == 120ms);
  REQUIRE(bench.transport.sent.size() == 1);
  CHECK(bench.transport.sent[0].first == "https://example.bitrix24.ru/rest/1/secret/crm.item.add");
  CHECK(bench.transport.sent[0].second == R"({"entityTypeId":1,"empty":[]})");
}

TEST_CASE("a missing slash and missing parameters are put right") {
  Bench bench("https://example.bitrix24.ru/rest/1/secret");
  bench.transport.will_answer(R"({"result":["crm"]})");
  bench.client.call(Command{"scope", {}});
  CHECK(bench.transport.sent[0].first == "https://example.bitrix24.ru/rest/1/secret/scope");
  CHECK(bench.transport.sent[0].second == "{}");
}

TEST_CASE("several commands go as one batch") {
  Bench bench;
  bench.transport.will_answer(
      R"({"result":{"result":{"c01":{"item":{"id":7}}},"result_error":{"c02":{"error":"100"}}}})");
  const auto outcomes = bench.client.call({kAdd, kList, kAdd}, Halt::yes);
  REQUIRE(bench.transport.sent.size() == 1);
  CHECK(bench.transport.sent[0].first == "https://example.bitrix24.ru/rest/1/secret/batch");
  CHECK(bench.transport.sent[0].second ==
        R"({"halt":1,"cmd":{"c01":"crm.item.add?entityTypeId=1","c02":"crm.item.list?entityTypeId=1",)"
        R"("c03":"crm.item.add?entityTypeId=1"}})");
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0].cls == Class::success);
  CHECK(outcomes[1].cls == Class::permanent);
  CHECK(outcomes[2].cls == Class::not_executed);
  CHECK(bench.client.call(std::vector<Command>{}).empty());
}

TEST_CASE("a command of REST 3.0 goes alone, to the other address, with its key") {
  Bench bench;
  Command task{"tasks.task.add", json::Value::object({{"fields", json::Value::object({{"title", "Т"}})}})};
  task.v3 = true;
  task.idempotency_key = "b24gate:e42:L7";
  bench.transport.will_answer(R"({"result":{"item":{"id":3}}})");
  CHECK(bench.client.call(task).result["item"]["id"].integer() == 3);
  REQUIRE(bench.transport.sent.size() == 1);
  CHECK(bench.transport.sent[0].first == "https://example.bitrix24.ru/rest/api/1/secret/tasks.task.add");
  CHECK(bench.transport.sent[0].second == R"({"fields":{"title":"Т"}})");
  CHECK(bench.transport.keys[0] == "b24gate:e42:L7");

  bench.transport.will_answer(R"({"result":{"items":[]}})");
  const auto outcomes = bench.client.call({kList, task, kList});
  REQUIRE(outcomes.size() == 3);
  CHECK(bench.transport.sent.size() == 2);
  CHECK(bench.transport.keys[1].empty());
  CHECK(outcomes[0].cls == Class::success);
  CHECK(outcomes[1].cls == Class::retry_safe);
  CHECK(outcomes[2].cls == Class::retry_safe);
}

TEST_CASE("what one request does not take comes back unsent") {
  Bench bench;
  bench.transport.will_answer(R"({"result":{"result":[],"result_error":[]}})");
  const auto outcomes = bench.client.call(std::vector<Command>(53, kList));
  REQUIRE(outcomes.size() == 53);
  CHECK(outcomes[49].cls == Class::ambiguous);
  CHECK(outcomes[50].cls == Class::retry_safe);
  CHECK(outcomes[52].cls == Class::retry_safe);
}

TEST_CASE("the limiter hears of refusals and time budgets") {
  Bench bench;
  bench.transport.will_answer(R"({"error":"QUERY_LIMIT_EXCEEDED"})", 503);
  CHECK(bench.client.call(kAdd).cls == Class::throttle);
  CHECK(bench.limiter.snapshot().refusals == 1);
  CHECK(bench.limiter.wait_for(std::vector<Command>{kAdd}, Priority::urgent) == 1s);
  bench.transport.will_answer(
      R"({"result":{"result":{"c01":[]},"result_error":{"c02":{"error":"OPERATION_TIME_LIMIT"}},)"
      R"("result_time":{"c01":{"operating":300.5,"operating_reset_at":1780300900}}}})");
  bench.client.call({kList, kAdd});
  CHECK(bench.limiter.method_wait("crm.item.add") == 60s);
  CHECK(bench.limiter.method_wait("crm.item.list") == 0ms);
  for (const auto& method : bench.limiter.snapshot().methods) {
    if (method.method == "crm.item.list") CHECK(method.operating_s == 300.5);
  }
}

TEST_CASE("a renamed portal is followed once and remembered") {
  Bench bench;
  bench.transport.will_answer("", 302,
                              {{"location", "https://newname.bitrix24.ru/rest/1/secret/crm.item.add"}});
  bench.transport.will_answer(R"({"result":1})");
  bench.transport.will_answer(R"({"result":2})");
  CHECK(bench.client.call(kAdd).cls == Class::success);
  CHECK(bench.client.call(kList).cls == Class::success);
  REQUIRE(bench.transport.sent.size() == 3);
  CHECK(bench.transport.sent[1].first == "https://newname.bitrix24.ru/rest/1/secret/crm.item.add");
  CHECK(bench.transport.sent[1].second == bench.transport.sent[0].second);
  CHECK(bench.transport.sent[2].first == "https://newname.bitrix24.ru/rest/1/secret/crm.item.list");
  CHECK(bench.moved == std::vector<std::string>{"newname.bitrix24.ru"});
  CHECK(bench.limiter.snapshot().requests == 1);
}

TEST_CASE("the secret follows no other redirect") {
  for (const char* location :
       {"https://login.bitrix24.ru/auth/", "http://newname.bitrix24.ru/rest/1/secret/crm.item.add",
        "http://127.0.0.1/rest/1/secret/crm.item.add", "/rest/1/secret/crm.item.add", "",
        "https://newname.bitrix24.ru/rest/1/secret/crm.item.add?x=1",
        "https://example.bitrix24.ru/rest/1/secret/crm.item.add"}) {
    INFO(location);
    Bench bench;
    bench.transport.will_answer("", 302, {{"Location", location}});
    const Outcome outcome = bench.client.call(kAdd);
    CHECK(outcome.cls == Class::retry_safe);
    CHECK_FALSE(outcome.advice.empty());
    CHECK(bench.transport.sent.size() == 1);
    CHECK(bench.moved.empty());
  }
}

TEST_CASE("a redirect that leads to no REST is not remembered, and there is no second one") {
  Bench bench;
  const std::vector<std::pair<std::string, std::string>> there{
      {"Location", "https://newname.bitrix24.ru/rest/1/secret/crm.item.add"}};
  bench.transport.will_answer("", 302, there);
  bench.transport.will_answer("", 302,
                              {{"Location", "https://third.bitrix24.ru/rest/1/secret/crm.item.add"}});
  CHECK(bench.client.call(kAdd).cls == Class::retry_safe);
  CHECK(bench.transport.sent.size() == 2);
  CHECK(bench.moved.empty());
  bench.transport.will_answer("", 302, there);
  bench.transport.will_answer("<html>", 502);
  CHECK(bench.client.call(kAdd).cls == Class::ambiguous);
  bench.transport.will_answer(R"({"result":2})");
  bench.client.call(kList);
  CHECK(bench.transport.sent.back().first == "https://example.bitrix24.ru/rest/1/secret/crm.item.list");
}

TEST_CASE("an address that may not get the secret sends nothing") {
  Bench bench("http://example.bitrix24.ru/rest/1/secret/");
  const auto outcomes = bench.client.call({kAdd, kList});
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[1].cls == Class::auth);
  CHECK(outcomes[1].scope == Scope::portal);
  CHECK(outcomes[1].advice.find("https://") != std::string::npos);
  CHECK(outcomes[1].advice.find("secret/") == std::string::npos);
  CHECK(bench.transport.sent.empty());
}

TEST_CASE("addresses") {
  CHECK(parse_url("https://Example.bitrix24.ru/rest/1/AbC/")->text() ==
        "https://example.bitrix24.ru/rest/1/AbC/");
  CHECK(parse_url("https://box.example:8443/rest/")->host == "box.example");
  CHECK(parse_url("http://127.0.0.1:8000/rest/1/x/").has_value());
  CHECK(parse_url("http://localhost/").has_value());
  CHECK(parse_url("http://[::1]:80/").has_value());
  for (const char* wrong :
       {"", "example.ru/rest", "ftp://a.ru/", "http://10.0.0.1/", "http://127.0.0.1.evil.ru/",
        "https://user@a.ru/", "https:///rest", "https://a.ru:0/", "https://a.ru:99999/", "https://a.ru/x?y",
        "https://a.ru/x y", "https://a.ru/\r\nX: y", "https://[::zz]/", "http://localhost.evil.ru/",
        "https://a.ru\\@b.ru/"}) {
    INFO(wrong);
    const auto url = parse_url(wrong);
    REQUIRE_FALSE(url.has_value());
    CHECK(url.error().kind == ErrorKind::config);
  }
}
