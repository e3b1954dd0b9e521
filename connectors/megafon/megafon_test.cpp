#include <doctest/doctest.h>

#include "connector/connector.hpp"
#include "connectors/megafon/api.hpp"
#include "connectors/megafon/values.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("megafon"); }

Request post(std::string body) {
  Request request;
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

event::Event only(const Request& request) {
  const Reading reading = service().read(request, {});
  REQUIRE(reading.outcome == Outcome::accepted);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}
event::Event only(std::string body) { return only(post(std::move(body))); }

event::Event history(const std::string& more) {
  return only("cmd=history&callid=A1&phone=79030006108&start=20260312T071500Z&" + more);
}

Source with_secret(const char* secret) {
  Source source;
  source.secrets = {Secret(secret)};
  return source;
}

Source with_token(const char* token) {
  Source source;
  source.options["crm_token"] = token;
  return source;
}

}  // namespace

TEST_CASE("megafon: crm_token is the proof, byte for byte, in a form, in JSON and in the query") {
  const auto proof = [](const Request& request, const Source& source) {
    return service().verify(request, source);
  };
  CHECK(proof(post("cmd=event&crm_token=K-1234"), with_secret("K-1234")) == Proof::good);
  CHECK(proof(post("cmd=event&crm_token=K-1234"), with_token("K-1234")) == Proof::good);
  CHECK(proof(post(R"({"cmd":"event","crm_token":"K-1234"})"), with_secret("K-1234")) == Proof::good);
  CHECK(proof(post(R"({"cmd":"event","crm_token":12345})"), with_secret("12345")) == Proof::good);
  Request get;
  get.method = "GET";
  get.query = "cmd=history&crm_token=K-1234";
  CHECK(proof(get, with_secret("K-1234")) == Proof::good);
  for (const char* wrong : {"k-1234", "K-1234%20", "K-123", "K-12345", "***"})
    CHECK(proof(post(std::string("cmd=event&crm_token=") + wrong), with_secret("K-1234")) == Proof::bad);
  CHECK(proof(post("crm_token=K-1234&crm_token=K-1234"), with_secret("K-1234")) == Proof::bad);
  CHECK(proof(post("cmd=event&crm_token=any"), {}) == Proof::bad);
  // Without a token the source's secret may still stand in the address, unless the option says there is a
  // token.
  CHECK(proof(post("cmd=event"), with_secret("K-1234")) == Proof::absent);
  CHECK(proof(post("cmd=event&crm_token="), with_secret("K-1234")) == Proof::absent);
  CHECK(proof(post("cmd=event"), with_token("K-1234")) == Proof::bad);
  CHECK(proof(post("{broken"), with_token("K-1234")) == Proof::bad);
  Source both = with_token("K-1234");
  both.secrets = {Secret("S-1234"), Secret("S-5678")};
  for (const char* token : {"K-1234", "S-1234", "S-5678"})
    CHECK(proof(post(std::string("crm_token=") + token), both) == Proof::good);
  CHECK(service().can_prove(with_token("K").options));
  CHECK_FALSE(service().can_prove({}));
}

TEST_CASE("megafon: refusals in the words of the PBX") {
  for (const char* why : {"missing", "wrong"}) {
    const auto answer = service().refusal(Refusal::unauthorized, why);
    REQUIRE(answer);
    CHECK(answer->status == 401);
    CHECK(json::write(answer->body) == R"({"error":"Invalid token"})");
  }
  const auto unreadable = service().refusal(Refusal::unreadable, "");
  REQUIRE(unreadable);
  CHECK(unreadable->status == 400);
  CHECK(json::write(unreadable->body) == R"({"error":"Invalid parameters"})");
  CHECK_FALSE(service().refusal(Refusal::not_stored, ""));
  for (const char* body : {"", "cmd=noise", "callid=1", "{broken", "[]", R"({"cmd":{}})"}) {
    CAPTURE(body);
    const Reading reading = service().read(post(body), {});
    CHECK(reading.outcome == Outcome::unreadable);
    CHECK(reading.status == 400);
    CHECK(json::write(reading.answer) == R"({"error":"Invalid parameters"})");
  }
}

