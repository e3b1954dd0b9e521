#include <doctest/doctest.h>

#include <algorithm>

#include "connector/connector.hpp"
#include "connectors/mango/account.hpp"
#include "connectors/mango/envelope.hpp"
#include "connectors/mango/outcome.hpp"
#include "text/percent.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("mango"); }

Source source() {
  Source out;
  out.name = "pbx";
  out.options["api_key"] = "k+/=1";
  out.options["salt"] = "s a l t";
  return out;
}

Request post(std::string path, std::string_view json) {
  Request request;
  request.method = "POST";
  request.path = std::move(path);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = mango::Account(source().options).signed_form(json);
  return request;
}

event::Event only(const std::string& path, std::string_view json, const Source& of = source()) {
  const Reading reading = service().read(post(path, json), of);
  CAPTURE(json);
  REQUIRE(reading.outcome == Outcome::accepted);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}

event::Event summary(std::string_view json) { return only("/events/summary", json); }
event::Event leg(std::string_view json) { return only("/events/call", json); }

std::string outcome(int direction, std::string_view reason) {
  return summary(R"({"entry_id":"E","call_direction":)" + std::to_string(direction) +
                 R"(,"talk_time":0,"disconnect_reason":)" + std::string(reason) + "}")
      .call->outcome;
}

}  // namespace

TEST_CASE("mango: the signature is over the bytes of json after one decoding") {
  const auto proof = [](std::string body) {
    Request request = post("/events/call", "{}");
    request.body = std::move(body);
    return service().verify(request, source());
  };
  const std::string json = R"({"a": "b c+%41С"})";
  const std::string good = post("", json).body;
  CHECK(proof(good) == Proof::good);
  // Another way to write the same bytes.
  const auto account = mango::Account(source().options);
  const std::string signature = mango::open(good).sign;
  CHECK(proof("json=%7b%22a%22:+%22b+c%2B%2541\xD0\xA1%22}&vpbx_api_key=k%2b/%3D1&sign=" + signature) ==
        Proof::good);
  // The same value written another way is another text.
  CHECK(proof("json=" + text::percent_encoded(R"({"a":"b c+%41С"})") +
              "&vpbx_api_key=k%2B%2F%3D1&sign=" + signature) == Proof::bad);
  std::string upper = signature;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; });
  CHECK(account.sign_matches(upper, json));
  CHECK_FALSE(account.sign_matches(signature.substr(1), json));
  CHECK_FALSE(account.sign_matches("", json));
  CHECK(proof("vpbx_api_key=other&sign=" + signature + "&json=" + text::percent_encoded(json)) == Proof::bad);
  CHECK(proof("sign=" + signature + "&json=" + text::percent_encoded(json)) == Proof::bad);
  CHECK(proof("vpbx_api_key=k%2B%2F%3D1&json=" + text::percent_encoded(json)) == Proof::bad);
  CHECK(proof("json={}") == Proof::bad);
  CHECK(proof("nonsense") == Proof::bad);
  // A second json is not what was signed.
  const Reading doubled = [&] {
    Request request = post("/events/summary", json);
    request.body += "&json=" + text::percent_encoded(R"({"entry_id":"FORGED"})");
    CHECK(service().verify(request, source()) == Proof::good);
    return service().read(request, source());
  }();
  REQUIRE(doubled.events.size() == 1);
  CHECK(doubled.events[0].call->id.empty());
}

TEST_CASE("mango: a sign made elsewhere") {
  Source demo;
  demo.options["api_key"] = "demo-vpbx-key";
  demo.options["salt"] = "demo-vpbx-salt";
  CHECK(mango::Account(demo.options)
            .sign_matches("6d28723a94de64f654c123899fd41da71e5f99becf1c8ba949b732b3839cbaa6",
                          R"({"command_id":"b24gate-000017","result":1000})"));
}

TEST_CASE("mango: only key and salt together prove anything") {
  CHECK(service().can_prove(source().options));
  CHECK_FALSE(service().can_prove({}));
  Source half;
  half.options["api_key"] = "k+/=1";
  CHECK_FALSE(service().can_prove(half.options));
  CHECK(service().verify(post("/events/call", "{}"), half) == Proof::absent);
  half.options["salt"] = "";
  CHECK_FALSE(service().can_prove(half.options));
}

