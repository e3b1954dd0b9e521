#include "intake/intake.hpp"

#include <doctest/doctest.h>

#include "intake/rate.hpp"
#include "intake/test_gate.hpp"
#include "intake/understand.hpp"

using namespace b24gate;
using intake::testing::Gate;
using intake::testing::Log;

namespace {

std::vector<yaml::Network> networks(std::initializer_list<const char*> texts) {
  std::vector<yaml::Network> out;
  for (const char* text : texts) {
    yaml::Problems problems;
    const yaml::SystemSecrets secrets;
    yaml::Context context{problems, secrets};
    const auto node = yaml::parse("'" + std::string(text) + "'", "test", problems);
    yaml::read(*node, context, out.emplace_back());
    REQUIRE(problems.empty());
  }
  return out;
}

std::string address(const std::string& peer, const std::vector<http::Header>& headers,
                    const std::vector<yaml::Network>& trusted) {
  http::Request request;
  request.peer = peer;
  request.headers = headers;
  return intake::client_address(request, trusted);
}

connector::Source source_with(std::initializer_list<const char*> secrets) {
  connector::Source out;
  out.name = "site";
  for (const char* secret : secrets) out.secrets.emplace_back(std::string(secret));
  return out;
}

// What admit says of a path, and what is left of it.
std::pair<intake::Admission, std::string> admit(const connector::Source& source, std::string_view rest,
                                                const std::vector<connector::Header>& headers = {}) {
  connector::Request request;
  request.method = "POST";
  request.headers = headers;
  const auto admitted = intake::admit(*connector::find("webhook"), source, request, rest);
  return {admitted.admission, admitted.path};
}

}  // namespace

TEST_CASE("the visitor's address: only trusted proxies are believed, from the end") {
  const auto trusted = networks({"127.0.0.1", "10.0.0.0/8"});
  CHECK(address("203.0.113.5", {{"X-Forwarded-For", "1.2.3.4"}}, trusted) == "203.0.113.5");
  CHECK(address("127.0.0.1", {{"X-Forwarded-For", "198.51.100.7"}}, trusted) == "198.51.100.7");
  CHECK(address("127.0.0.1", {{"X-Forwarded-For", "6.6.6.6, 198.51.100.7, 10.1.1.1"}}, trusted) ==
        "198.51.100.7");
  CHECK(address("127.0.0.1", {{"x-forwarded-for", "6.6.6.6"}, {"X-Forwarded-For", "198.51.100.7"}},
                trusted) == "198.51.100.7");
  CHECK(address("127.0.0.1", {}, trusted) == "127.0.0.1");
  CHECK(address("127.0.0.1", {{"X-Forwarded-For", ", ,"}}, trusted) == "127.0.0.1");
}

TEST_CASE("a rate is refilled with time and says when to come again") {
  intake::RateLimits limits;
  const config::Rate rate{2, Milliseconds{1000}};
  SteadyPoint now{Milliseconds{1'000'000}};
  CHECK_FALSE(limits.take("a", rate, now));
  CHECK_FALSE(limits.take("a", rate, now));
  const auto wait = limits.take("a", rate, now);
  REQUIRE(wait);
  CHECK(*wait == Milliseconds{500});
  CHECK_FALSE(limits.take("b", rate, now));  // every source has its own
  now += Milliseconds{499};
  CHECK(limits.take("a", rate, now));
  now += Milliseconds{1};
  CHECK_FALSE(limits.take("a", rate, now));
  now += std::chrono::hours{1};
  CHECK_FALSE(limits.take("a", rate, now));
  CHECK_FALSE(limits.take("a", rate, now));
  CHECK(limits.take("a", rate, now));  // idle time is not saved up
}

TEST_CASE("the secret: in the path, in X-Api-Key, as a bearer; any of those valid now") {
  using intake::Admission;
  const auto source = source_with({"new", "old"});
  CHECK(admit(source, "/new") == std::pair(Admission::admitted, std::string()));
  CHECK(admit(source, "/old/events/call") == std::pair(Admission::admitted, std::string("/events/call")));
  CHECK(admit(source, "/wrong/events").first == Admission::wrong);
  CHECK(admit(source, "").first == Admission::missing);
  CHECK(admit(source, "/").first == Admission::missing);
  CHECK(admit(source, "/events", {{"x-api-key", "new"}}) ==
        std::pair(Admission::admitted, std::string("/events")));
  CHECK(admit(source, "", {{"Authorization", "Bearer old"}}).first == Admission::admitted);
  CHECK(admit(source, "", {{"Authorization", "bearer old"}}).first == Admission::admitted);
  CHECK(admit(source, "", {{"Authorization", "Bearer "}}).first == Admission::wrong);
  CHECK(admit(source_with({}), "/", {{"X-Api-Key", ""}}).first == Admission::missing);
  CHECK(admit(source_with({}), "/anything").first == Admission::wrong);
}

