#include "connectors/megafon/history_pull.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("megafon"); }

TimePoint at(const char* time) { return parse_iso(time, TimeZone::utc()).value(); }
const TimePoint now = at("2026-03-12T12:00:00Z");

Source tenant() {
  Source source;
  source.options["api_url"] = "https://vats000000.megapbx.ru/";
  source.options["api_key"] = "P-1234";
  source.options["crm_token"] = "K-1234";
  return source;
}

std::unique_ptr<Pull> run(const char* until = nullptr) {
  const json::Value mark = until ? json::Value::object({{"until", until}}) : json::Value();
  auto pull = service().pull(tenant(), mark, now);
  REQUIRE(pull);
  return pull;
}

HttpAnswer ok(std::string body) { return {200, {}, std::move(body)}; }

std::string url(Pull& pull) {
  const auto call = pull.next();
  return call ? call->url : "";
}

constexpr const char* address = "https://vats000000.megapbx.ru/crmapi/v1/history/json?";

std::string calls(int count) {
  std::string out = "[";
  for (int i = 0; i < count; ++i)
    out += std::string(i == 0 ? "" : ",") + R"({"uid":")" + std::to_string(i) + "\"}";
  return out + "]";
}

event::Event only(const Request& request) {
  const Reading reading = service().read(request, tenant());
  REQUIRE(reading.outcome == Outcome::accepted);
  return reading.events.front();
}

}  // namespace

TEST_CASE("megafon: the history is read only with an address and a key") {
  for (const char* missing : {"api_url", "api_key"}) {
    Source source = tenant();
    source.options[missing] = "";
    CHECK_FALSE(service().pull(source, {}, now));
  }
  Source source = tenant();
  source.options["api_url"] = "ftp://vats000000.megapbx.ru";
  CHECK_FALSE(service().pull(source, {}, now));
}

TEST_CASE(
    "megafon: the first run looks a day back, the next one begins a little before the end of the last") {
  const auto first = run();
  CHECK(first->wait() == Milliseconds{0});
  const auto call = first->next();
  REQUIRE(call);
  CHECK(call->method == "GET");
  CHECK(call->url == std::string(address) + "start=20260311T120000Z&end=20260312T120000Z&type=all&limit=100");
  CHECK(call->headers[0] == Header{"X-API-KEY", "P-1234"});
  CHECK(first->mark().is_null());
  REQUIRE(first->take(ok("[]")));
  CHECK_FALSE(first->next());
  CHECK(first->mark()["until"].text() == "2026-03-12T12:00:00+00:00");
  CHECK(url(*run("2026-03-12T11:30:00Z")) ==
        std::string(address) + "start=20260312T093000Z&end=20260312T120000Z&type=all&limit=100");
}

TEST_CASE("megafon: a long absence is read day by day, a mark that cannot be is survived") {
  const auto pull = run("2026-03-10T12:00:00Z");
  CHECK(url(*pull).find("start=20260310T100000Z&end=20260311T100000Z") != std::string::npos);
  REQUIRE(pull->take(ok("[]")));
  CHECK(pull->wait() > Milliseconds{0});
  CHECK(pull->mark()["until"].text() == "2026-03-11T10:00:00+00:00");
  CHECK(url(*pull).find("start=20260311T100000Z&end=20260312T100000Z") != std::string::npos);
  REQUIRE(pull->take(ok("{}")));
  CHECK(url(*pull).find("start=20260312T100000Z&end=20260312T120000Z") != std::string::npos);
  REQUIRE(pull->take(ok("")));
  CHECK_FALSE(pull->next());
  CHECK(url(*run("1970-01-01T00:00:00Z")).find("start=20260209T120000Z") != std::string::npos);
  CHECK(url(*run("2030-01-01T00:00:00Z")).find("start=20260312T100000Z&end=20260312T120000Z") !=
        std::string::npos);
  CHECK(url(*run("nonsense")).find("start=20260311T120000Z") != std::string::npos);
}