TEST_CASE("mango: the check of the connection") {
  Request request;
  request.method = "POST";
  for (const char* path : {"", "/", "//"}) {
    request.path = path;
    CHECK(service().verify(request, source()) == Proof::good);
    CHECK(service().verify(request, {}) == Proof::absent);
    CHECK(service().read(request, source()).outcome == Outcome::probe);
  }
  // A wrong secret in the address is no base address.
  request.path = "/wrong-secret";
  CHECK(service().verify(request, source()) == Proof::absent);
  request.path = "";
  request.query = "a=1";
  CHECK(service().verify(request, source()) == Proof::absent);
  request.query = "";
  request.method = "GET";
  CHECK(service().verify(request, source()) == Proof::absent);
}

TEST_CASE("mango: slashes of the path") {
  for (const char* path : {"/events/summary", "//events//summary", "/events/summary/",
                           "/SECRETevents/summary", "events/summary", "/events/base/events/summary//"}) {
    CAPTURE(path);
    CHECK(mango::event_path(path) == "/events/summary");
    CHECK(only(path, R"({"entry_id":"E"})").key == "mango:summary:E");
  }
  CHECK(mango::event_path("/result/stats/") == "/result/stats");
  for (const char* path : {"", "/", "/events", "/summary", "/events/"}) CHECK(mango::event_path(path) == "");
  for (const char* path : {"",
                           "/events/dtmf",
                           "/events/sms",
                           "/events/ab/",
                           "/events/record/tagged",
                           "/events/recognized/offline",
                           "/events/user/status_changed",
                           "/events/md/any",
                           "/events/dct",
                           "/result/callback",
                           "/result/route",
                           "/result/call/hangup",
                           "/result/recording/start",
                           "/result/transfer",
                           "/result/sms",
                           "/result/stat",
                           "/result/stats",
                           "/events/Summary",
                           "/events/summary/more",
                           "/unknown"}) {
    CAPTURE(path);
    const Reading reading = service().read(post(path, R"({"entry_id":"E"})"), source());
    CHECK(reading.outcome == Outcome::ignored);
    CHECK_FALSE(reading.reason.empty());
  }
}

TEST_CASE("mango: what cannot be read") {
  for (const char* json : {"", "{", "[]", "null", "\"text\"", "1", R"({"a":1}x)"}) {
    CAPTURE(json);
    CHECK(service().read(post("/events/call", json), source()).outcome == Outcome::unreadable);
  }
  Request request = post("/events/call", "{}");
  request.body = "vpbx_api_key=x&sign=y";
  CHECK(service().read(request, source()).outcome == Outcome::unreadable);
  // Twice decoded it would be another text: a % stays.
  CHECK(only("/events/summary", R"({"entry_id":"a%2Bb+c"})").call->id == "a%2Bb+c");
}

TEST_CASE("mango: keys of repeats") {
  const auto key = [](const char* json) { return leg(json).key; };
  CHECK(key(R"({"call_id":"C","seq":2})") == "mango:call:C:2");
  CHECK(key(R"({"call_id":"C","seq":"2"})") == "mango:call:C:2");
  CHECK(key(R"({"call_id":"C","seq":" 2"})") != "mango:call:C:1");
  CHECK(key(R"({"call_id":"C","seq":3})") != key(R"({"call_id":"C","seq":2})"));
  CHECK(key(R"({"call_id":"C:1","seq":2})") != key(R"({"call_id":"C","seq":"1:2"})"));
  CHECK(key(R"({"call_id":"C","call_state":"Appeared"})") !=
        key(R"({"call_id":"C","call_state":"Connected"})"));
  CHECK(key(R"({"call_id":"C"})") == key(R"({"call_id":"C"})"));
  CHECK(summary(R"({"entry_id":"C"})").key == "mango:summary:C");
  CHECK(summary(R"({"from":{"number":"1"}})").key != summary(R"({"from":{"number":"2"}})").key);
  CHECK(only("/events/record/added", R"({"recording_id":"C","entry_id":"E"})").key == "mango:record:C");
  CHECK(only("/events/recording", R"({"recording_id":"C","seq":"1"})").key == "mango:recording:C:1");
  // Ids have up to 128 bytes.
  const std::string longest(128, 'x');
  CHECK(leg(R"({"call_id":")" + longest + R"(","seq":17})").key == "mango:call:" + longest + ":17");
}