TEST_CASE("one client is known by every address of theirs") {
  event::Event event;
  event.contact.phones = {"+79030001101"};
  event.contact.emails = {"a@example.com"};
  event.contact.messengers = {{"telegram", "@a"}};
  const auto identities = intake::identities_of(event, "s");
  REQUIRE(identities.size() == 3);
  CHECK(identities[0].kind == "phone");
  CHECK(identities[2].kind == "telegram");
  CHECK(identities[2].value == "@a");
}

TEST_CASE("asking a service: what a webhook brought is known, what was missed comes in once, as a pull") {
  Gate gate;
  CHECK(gate.post("cmd=history&type=in&status=Success&callid=A&phone=79030001101&user=petrov&ext=702&"
                  "start=20260312T071500Z&duration=193&crm_token=token") == 200);
  CHECK(gate.events("").size() == 1);
  CHECK(gate.stored == 1);
  const std::string known =
      R"({"uid":"A","type":"in","status":"success","client":"79030001101","account":"petrov@vats",)"
      R"("start":"2026-03-12T07:15:00Z","duration":180})";
  const std::string missed =
      R"({"uid":"B","type":"in","status":"missed","client":"79030001102","start":"2026-03-12T08:00:00Z"})";
  const std::string out =
      R"({"uid":"C","type":"out","status":"success","client":"79030001103","account":"ivanova@vats",)"
      R"("start":"2026-03-12T09:00:00Z","duration":10})";

  CHECK(gate.pull("[" + known + "]") == 0);
  CHECK(gate.events("").size() == 1);
  CHECK(gate.fixture.number("SELECT count(*) FROM requests") == 1);  // it leaves no trace
  CHECK(gate.stored == 1);

  CHECK(gate.pull("[" + known + "," + missed + "," + out + "]") == 2);
  CHECK(gate.stored == 3);
  const auto pulled = gate.events("pull");
  REQUIRE(pulled.size() == 2);
  for (const auto& event : pulled) {
    CHECK(event.source == "pbx");
    CHECK(event.state == journal::EventState::received);  // on its way to the portal
    const auto data = json::parse(event.data);
    REQUIRE(data);
    const bool is_missed = (*data)["call"]["id"].text() == "B";
    CHECK((*data)["creates_lead"].boolean() == is_missed);
    CHECK((*data)["call"]["outcome"].text() == (is_missed ? "missed" : "answered"));
  }
  CHECK(gate.events("webhook").size() == 1);

  // An hour later the same calls are read again, and the webhook of a missed one comes after all.
  CHECK(gate.pull("[" + known + "," + missed + "," + out + "]") == 0);
  CHECK(gate.post("cmd=history&type=in&status=missed&callid=B&phone=79030001102&start=20260312T080000Z&"
                  "duration=0&crm_token=token") == 200);
  CHECK(gate.events("").size() == 3);
  // The token that the PBX is known by is not kept, on whichever way it came.
  CHECK(gate.fixture.number(
            "SELECT count(*) FROM requests WHERE instr(body, 'token=token') OR instr(body, '\"token\"')") ==
        0);
  CHECK_FALSE(gate.feed("nobody"));
}

namespace {

constexpr const char* kApplication =
    ", secret: s3cret, application: { client_id: local.1, client_secret: hidden }";
constexpr const char* kInstalled =
    "event=ONAPPINSTALL&data%5BVERSION%5D=1&ts=1766047124&auth%5Baccess_token%5D=acc-1&"
    "auth%5Brefresh_token%5D=ref-1&auth%5Bexpires_in%5D=3600&auth%5Bscope%5D=crm%2Ctelephony&"
    "auth%5Bapplication_token%5D=app-token&auth%5Bmember_id%5D=m1&auth%5Bdomain%5D=";

using State = portal::Standing::State;

}  // namespace