TEST_CASE("megafon: what is not known of a known command changes nothing") {
  CHECK(service().read(post("cmd=event&type=TELEPORTED&callid=1"), {}).outcome == Outcome::ignored);
  CHECK(service().read(post("cmd=history&type=sideways&callid=1"), {}).outcome == Outcome::ignored);
  CHECK(service().read(post("cmd=history&callid=1"), {}).outcome == Outcome::ignored);
  CHECK(only("cmd=history&direction=out&callid=1").call->direction == "out");
  CHECK(only("cmd=event&type=INCOMING&callid=1&future=field").call->state == "ringing");
}

TEST_CASE("megafon: outcomes by direction, in any letter case") {
  const auto outcome = [](const char* type, const char* status) {
    return history(std::string("type=") + type + "&duration=9&status=" + status).call->outcome;
  };
  CHECK(outcome("in", "SUCCESS") == "answered");
  CHECK(outcome("in", "Missed") == "missed");
  CHECK(outcome("in", "cancel") == "missed");
  CHECK(outcome("out", "success") == "answered");
  CHECK(outcome("out", "BUSY") == "busy");
  CHECK(outcome("out", "notavailable") == "unavailable");
  CHECK(outcome("out", "NotAllowed") == "blocked");
  CHECK(outcome("out", "NotFound") == "unavailable");
  CHECK(outcome("out", "Cancel") == "no_answer");
  CHECK(outcome("out", "missed") == "no_answer");
  CHECK(outcome("in", "Succeeded") == "unknown");
  CHECK(outcome("in", "") == "unknown");
  CHECK(history("type=in&status=Novel").text.find("Статус: Novel") != std::string::npos);
  CHECK(history("type=IN&status=Success").call->direction == "in");
}

TEST_CASE("megafon: only an answered call has talk") {
  CHECK(history("type=in&status=Success&duration=61&wait=7").call->talk_s == 61);
  CHECK(history("type=in&status=Success&duration=61&wait=7").call->wait_s == 7);
  CHECK(history("type=in&status=missed&duration=31").call->talk_s == 0);
  CHECK(history("type=in&status=Strange&duration=31").call->talk_s == 0);
  for (const char* broken : {"", "-1", "x", "99999999999"}) {
    CHECK_FALSE(
        history(std::string("type=in&status=Success&duration=") + broken + "&wait=" + broken).call->talk_s);
    CHECK_FALSE(
        history(std::string("type=in&status=Success&duration=") + broken + "&wait=" + broken).call->wait_s);
  }
}

TEST_CASE("megafon: who is a client, who is a colleague, who is nobody") {
  const auto phone = [](const char* text) {
    return only(std::string("cmd=history&type=in&status=Success&callid=1&phone=") + text);
  };
  CHECK(phone("79030006108").contact.phones == std::vector<std::string>{"+79030006108"});
  CHECK(phone("89030006108").call->client == "+79030006108");
  CHECK(phone("%2B79030006108").call->client == "+79030006108");
  CHECK(phone("375291234567").call->client == "+375291234567");
  CHECK(phone("4957907591").call->client == "4957907591");
  for (const char* hidden : {"anonymous", "", "Unknown", "%D0%A1%D0%BA%D1%80%D1%8B%D1%82"}) {
    CAPTURE(hidden);
    const auto event = phone(hidden);
    CHECK(event.contact.phones.empty());
    CHECK(event.call->client.empty());
    CHECK(event.action == event::Action::create);
    CHECK(event.call->direction == "in");
  }
  for (const char* inner : {"70", "701", "70101"}) {
    const auto event = phone(inner);
    CHECK(event.contact.phones.empty());
    CHECK(event.call->client == inner);
    CHECK(event.call->direction == "internal");
    CHECK(event.action == event::Action::ignore);
    CHECK_FALSE(event.note.empty());
  }
  CHECK(phone("701012").contact.phones.size() == 1);
  // Who dialled a colleague and gave up did not miss a call.
  CHECK(only("cmd=history&type=out&status=Cancel&callid=1&phone=701").call->outcome == "no_answer");
}