TEST_CASE("mango: direction of a leg") {
  const auto direction = [](const char* json) { return leg(json).call->direction; };
  CHECK(direction(R"({"from":{"number":"79000001122"},"to":{"extension":"101"}})") == "in");
  CHECK(direction(R"({"from":{},"to":{"number":"74950001122"}})") == "in");
  CHECK(direction("{}") == "in");
  CHECK(direction(R"({"from":{"extension":"101"},"to":{"number":"7900"}})") == "out");
  CHECK(direction(R"({"from":{"extension":101},"to":{"extension":102}})") == "internal");
  CHECK(direction(R"({"from":{"extension":""},"to":{"extension":"102"}})") == "in");
  CHECK(direction(
            R"({"from":{"number":"7900"},"to":{"extension":"101"},"callback_initiator":"CallbackWidget"})") ==
        "out");
  CHECK(direction(R"({"from":{"number":"7900"},"to":{"extension":"101"},"callback_initiator":""})") == "in");
  CHECK(direction(R"({"from":{"number":"7900"},"to":{"extension":"101"},"task_id":5})") == "out");
  CHECK(direction(R"({"from":{"number":"7900"},"to":{"extension":"101"},"command_id":"c"})") == "out");
  // A command about a call that was there already: a route, a transfer.
  CHECK(
      direction(
          R"({"from":{"number":"7900","taken_from_call_id":"x"},"to":{"extension":"101"},"command_id":"c"})") ==
      "in");
}

TEST_CASE("mango: both sides of a callback name the same client and employee") {
  const auto first = leg(R"({"from":{"number":"79210000677"},"to":{"extension":"101","number":"sip:a@b"},)"
                         R"("callback_initiator":"API"})");
  const auto second = leg(R"({"from":{"extension":"101","number":"sip:a@b"},"to":{"number":"79210000677"},)"
                          R"("callback_initiator":"API"})");
  for (const auto& event : {first, second}) {
    CHECK(event.call->client == "79210000677");
    CHECK(event.call->extension == "101");
    CHECK(event.contact.phones == std::vector<std::string>{"79210000677"});
  }
}

TEST_CASE("mango: initiators with Cyrillic letters") {
  const auto initiator = [](const char* text) {
    return leg(std::string(R"({"callback_initiator":")") + text + "\"}").fields["Обратный звонок"].text();
  };
  CHECK(initiator("СС") == "CC");
  CHECK(initiator("CC") == "CC");
  CHECK(initiator("MissGroupСallCallback") == "MissGroupCallCallback");
  CHECK(initiator("Ждём") == "Ждём");
}

TEST_CASE("mango: a leg that ends is not always the call's end") {
  const auto state = [](const char* rest) {
    return leg(std::string(R"({"call_state":"Disconnected",)") + rest + "}").call->state;
  };
  CHECK(state(R"("location":"abonent")") == "ended");
  CHECK(state(R"("location":"ivr")") == "");
  CHECK(state(R"("location":"queue")") == "");
  CHECK(state(R"("location":"abonent","from":{"was_transferred":true})") == "");
  CHECK(state(R"("location":"abonent","to":{"was_transfered":"true"})") == "");
  CHECK(state(R"("location":"abonent","from":{"was_transferred":false})") == "ended");
  CHECK(state(R"("location":"abonent","disconnect_reason":1000)") == "");
  CHECK(leg(R"({"call_state":"Dancing"})").call->state == "");
  CHECK(leg(R"({"call_state":"Dancing"})").action == event::Action::ignore);
}