TEST_CASE("an installation is kept before it is answered, and stands nowhere in clear") {
  Log written;
  Gate gate(kApplication);
  gate.vault.waits = true;
  CHECK(gate.from_portal("/portal/s3cret/install", std::string(kInstalled) + "127.0.0.1%3A1").status == 0);
  REQUIRE(gate.vault.later);
  CHECK(gate.application.standing().state == State::not_installed);
  gate.vault.later({});
  CHECK(gate.answer.status == 200);
  CHECK(gate.answer.body == R"({"status":"installed"})");
  CHECK(gate.application.standing().state == State::ready);
  CHECK(gate.application.knows("app-token"));
  CHECK(gate.fixture.number("SELECT count(*) FROM requests") == 0);
  for (const char* secret : {"acc-1", "ref-1", "app-token", "s3cret", "hidden"}) {
    INFO(secret);
    CHECK(gate.vault.bytes.find(secret) == std::string::npos);
    CHECK(written.lines.find(secret) == std::string::npos);
  }
}

TEST_CASE("an installation that is not ours is refused, and nothing is kept") {
  Log written;
  Gate gate(kApplication);
  CHECK(gate.from_portal("/portal/s3cret/install", std::string(kInstalled) + "evil.example").status == 403);
  CHECK(written.lines.find("B24-7004") != std::string::npos);
  CHECK(written.lines.find("acc-1") == std::string::npos);
  CHECK(gate.from_portal("/portal/wrong/install", std::string(kInstalled) + "127.0.0.1").status == 401);
  CHECK(gate.from_portal("/portal/install", std::string(kInstalled) + "127.0.0.1").status == 401);
  CHECK(gate.from_portal("/portal//install", std::string(kInstalled) + "127.0.0.1").status == 401);
  CHECK(gate.from_portal("/portal/s3cret/install", "", "", "GET").status == 405);
  CHECK(gate.from_portal("/portal/s3cret/install", "event=ONCRMLEADADD").status == 400);
  CHECK(gate.from_portal("/portal/s3cret/install", "event=ONAPPINSTALL&auth[domain]=127.0.0.1").status ==
        400);
  CHECK(gate.vault.bytes.empty());
  gate.vault.broken = true;
  CHECK(gate.from_portal("/portal/s3cret/install", std::string(kInstalled) + "127.0.0.1").status == 503);
  CHECK(gate.application.standing().state == State::not_installed);

  Gate without(", secret: s3cret");
  CHECK(without.from_portal("/portal/s3cret/install", std::string(kInstalled) + "127.0.0.1").status == 404);
  CHECK(without.from_portal("/portal/s3cret", "event=ONCRMLEADADD").status == 404);
}

TEST_CASE("a page of the application is shown when it is installed, and mends nothing that works") {
  Gate gate(kApplication);
  const auto page = gate.from_portal("/portal/s3cret/install",
                                     "AUTH_ID=acc-2&REFRESH_ID=ref-2&AUTH_EXPIRES=3600&member_id=m1",
                                     "DOMAIN=127.0.0.1&PROTOCOL=1&LANG=ru");
  CHECK(page.status == 200);
  CHECK(page.content_type == "text/html; charset=utf-8");
  CHECK(page.body.find("installFinish") != std::string::npos);
  CHECK(page.body.find("acc-2") == std::string::npos);
  CHECK(gate.application.standing().state == State::ready);
  const std::string kept = gate.vault.bytes;
  CHECK(gate.from_portal("/portal/s3cret/install",
                         "AUTH_ID=acc-3&REFRESH_ID=ref-3&member_id=m1&DOMAIN=127.0.0.1")
            .status == 200);
  CHECK(gate.vault.bytes == kept);
  CHECK_FALSE(gate.application.knows(""));
}