TEST_CASE("megafon: an employee is the login without its tenant, never the PBX or a group") {
  CHECK(megafon::employee_of("ivanova@vats000000.megapbx.ru") == "ivanova");
  CHECK(megafon::employee_of("ivanova") == "ivanova");
  CHECK(megafon::employee_of("pbx").empty());
  CHECK(megafon::employee_of("pbx@vats000000.megapbx.ru").empty());
  CHECK(megafon::employee_of("g_0f0e0d0c-1111@vats000000.megapbx.ru").empty());
  CHECK(megafon::employee_of("g_1").empty());
  CHECK(megafon::employee_of("pbxadmin") == "pbxadmin");
  CHECK(megafon::employee_of("").empty());
}

TEST_CASE("megafon: times are UTC") {
  CHECK(megafon::time_of("20260312T071500Z") == parse_iso("2026-03-12T07:15:00Z", TimeZone::utc()));
  CHECK(megafon::time_of("2026-03-12T10:15:00+03:00") == megafon::time_of("20260312T071500Z"));
  for (const char* broken : {"", "20260312", "20261312T071500Z", "2026031xT071500Z", "20260312T0715000"})
    CHECK_FALSE(megafon::time_of(broken));
  CHECK_FALSE(only("cmd=history&type=in&callid=1&start=soon").call->started_at);
}

TEST_CASE("megafon: the same fields are a repeat, whatever their order, form and token") {
  const std::string key = only("cmd=event&type=INCOMING&callid=A1&user=ivanova&crm_token=one").key;
  CHECK(only("crm_token=two&user=ivanova&callid=A1&type=INCOMING&cmd=event").key == key);
  CHECK(only(R"({"cmd":"event","type":"INCOMING","callid":"A1","user":"ivanova"})").key == key);
  CHECK(only("cmd=event&type=INCOMING&callid=A1&user=petrov").key != key);
  CHECK(only("cmd=event&type=ACCEPTED&callid=A1&user=ivanova").key != key);
  CHECK(only("cmd=rating&callid=A1&rating=4").key != only("cmd=rating&callid=A1&rating=5").key);
  CHECK(only(R"({"cmd":"rating","callid":"A1","rating":4})").key ==
        only("cmd=rating&callid=A1&rating=4").key);
  CHECK(only("cmd=contact&callid=A1&phone=1").key != only("cmd=contact&callid=A2&phone=1").key);
}

TEST_CASE("megafon: a second record of a call is another event of the same call") {
  const auto first = history("type=in&status=Success&user=ivanova&duration=61");
  CHECK(history("duration=61&user=ivanova&status=Success&type=in").key == first.key);
  const auto link = history("type=in&status=Success&user=ivanova&duration=61&link=https://r.example/1.mp3");
  const auto rated = history("type=in&status=Success&user=ivanova&duration=61&rating=5");
  CHECK(link.key != first.key);
  CHECK(rated.key != first.key);
  CHECK(link.call->recording->url == "https://r.example/1.mp3");
  CHECK(rated.fields.find("Оценка")->text() == "5");
  CHECK(event::conversations_of(link) == event::conversations_of(first));
  // Records per leg under one callid, and two calls that look alike.
  CHECK(history("type=in&status=Success&user=petrov&duration=61").key != first.key);
  CHECK(history("type=in&status=missed&user=ivanova").key != first.key);
  CHECK(only("cmd=history&callid=A2&phone=79030006108&start=20260312T071500Z&type=in&status=Success&user="
             "ivanova")
            .key != first.key);
  CHECK(only("cmd=history&type=in&phone=1").key != only("cmd=history&type=in&phone=2").key);
}

TEST_CASE("megafon: a record may come as GET, the body is believed before the query") {
  Request get;
  get.method = "GET";
  get.query =
      "cmd=history&callid=A1&phone=79030006108&start=20260312T071500Z&type=in&status=Success&user=ivanova";
  CHECK(only(get).key == history("type=in&status=Success&user=ivanova").key);
  Request both = post("status=missed&cmd=history");
  both.query = get.query;
  CHECK(only(both).call->outcome == "missed");
}