TEST_CASE("mango: outcomes of calls in which nobody talked") {
  for (const char* code : {"1110", "1111", "1120", "1170", "1179", "0", "null", "\"1110\"", "3201", "5000"})
    CHECK(outcome(1, code) == "missed");
  for (const char* code : {"1151", "1152", "4502", "1153", "\"1151\""}) CHECK(outcome(1, code) == "blocked");
  const std::pair<const char*, const char*> out[] = {
      {"1121", "busy"},        {"1122", "rejected"},    {"1123", "rejected"},    {"1124", "rejected"},
      {"1129", "rejected"},    {"1111", "no_answer"},   {"1110", "no_answer"},   {"1119", "no_answer"},
      {"1130", "unavailable"}, {"1139", "unavailable"}, {"1140", "blocked"},     {"1149", "blocked"},
      {"4502", "blocked"},     {"3200", "unavailable"}, {"3299", "unavailable"}, {"2000", "unavailable"},
      {"5999", "unavailable"}, {"\"1121\"", "busy"},    {"1170", "unknown"},     {"9", "unknown"},
      {"-1121", "unknown"},    {"null", "unknown"},     {"\"x\"", "unknown"}};
  for (const auto& one : out) {
    CAPTURE(one.first);
    CHECK(outcome(2, one.first) == one.second);
  }
}

TEST_CASE("mango: answered is who talked, whatever entry_result says") {
  const auto of = [](const char* rest) {
    return *summary(std::string(R"({"call_direction":1,)") + rest + "}").call;
  };
  CHECK(of(R"("entry_result":1,"talk_time":0,"disconnect_reason":1170)").outcome == "missed");
  CHECK(of(R"("entry_result":0,"talk_time":"1773299719")").outcome == "answered");
  const auto call = of(
      R"("create_time":"1773299700","forward_time":0,"talk_time":1773299719,"end_time":"1773299922","disconnect_reason":1121)");
  CHECK(call.outcome == "answered");
  CHECK(call.wait_s == 19);
  CHECK(call.talk_s == 203);
  CHECK(of(R"("create_time":1773299700,"talk_time":"","end_time":1773299731)").wait_s == 31);
  // Times that cannot be.
  const auto odd = of(R"("create_time":1773299700,"talk_time":1773299600,"end_time":1773299500)");
  CHECK(odd.outcome == "answered");
  CHECK_FALSE(odd.wait_s);
  CHECK_FALSE(odd.talk_s);
  CHECK_FALSE(of(R"("create_time":1,"talk_time":99999999999999,"end_time":-5)").started_at);
}

TEST_CASE("mango: who it was") {
  // Answered by an extension without a number: an employee, not a group.
  auto event = summary(
      R"({"entry_id":"E","call_direction":"1","from":{"number":79000001122},"to":{"extension":101},"talk_time":5})");
  CHECK(event.call->extension == "101");
  CHECK(event.fields.empty());
  CHECK(event.contact.phones == std::vector<std::string>{"79000001122"});
  // The first who missed it.
  event = summary(R"({"call_direction":1,"to":{"extension":"101","number":"sip:a@b"},"talk_time":0})");
  CHECK(event.call->extension == "101");
  // Ended in the menu.
  event = summary(R"({"call_direction":1,"from":{},"to":{},"talk_time":0})");
  CHECK(event.call->extension == "");
  CHECK(event.call->client == "");
  CHECK(event.contact.phones.empty());
  CHECK(event.action == event::Action::create);
  CHECK(event.text.find("номер скрыт") != std::string::npos);
  event =
      summary(R"({"call_direction":0,"from":{"extension":"101"},"to":{"extension":"102"},"talk_time":5})");
  CHECK(event.action == event::Action::ignore);
  CHECK_FALSE(event.creates_lead);
  CHECK(event.call->direction == "internal");
  CHECK(event.contact.phones.empty());
  // The direction is missing: told from the sides.
  CHECK(summary(R"({"from":{"extension":"101"},"to":{"number":"79000001122"}})").call->direction == "out");
  CHECK(summary(R"({"from":{"number":"79000001122"},"to":{"extension":"101"}})").call->direction == "in");
  CHECK(summary(R"({"call_direction":7,"from":{"extension":"1"},"to":{"extension":"2"}})").call->direction ==
        "internal");
}