TEST_CASE("megafon: a span with too many calls is read as two halves, and nothing is lost or said twice") {
  const auto pull = run("2026-03-12T12:00:00Z");
  CHECK(url(*pull).find("start=20260312T100000Z&end=20260312T120000Z") != std::string::npos);
  REQUIRE(pull->take(ok(calls(100))));
  CHECK(pull->found().empty());
  CHECK(url(*pull).find("start=20260312T100000Z&end=20260312T110000Z") != std::string::npos);
  REQUIRE(pull->take(ok(calls(99))));
  CHECK(pull->found().size() == 99);
  CHECK(pull->found().empty());
  CHECK(url(*pull).find("start=20260312T110000Z&end=20260312T120000Z") != std::string::npos);
  REQUIRE(pull->take(ok(calls(1))));
  CHECK_FALSE(pull->next());
  // However many calls there are in a minute, the run comes to its end.
  const auto busy = run("2026-03-12T12:00:00Z");
  int asked = 0;
  while (busy->next() && asked < 10'000) {
    ++asked;
    REQUIRE(busy->take(ok(calls(100))));
  }
  CHECK(asked < 1'000);
  CHECK_FALSE(busy->found().empty());
}

TEST_CASE("megafon: a call that a webhook brought is the same event when it is read from the history") {
  const auto pull = run();
  REQUIRE(pull->next());
  REQUIRE(pull->take(ok(
      R"([{"uid":"A1","type":"in","status":"success","client":"79000002211","user":"petrov","group_name":"Отдел продаж","diversion":"74990001100","start":"2026-03-12T07:15:00Z","wait":11,"duration":182,"record":"https://r.example/1.mp3"},
          {"uid":"A2","type":"in","status":"missed","client":"79110003322","user":null,"start":"20260312T080210Z","wait":31,"duration":0,"missedStatus":2},
          7])")));
  const auto found = pull->found();
  REQUIRE(found.size() == 2);
  const auto post = [](std::string body) {
    Request request;
    request.method = "POST";
    request.body = std::move(body);
    return request;
  };
  const auto answered = only(found[0]);
  const auto pushed =
      only(post("cmd=history&type=in&user=petrov@vats000000.megapbx.ru&ext=702&groupRealName=x&telnum="
                "79310000702&phone=79000002211&"
                "diversion=74990001100&start=20260312T071500Z&duration=193&wait=11&callid=A1&link=https://"
                "r.example/1.mp3&crm_token="
                "K-1234&status=Success"));
  CHECK(answered.key == pushed.key);
  CHECK(answered.call->talk_s == 182);
  CHECK(answered.call->client == "+79000002211");
  CHECK(answered.fields.find("Отдел")->text() == "Отдел продаж");
  CHECK(only(found[1]).key == only(post("cmd=history&type=in&user=pbx&phone=79110003322&start="
                                        "20260312T080210Z&callid=A2&status=missed"))
                                  .key);
  CHECK(service().verify(found[0], tenant()) == Proof::good);
  CHECK(found[0].received_at == now);
}

TEST_CASE("megafon: a list may stand in items; old names are known") {
  const auto pull = run();
  REQUIRE(pull->next());
  REQUIRE(pull->take(ok(
      R"({"items":[{"uid":"A1","type":"out","client":"89000002211","account":"ivanova@t","via":"74990001100","status":"busy"}]})")));
  const auto found = pull->found();
  REQUIRE(found.size() == 1);
  const auto event = only(found[0]);
  CHECK(event.call->employee == "ivanova");
  CHECK(event.call->line == "+74990001100");
  CHECK(event.call->outcome == "busy");
}

TEST_CASE("megafon: what is no list ends the run and moves no mark") {
  struct Case {
    HttpAnswer answer;
    Move move;
  };
  for (const Case& one :
       {Case{{0, {}, ""}, Move::ours}, Case{{401, {}, ""}, Move::administrator},
        Case{{403, {}, ""}, Move::administrator}, Case{{404, {}, ""}, Move::administrator},
        Case{{429, {}, ""}, Move::ours}, Case{{502, {}, "<html>"}, Move::ours},
        Case{{200, {}, "<html>"}, Move::ours}, Case{{200, {}, R"({"error":"x"})"}, Move::ours},
        Case{{200, {}, R"("text")"}, Move::ours}, Case{{200, {}, "[{"}, Move::ours}}) {
    CAPTURE(one.answer.status);
    CAPTURE(one.answer.body);
    const auto pull = run("2026-03-12T11:30:00Z");
    REQUIRE(pull->next());
    const Done done = pull->take(one.answer);
    REQUIRE_FALSE(done);
    CHECK(done.error().move == one.move);
    CHECK(done.error().text().find("P-1234") == std::string::npos);
    CHECK(pull->found().empty());
    CHECK(pull->mark()["until"].text() == "2026-03-12T11:30:00Z");
  }
}