TEST_CASE("megafon: a live state is no outcome, but who talked has answered") {
  const auto state = [](const char* type) {
    return only(std::string("cmd=event&callid=A1&user=ivanova&type=") + type);
  };
  CHECK(state("incoming").call->direction == "in");
  CHECK(state("OUTGOING").call->direction == "out");
  CHECK(state("ACCEPTED").call->direction.empty());
  CHECK(state("CANCELLED").call->outcome.empty());
  CHECK(state("CANCELLED").call->state.empty());
  CHECK(state("COMPLETED").call->outcome == "answered");
  for (const char* type : {"INCOMING", "OUTGOING", "ACCEPTED", "COMPLETED", "CANCELLED", "TRANSFERRED"}) {
    CHECK(state(type).action == event::Action::ignore);
    CHECK_FALSE(state(type).call->final);
    CHECK_FALSE(state(type).note.empty());
  }
  CHECK(state("TRANSFERRED").call->joined.empty());
  const auto joined = only("cmd=event&callid=A1&type=TRANSFERRED&second_callid=B2");
  CHECK(event::conversations_of(joined) == std::vector<std::string>{"call/A1", "call/B2"});
}

TEST_CASE("megafon: who is calling, as far as it is known") {
  const auto answered = [](const Reading& reading, const std::optional<Client>& client) {
    Stored stored;
    stored.client = client;
    const auto answer = service().answer(reading, {}, stored);
    REQUIRE(answer);
    CHECK(answer->status == 200);
    return json::write(answer->body);
  };
  const Reading asked = service().read(post("cmd=contact&callid=A1&phone=89030006108&crm_token=K"), {});
  REQUIRE(asked.question);
  CHECK(asked.question->phone == "+79030006108");
  CHECK(asked.events.front().kind == event::Kind::lookup);
  CHECK(answered(asked, std::nullopt) == "{}");
  CHECK(json::write(asked.answer) == "{}");
  Client client;
  CHECK(answered(asked, client) == "{}");
  client.name = "Пётр";
  CHECK(answered(asked, client) == R"({"contact_name":"Пётр"})");
  client.extension = "701";
  CHECK(answered(asked, client) == R"({"contact_name":"Пётр","responsible":"701"})");
  client.login = "ivanova";
  CHECK(answered(asked, client) == R"({"contact_name":"Пётр","responsible":"ivanova"})");
  const Reading hidden = service().read(post("cmd=contact&callid=A1&phone=anonymous"), {});
  CHECK_FALSE(hidden.question);
  CHECK(answered(hidden, std::nullopt) == "{}");
  CHECK_FALSE(service().answer(service().read(post("cmd=rating&callid=A1"), {}), {}, {}));
}

TEST_CASE("megafon: secrets are taken out wherever they stand") {
  Source source = with_token("K-1234");
  source.secrets = {Secret("S-1234")};
  source.options["api_key"] = "P-1234";
  Request request = post(R"({"cmd":"rating","callid":"A1","rating":4,"crm_token":"guess","note":"S-1234"})");
  request.query = "crm_token=K-1234&x=P-1234";
  request.headers = {{"x-api-KEY", "other"}, {"X-Note", "P-1234"}};
  const std::string key = only(post(R"({"cmd":"rating","callid":"A1","rating":4})")).key;
  service().redact(request, source);
  const std::string all =
      request.body + request.query + request.headers[0].second + request.headers[1].second;
  for (const char* secret : {"guess", "K-1234", "S-1234", "P-1234", "other"}) {
    CAPTURE(secret);
    CHECK(all.find(secret) == std::string::npos);
  }
  Request stored = post("cmd=rating&callid=A1&rating=4&crm_token=K-1234");
  service().redact(stored, source);
  CHECK(stored.body == "cmd=rating&callid=A1&rating=4&crm_token=***");
  CHECK(only(stored).key == key);
  CHECK(json::write(service().read(post("cmd=rating&callid=A1&crm_token=K-1234"), source).raw.front())
            .find("K-1234") == std::string::npos);
}