TEST_CASE("mango: clients with SIP addresses") {
  const auto client = [](const char* number) {
    return summary(std::string(R"({"call_direction":1,"from":{"number":")") + number + R"("},"to":{}})");
  };
  CHECK(client("sip:79000001122@vpbx400999111.mangosip.ru").contact.phones ==
        std::vector<std::string>{"79000001122"});
  CHECK(client("SIP:+79000001122;user=phone").call->client == "+79000001122");
  CHECK(client("sip:petrov@example.com").contact.phones.empty());
  CHECK(client("sip:petrov@example.com").call->client == "sip:petrov@example.com");
  CHECK(client("anonymous").contact.phones.empty());
  CHECK(client("").call->client == "");
}

TEST_CASE("mango: call tracking") {
  const auto tracked = [](const char* dct) {
    return summary(std::string(R"({"call_direction":1,"from":{"number":"79000001122"},"dct":)") + dct + "}");
  };
  const auto event = tracked(R"({"number":"74950003344","type":1})");
  REQUIRE(event.fields.find("Коллтрекинг"));
  CHECK(event.fields.find("Коллтрекинг")->text() == "74950003344");
  CHECK(event.text.find("Коллтрекинг: 74950003344") != std::string::npos);
  CHECK(tracked(R"({"number":"74950003344","type":"2"})").fields.size() == 1);
  CHECK(tracked(R"({"number":"74950003344","type":0})").fields.empty());
  CHECK(tracked(R"({"type":1})").fields.empty());
  CHECK(tracked("[]").fields.empty());
}

TEST_CASE("mango: the clock behind the numbers") {
  CHECK(mango::parse_offset("+03:00") == Seconds{10'800});
  CHECK(mango::parse_offset("-03:30") == Seconds{-12'600});
  CHECK(mango::parse_offset("3") == Seconds{10'800});
  CHECK(mango::parse_offset("10800") == Seconds{10'800});
  for (const char* text : {"", "0", "x", "3h", "99999999999", "+15:00", "+03:99", "14:30", ":", "+"})
    CHECK(mango::parse_offset(text) == Seconds{0});
  Source late = source();
  late.options["time_offset"] = "+03:00";
  const char* json = R"({"create_time":1773299700,"timestamp":1773299700})";
  CHECK(to_unix_ms(*only("/events/summary", json, late).occurred_at) == 1773288900000);
  CHECK(to_unix_ms(*only("/events/call", json, late).occurred_at) == 1773288900000);
  CHECK(to_unix_ms(*only("/events/summary", json).occurred_at) == 1773299700000);
}

TEST_CASE("mango: recordings") {
  event::Call call;
  CHECK_FALSE(service().recording(call, source(), {}));
  call.recording = event::Recording{"rec/1=", ""};
  CHECK_FALSE(service().recording(call, source(), {}));
  Source wants = source();
  wants.options["recordings"] = true;
  const auto fetch = service().recording(call, wants, {});
  REQUIRE(fetch);
  CHECK(fetch->method == "POST");
  CHECK(fetch->url == "https://app.mango-office.ru/vpbx/queries/recording/post");
  Request sent;
  sent.body = fetch->body;
  CHECK(service().verify(sent, wants) == Proof::good);
  CHECK(mango::open(fetch->body).json == R"({"recording_id":"rec/1=","action":"download"})");
  wants.options["api_url"] = "https://pbx.example/vpbx";
  CHECK(service().recording(call, wants, {})->url == "https://pbx.example/vpbx/queries/recording/post");
  wants.options["salt"] = "";
  CHECK_FALSE(service().recording(call, wants, {}));
  // Too short to be kept, and one that nobody could fetch.
  CHECK(only("/events/recording", R"({"recording_id":"R","seq":2,"completion_code":4002})").note ==
        "a recording that was too short to be kept");
  CHECK(only("/events/record/added", R"({"entry_id":"E"})").action == event::Action::ignore);
}

TEST_CASE("mango: nothing secret is stored, wherever it stands") {
  Source with_secret = source();
  with_secret.secrets = {Secret("URL-SECRET")};
  Request request = post("/URL-SECRETevents/summary", R"({"entry_id":"E","x":"s a l t"})");
  request.query = "vpbx_api_key=k%2B%2F%3D1";
  const std::string sign = mango::open(request.body).sign;
  service().redact(request, with_secret);
  const std::string all = request.path + request.query + request.body;
  for (const auto& secret : {std::string("URL-SECRET"), std::string("k%2B"), std::string("s%20a"), sign})
    CHECK(all.find(secret) == std::string::npos);
  const Reading reading = service().read(request, with_secret);
  REQUIRE(reading.events.size() == 1);
  CHECK(reading.events[0].key == "mango:summary:E");
}