TEST_CASE("events are proved by the token of the outgoing webhook, or by the application's") {
  Gate gate(std::string(kApplication) + ", application_token: webhook-token");
  const auto event = [&](const std::string& token, const std::string& name = "OnCrmLeadAdd") {
    return gate.from_portal("/portal/s3cret", "event=" + name + "&auth[application_token]=" + token).status;
  };
  CHECK(event("webhook-token") == 200);
  CHECK(event("app-token") == 401);  // nothing is installed
  CHECK(event("") == 401);
  REQUIRE(gate.from_portal("/portal/s3cret/install", std::string(kInstalled) + "127.0.0.1").status == 200);
  CHECK(event("app-token") == 200);
  CHECK(event("webhook-token") == 200);
  CHECK(event("app-tokem") == 401);
  CHECK(gate.told == std::vector<std::string>(3, "oncrmleadadd"));
  // What was answered 200 is in the journal, without the token.
  const auto kept = gate.request(1);
  CHECK(kept.source == "portal-events");
  CHECK(kept.target == "/portal/***");
  CHECK(kept.outcome == "ignored");
  CHECK(kept.reason == "what has changed is read from the portal");
  CHECK(kept.body == R"({"event":"OnCrmLeadAdd","data":null})");
  CHECK(kept.answer == R"({"status":"accepted"})");
  CHECK(gate.request(3).source == "portal-events");

  // The webhook's token does not remove the application, its own does.
  CHECK(event("webhook-token", "ONAPPUNINSTALL") == 200);
  CHECK(
      gate.from_portal("/portal/s3cret/install", "event=ONAPPUNINSTALL&auth[application_token]=webhook-token")
          .status == 403);
  CHECK(gate.application.standing().state == State::ready);
  CHECK(event("app-token", "ONAPPUNINSTALL") == 200);
  CHECK(gate.application.standing().state == State::not_installed);
  CHECK(gate.vault.bytes.empty());
  CHECK(event("app-token") == 401);

  REQUIRE(gate.from_portal("/portal/s3cret/install", std::string(kInstalled) + "127.0.0.1").status == 200);
  CHECK(gate.from_portal("/portal/s3cret/install", "event=ONAPPUNINSTALL&auth[application_token]=app-token")
            .status == 200);
  CHECK(gate.vault.bytes.empty());
}

TEST_CASE("a click on a number is on disk before it is answered, once, without the token that came with it") {
  Gate gate(std::string(kApplication) + ", application_token: webhook-token");
  const std::string click =
      "event=ONEXTERNALCALLSTART&data[CALL_ID]=externalCall.a.1&data[USER_ID]=12&data[EXTENSION]=112&"
      "data[PHONE_NUMBER_INTERNATIONAL]=%2B79030001101&data[LINE_NUMBER]=74950001122&"
      "auth[access_token]=acc-9&auth[application_token]=webhook-token";
  const auto answer = [&](const std::string& form) {
    gate.from_portal("/portal/s3cret", form);
    REQUIRE(gate.fixture.journal->write_now([](journal::Tx&) { return Done(); }));
    return gate.answer;
  };
  CHECK(answer(click).status == 200);
  CHECK(gate.stored == 1);
  CHECK(gate.told == std::vector<std::string>{"onexternalcallstart"});
  const auto events = gate.events("webhook");
  REQUIRE(events.size() == 1);
  CHECK(events[0].source == "portal");
  CHECK(events[0].key == "portal:call:externalCall.a.1");
  CHECK(events[0].state == journal::EventState::received);
  CHECK(events[0].urgent);
  const auto data = json::parse(events[0].data).value();
  CHECK(data["call"]["ordered_by"].text() == "12");
  CHECK(data["call"]["line"].text() == "+74950001122");
  CHECK(data["contact"]["phones"].at(0).text() == "+79030001101");
  CHECK(gate.fixture.number("SELECT count(*) FROM requests WHERE instr(body, 'acc-9') OR instr(body, "
                            "'webhook-token') OR instr(target, 's3cret')") == 0);

  // Somebody else has just called the same client by hand: that is another call.
  CHECK(gate.post("cmd=event&type=OUTGOING&phone=79030001102&direction=out&callid=Z&user=petrov&"
                  "crm_token=token") == 200);
  std::string other = click;
  other.replace(other.find("externalCall.a.1"), 16, "externalCall.a.2");
  other.replace(other.find("%2B79030001101"), 14, "%2B79030001102");
  CHECK(answer(other).status == 200);
  for (const auto& event : gate.events("webhook")) {
    if (event.key != "portal:call:externalCall.a.2") continue;
    auto reader = gate.fixture.journal->reader();
    CHECK(journal::conversation_of(*reader, event.id).value().data.empty());
  }
  CHECK(gate.events("").size() == 3);

  CHECK(answer(click).body.find("duplicate") != std::string::npos);
  CHECK(gate.events("").size() == 3);
  CHECK(answer("event=ONEXTERNALCALLSTART&auth[application_token]=webhook-token").status == 200);
  CHECK(gate.events("").size() == 3);
  // The pages of the source are nobody's to post to.
  http::Request request;
  request.method = "POST";
  request.path = "/hook/portal";
  request.body = R"({"event":"ONEXTERNALCALLSTART","data":{"CALL_ID":"x","USER_ID":"12"}})";
  gate.hook(std::move(request));
  CHECK(gate.answer.status == 401);
}