TEST_CASE("megafon: a recording is fetched with the key, and the key goes to the PBX only") {
  const auto fetch = [](const char* url, const char* api_url, const char* api_key) {
    Source source;
    if (*api_url != '\0') source.options["api_url"] = api_url;
    if (*api_key != '\0') source.options["api_key"] = api_key;
    event::Call call;
    call.recording = event::Recording{"", url};
    const auto made = service().recording(call, source, {});
    if (!made) return std::string("none");
    CHECK(made->url == url);
    CHECK(made->method == "GET");
    return made->headers.empty() ? std::string("bare")
                                 : made->headers[0].first + ": " + made->headers[0].second;
  };
  const char* link = "https://vats000000.megapbx.ru/api/v2/call-records/record/1.mp3";
  CHECK(fetch(link, "", "") == "bare");
  CHECK(fetch(link, "", "P-1") == "X-API-KEY: P-1");
  CHECK(fetch(link, "https://VATS000000.megapbx.ru:443/", "P-1") == "X-API-KEY: P-1");
  CHECK(fetch(link, "https://other.megapbx.ru", "P-1") == "bare");
  CHECK(fetch("https://vats000000.megapbx.ru@evil.example/1.mp3", "https://vats000000.megapbx.ru", "P-1") ==
        "bare");
  CHECK(fetch("https://evil.example/?https://vats000000.megapbx.ru", "https://vats000000.megapbx.ru",
              "P-1") == "bare");
  for (const char* broken :
       {"", "file:///etc/passwd", "1.mp3", "https://", "https://a.example/ b", "https://a.example/\n"})
    CHECK(fetch(broken, "", "P-1") == "none");
  CHECK_FALSE(service().recording({}, {}, {}));
  CHECK(megafon::host_of("http://[::1]:8080/x") == "[::1]");
}

TEST_CASE("megafon: a call is ordered by the new way and the old one") {
  const auto order = [](const char* url, const CallOrder& what) {
    Source of;
    of.options["api_url"] = url;
    of.options["api_key"] = "P&1";
    return service().order_call(what, of);
  };
  const auto call = order("https://vats1.megapbx.ru", {"b24gate-1", "702", "ivanova", "+79210000677", ""});
  REQUIRE(call);
  CHECK(call->method == "POST");
  CHECK(call->url == "https://vats1.megapbx.ru/crmapi/v1/makecall");
  CHECK(call->body == R"({"user":"ivanova","phone":"79210000677"})");
  REQUIRE(call->headers.size() == 2);
  CHECK(call->headers[1] == Header("X-API-KEY", "P&1"));
  const auto old = order("https://vats1.megapbx.ru/sys/crm_api.wcgp",
                         {"b24gate-1", "702", "", "+79210000677", "74950001122"});
  REQUIRE(old);
  CHECK(old->url == "https://vats1.megapbx.ru/sys/crm_api.wcgp");
  CHECK(old->body == "cmd=makeCall&token=P%261&user=702&phone=79210000677&clid=74950001122");
  CHECK_FALSE(order("", {"b24gate-1", "702", "ivanova", "+79210000677", ""}));
  CHECK_FALSE(order("https://vats1.megapbx.ru", {"b24gate-1", "", "", "+79210000677", ""}));
  CHECK_FALSE(order("https://vats1.megapbx.ru", {"b24gate-1", "702", "", "", ""}));
  // The old way has no history that could be read.
  Source of;
  of.options["api_url"] = "https://vats1.megapbx.ru/sys/crm_api.wcgp";
  of.options["api_key"] = "P";
  CHECK_FALSE(service().pull(of, {}, {}));
}

TEST_CASE("megafon: taken, refused, or not told") {
  CHECK(service().ordered({200, {}, R"({"callid":"C-9"})"}).value() == "C-9");
  CHECK(service().ordered({200, {}, ""}).value().empty());
  for (const auto& [status, body, ran] : {std::tuple{200, R"({"error":"no user"})", Ran::no},
                                          std::tuple{401, "", Ran::no}, std::tuple{503, "", Ran::unknown}}) {
    const auto told = service().ordered({status, {}, body});
    REQUIRE_FALSE(told);
    CHECK(told.error().ran == ran);
  }
}
