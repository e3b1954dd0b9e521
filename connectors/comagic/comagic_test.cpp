#include <doctest/doctest.h>

#include "connector/connector.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("comagic"); }

Request post(std::string body) {
  Request out;
  out.method = "POST";
  out.body = std::move(body);
  return out;
}

Request get(std::string query, std::string path = "") {
  Request out;
  out.method = "GET";
  out.query = std::move(query);
  out.path = std::move(path);
  return out;
}

Source with(const char* options = "{}") {
  Source out;
  out.secrets = {Secret("S3CRET")};
  out.options = *json::parse(options);
  out.time_zone = TimeZone::find("Europe/Moscow").value();
  return out;
}

Reading accepted(const Request& request, const Source& source = with()) {
  Reading reading = service().read(request, source);
  REQUIRE(reading.outcome == Outcome::accepted);
  return reading;
}

event::Event only(const Request& request) {
  Reading reading = accepted(request);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}

event::Event call(std::string members) {
  return only(post(R"({"call_session_id":7,"contact_phone_number":"79000001201",)" + members + "}"));
}

}  // namespace

TEST_CASE("comagic: what a notification tells of: constants and names of the cabinet, in any writing") {
  const auto key = [](std::string members) { return call(std::move(members)).key; };
  CHECK(key(R"("event":"LOST_CALL")") == "comagic:call_lost:7");
  CHECK(key(R"("event":"missed-call")") == "comagic:call_lost:7");
  CHECK(key(R"("event":"outgoing call")") == "comagic:call_out:7");
  CHECK(key(R"("event":"call_finished")") == "comagic:call_end:7");
  CHECK(key(R"("event":"Голосовое сообщение")") == "comagic:voicemail:7");
  CHECK(key(R"("notification_mnemonic":"call_in","event":"odd")") == "comagic:call_in:7");
  CHECK(key(R"("notification_name":"потерянный звонок","notification_mnemonic":"x")") ==
        "comagic:call_lost:7");
  CHECK(only(post(R"({"event":"Новая заявка с сайта","communication_id":1,"phone":"79000001201"})")).key ==
        "comagic:offline_message:1");
  CHECK(only(post(R"({"event":"Чат завершен","chat_id":2,"phone":"79000001201"})")).key == "comagic:chat:2");
  CHECK(only(post(R"({"event":"Цель","goal_id":3})")).key == "comagic:goal:3");
}

TEST_CASE("comagic: without a known name the shape decides, in its order") {
  CHECK(call(R"("file_link":"https://a.example/talk/7/h/","talk_time_duration":5)").key ==
        "comagic:call_record:7:h");
  CHECK(call(R"("total_time_duration":null)").key == "comagic:call_end:7");
  CHECK(call(R"("employee_ids":null,"wait_time_duration":null)").key == "comagic:call_lost:7");
  CHECK(call(R"("wait_time_duration":5)").kind == event::Kind::other);
  CHECK(only(post(R"({"communication_type":"goal","communication_id":4})")).key == "comagic:goal:4");
  CHECK(only(post(R"({"communication_type":"offline_message","communication_id":4})")).kind ==
        event::Kind::form);
  CHECK(only(post(R"({"visitor_email":"a@b.example","message":"x","id":5})")).key ==
        "comagic:offline_message:5");
  const auto unknown = only(post(R"({"event":"b24gate: цель","a":1})"));
  CHECK(unknown.kind == event::Kind::other);
  CHECK(unknown.action == event::Action::ignore);
  CHECK(unknown.note.find("not recognised") != std::string::npos);
  CHECK_FALSE(unknown.creates_lead);
}

TEST_CASE("comagic: outcomes of a call") {
  const auto outcome = [](std::string members) {
    const auto event = call(R"("event":"call_end",)" + std::move(members));
    return event.call->outcome + " " + std::string(event::name(event.action));
  };
  CHECK(outcome(R"("talk_time_duration":"12")") == "answered create");
  CHECK(outcome(R"("talk_time_duration":"0")") == "missed create");
  CHECK(outcome(R"("talk_duration":null)") == "missed create");
  CHECK(outcome(R"("talk_time_duration":"","direction":"out")") == "no_answer attach");
  CHECK(outcome(R"("direction":"in")") == "unknown create");
  CHECK(outcome(R"("talk_time_duration":5,"is_internal":true)") == "answered ignore");
  CHECK(outcome(R"("talk_time_duration":5,"is_internal":"false")") == "answered create");
  CHECK(call(R"("event":"voicemail")").call->outcome == "missed");
  CHECK(
      only(post(R"({"event":"call_lost","call_session_id":8,"contact_phone_number":"anonymous"})")).action ==
      event::Action::ignore);
}

TEST_CASE("comagic: states of a live call are ignored and have keys of their own") {
  for (const char* state : {"call_in", "call_wait", "call_talk_start", "call_talk_end", "call_out"}) {
    const auto event = call("\"event\":\"" + std::string(state) + "\"");
    CHECK(event.action == event::Action::ignore);
    CHECK_FALSE(event.call->final);
    CHECK_FALSE(event.call->state.empty());
  }
  CHECK(call(R"("event":"call_out")").call->direction == "out");
  CHECK(call(R"("event":"call_talk_start","leg_id":1)").key == "comagic:call_talk_start:7:1");
  const auto first = call(R"("event":"call_talk_start","employee_id":1)").key;
  CHECK(first == call(R"("employee_id":1,"event":"call_talk_start")").key);
  CHECK(first != call(R"("event":"call_talk_start","employee_id":2)").key);
}

TEST_CASE("comagic: a record has one key whichever way its address came; several are several") {
  CHECK(call(R"("event":"call_record","file_link":"https://app.comagic.ru/system/media/talk/7/abc")").key ==
        "comagic:call_record:7:abc");
  CHECK(call(R"("event":"call_record","file_link":"https://media.uiscom.ru/7/abc?x=1")").key !=
        call(R"("event":"call_record","file_link":"https://media.uiscom.ru/7/abc?x=2")").key);
  const auto none = call(R"("event":"call_record","file_link":null)");
  CHECK(none.action == event::Action::ignore);
  CHECK_FALSE(none.call->recording);
  const auto both = accepted(post(
      R"({"event":"RECORD_CALL","call_session_id":7,"record_file_links":["https://a.example/talk/7/x/","https://a.example/talk/7/y/"]})"));
  REQUIRE(both.events.size() == 2);
  REQUIRE(both.raw.size() == 2);
  CHECK(both.events[1].key == "comagic:call_record:7:y");
  CHECK(both.events[1].action == event::Action::update);
  CHECK(only(post(R"({"event":"call_record","file_link":"https://a.example/1"})")).action ==
        event::Action::ignore);
}

TEST_CASE("comagic: a long list of records does not become as many events") {
  std::string links = "[";
  for (int i = 0; i < 5000; ++i) links += "\"https://a.example/talk/7/" + std::to_string(i) + "/\",";
  const auto many =
      accepted(post(R"({"event":"call_record","call_session_id":7,"file_link":)" + links + "null]}"));
  CHECK(many.events.size() == 16);
}

TEST_CASE("comagic: a record is fetched from its address") {
  event::Call of;
  CHECK_FALSE(service().recording(of, with(), {}));
  of.recording = event::Recording{"", "https://app.comagic.ru/system/media/talk/7/abc/"};
  CHECK(service().recording(of, with(), {})->url == of.recording->url);
  of.recording->url = "file:///etc/passwd";
  CHECK_FALSE(service().recording(of, with(), {}));
}

TEST_CASE("comagic: who it is") {
  CHECK(call(R"("event":"call_end","contact_full_name":"79000001201","visitor_name":"Олег")").contact.name ==
        "Олег");
  CHECK(call(R"("event":"call_end","contact_full_name":"+7 (900) 000-12-01")").contact.name == "");
  const auto form = only(post(
      R"({"event":"offline_message","id":1,"name":"Анна","phone":"8 900 000-12-44 доб. 5","x":{"name":"нет"}})"));
  CHECK(form.contact.name == "Анна");
  CHECK(form.contact.phones == std::vector<std::string>{"+79000001244 доб. 5"});
  CHECK(only(post(R"({"event":"offline_message","id":1,"x":{"phone":"79000001244"}})")).action ==
        event::Action::ignore);
}

TEST_CASE("comagic: utm marks one by one: variables, then the pages' queries, the entrance page first") {
  const auto utm = only(post(R"({"event":"goal","utm_source":"none","eq_utm_source":"vk",)"
                             R"("page_url":"https://a.example/?utm_medium=page&utm_term=t#x",)"
                             R"("entrance_page":"https://a.example/?utm_medium=cpc&utm_source=no"})"))
                       .utm;
  CHECK(utm.source == "vk");
  CHECK(utm.medium == "cpc");
  CHECK(utm.term == "t");
}

TEST_CASE("comagic: a chat without a contact leaves its number to the notification that has one") {
  const auto key = [](const std::string& event, const std::string& more) {
    return only(
               post(R"({"event":")" + event + R"(","communication_id":9,"visitor_name":"Анна")" + more + "}"))
        .key;
  };
  for (const std::string event : {"chat", "offline_message"}) {
    const std::string whole = "comagic:" + event + ":9";
    CHECK(key(event, R"(,"text":"a")").find(whole + ":") == 0);
    CHECK(key(event, R"(,"text":"a")") == key(event, R"(,"text":"a")"));
    CHECK(key(event, R"(,"text":"a")") != key(event, R"(,"text":"b")"));
    CHECK(key(event, R"(,"visitor_phone_number":"79000001244")") == whole);
    CHECK(key(event, R"(,"visitor_email":"a@example.com")") == whole);
  }
  CHECK(key("goal", "") == "comagic:goal:9");
}

TEST_CASE("comagic: chats") {
  const auto chat = only(post(
      R"({"event":"chat","communication_id":9,"status":"refused","visitor_phone_number":"79000001244",)"
      R"("messages":"[{\"author\":\"Посетитель\",\"text\":\"да\"},{\"author\":\"Вера\",\"text\":\"нет\"},\"сам\"]"})"));
  CHECK(chat.action == event::Action::ignore);
  REQUIRE(chat.chat->messages.size() == 3);
  CHECK(chat.chat->messages[0].from == "visitor");
  CHECK(chat.text == "Посетитель: да\nОператор: нет\nсам");
  CHECK(only(post(R"({"event":"chat","communication_id":9,"messages":[]})")).action == event::Action::ignore);
}

TEST_CASE("comagic: a secret in the body proves, another one does not refuse, none is told") {
  const auto verify = [](const Request& request) { return service().verify(request, with()); };
  CHECK(verify(post(R"({"integration_key":"S3CRET","event":"goal"})")) == Proof::good);
  CHECK(verify(post(R"({"auth":{"token":"S3CRET"}})")) == Proof::good);
  CHECK(verify(get("secret=S3CRET&event=goal")) == Proof::good);
  CHECK(verify(post(R"({"integration_key":"other"})")) == Proof::absent);
  CHECK(verify(post(R"({"text":"S3CRET"})")) == Proof::absent);
  CHECK(verify(post("{broken")) == Proof::absent);
  Source open;
  CHECK(service().verify(post(R"({"token":""})"), open) == Proof::absent);
  Request stored = post(R"({"integration_key":"other","a":{"secret":"x"},"text":"S3CRET"})");
  service().redact(stored, with());
  CHECK(stored.body == R"({"integration_key":"***","a":{"secret":"***"},"text":"***"})");
  const auto reading = accepted(post(R"({"event":"goal","token":"other"})"));
  CHECK(json::write(reading.raw.front()) == R"({"event":"goal"})");
}

TEST_CASE("comagic: a body that cannot be read is kept and answered 200") {
  const auto reading = service().read(post(R"({"name":""Анна""})"), with());
  CHECK(reading.outcome == Outcome::unreadable);
  CHECK(reading.status == 200);
  CHECK(service().read(get(""), with()).outcome == Outcome::ignored);
}

TEST_CASE("comagic: a question of a scenario") {
  const std::string query = "cdr_id=5&start_time=2025-10-14%2010%3A19%3A07&numa=79000001201&numb=74950000101";
  const auto answered = [&](const Request& request, std::optional<Client> client,
                            const char* options = "{}") {
    const Source source = with(options);
    Stored stored;
    stored.client = std::move(client);
    const auto answer = service().answer(service().read(request, source), source, stored);
    return answer ? json::write(answer->body) : "default";
  };
  const auto reading = accepted(get(query, "/route"));
  REQUIRE(reading.question);
  CHECK(reading.question->phone == "+79000001201");
  CHECK(reading.events.front().kind == event::Kind::lookup);
  Client known;
  known.extension = "104";
  CHECK(answered(get(query, "/route"), known) == R"({"phones":["104"]})");
  CHECK(answered(get(query), known) == R"({"phones":["104"]})");
  CHECK(answered(get(query), Client{}) == R"({"returned_code":0})");
  CHECK(answered(get(query), std::nullopt) == R"({"returned_code":0})");
  CHECK(answered(get(query), std::nullopt, R"({"route_default":{"returned_code":3}})") ==
        R"({"returned_code":3})");
  CHECK(answered(get(query), std::nullopt, R"({"route_default":"4"})") == R"({"returned_code":4})");
  CHECK(answered(get(query), std::nullopt, R"({"route_default":"{\"phones\":[\"1\"]}"})") ==
        R"({"phones":["1"]})");
  // Whatever is asked there waits for an answer.
  CHECK(answered(get("cdr_id=5&numa=None", "/route"), std::nullopt) == R"({"returned_code":0})");
  CHECK_FALSE(accepted(get("cdr_id=5&numa=None", "/route")).question);
  Request broken = post("{broken");
  broken.path = "/route";
  CHECK(service().read(broken, with()).status == 200);
  CHECK(answered(broken, std::nullopt) == R"({"returned_code":0})");
  // Asked again after a key was pressed.
  CHECK(only(get(query + "&input_result=1")).key == "comagic:route:5:1");
  CHECK(only(get(query + "&input_result=None")).key == "comagic:route:5");
  // A notification with the same variables is none.
  CHECK(only(get(query + "&event=call_in")).kind == event::Kind::call);
  CHECK(answered(get(query + "&event=call_in"), known) == "default");
}

TEST_CASE("comagic: reports bring what no notification brought, under its keys") {
  CHECK(service().pull(with(), {}, from_unix_ms(0)) == nullptr);
  const Source source = with(R"({"data_api_token":"T0KEN"})");
  const TimePoint now = *parse_iso("2025-10-14T12:00:00", source.time_zone);
  const auto pull = service().pull(source, {}, now);
  REQUIRE(pull);
  auto call = pull->next();
  REQUIRE(call);
  CHECK(call->method == "POST");
  CHECK(call->url == "https://dataapi.comagic.ru/v2.0");
  auto asked = *json::parse(call->body);
  CHECK(asked["method"].text() == "get.calls_report");
  CHECK(asked["params"]["access_token"].text() == "T0KEN");
  CHECK(asked["params"]["date_from"].text() == "2025-10-13 12:00:00");
  CHECK(asked["params"]["date_till"].text() == "2025-10-14 12:00:00");
  HttpAnswer answer{200, {}, R"({"result":{"metadata":{"total_items":4},"data":[
      {"id":7,"finish_time":"2025-10-14 10:22:31","direction":"in","is_lost":false,"talk_duration":184,
       "contact_phone_number":"79000001201","call_records":["5f1c"],"tags":[{"tag_id":1,"tag_name":"Целевой"}],
       "full_record_file_link":"https://media.example/talk/7/5f1c.mp3","last_answered_employee_full_name":"Илья"},
      {"id":8,"finish_time":"2025-10-14 10:30:00","direction":"in","is_lost":true,"talk_duration":null,
       "contact_phone_number":"79000001202"},
      {"id":9,"start_time":"2025-10-14 11:59:00","finish_time":null,"direction":"in"}]}})"};
  REQUIRE(pull->take(answer));
  auto found = pull->found();
  REQUIRE(found.size() == 3);
  const auto answered = only(found[0]);
  CHECK(answered.key == "comagic:call_end:7");
  CHECK(answered.call->outcome == "answered");
  CHECK(answered.call->employee == "Илья");
  CHECK(answered.text.find("Метки: Целевой") != std::string::npos);
  const auto record = only(found[1]);
  CHECK(record.key == "comagic:call_record:7:5f1c");
  CHECK(record.call->recording->url == "https://media.example/talk/7/5f1c.mp3");
  const auto lost = only(found[2]);
  CHECK(lost.key == "comagic:call_end:8");
  CHECK(lost.call->outcome == "missed");
  CHECK(pull->found().empty());

  asked = *json::parse(pull->next()->body);  // the second page
  CHECK(asked["params"]["offset"].integer() == 3);
  answer.body =
      R"({"result":{"metadata":{"total_items":4},"data":[{"id":10,"finish_time":"2025-10-14 11:00:00",
      "call_records":["a","b"],"direction":"out"}]}})";
  REQUIRE(pull->take(answer));
  found = pull->found();
  REQUIRE(found.size() == 3);
  CHECK(only(found[0]).action == event::Action::attach);
  CHECK(only(found[2]).call->recording->url == "https://app.comagic.ru/system/media/talk/10/b/");

  CHECK((*json::parse(pull->next()->body))["method"].text() == "get.offline_messages_report");
  answer.body = R"({"result":{"data":[{"id":1,"communication_id":913420017,"date_time":"2025-10-14 10:00:00",
      "text":"Запрос","visitor_phone_number":"79000001244"}]}})";
  REQUIRE(pull->take(answer));
  CHECK(only(pull->found().front()).key == "comagic:offline_message:913420017");
  CHECK((*json::parse(pull->next()->body))["method"].text() == "get.chats_report");
  answer.body = R"({"result":{"data":[{"id":44,"communication_id":913433004,"status":"succeed",
      "visitor_phone_number":"79000001244"}]}})";
  REQUIRE(pull->take(answer));
  CHECK(only(pull->found().front()).key == "comagic:chat:913433004");
  CHECK_FALSE(pull->next());

  // The call that is still going on is asked for again.
  const auto next = service().pull(source, pull->mark(), now + std::chrono::hours(5));
  CHECK((*json::parse(next->next()->body))["params"]["date_from"].text() == "2025-10-14 09:59:00");
}

TEST_CASE("comagic: reports that fail say whose move it is") {
  const Source source = with(R"({"data_api_token":"T","data_api_url":"https://dataapi.uiscom.ru/v2.0"})");
  const auto failed = [&](int status, std::string body) {
    const auto pull = service().pull(source, {}, from_unix_ms(1'760'432'400'000));
    CHECK(pull->next()->url == "https://dataapi.uiscom.ru/v2.0");
    const auto done = pull->take({status, {}, std::move(body)});
    REQUIRE_FALSE(done);
    return done.error();
  };
  CHECK(failed(0, "").move == Move::ours);
  CHECK(failed(502, "<html>").move == Move::ours);
  CHECK(failed(200, R"({"error":{"code":-32001,"data":{"mnemonic":"access_token_expired"}}})").move ==
        Move::administrator);
  CHECK(failed(200, R"({"error":{"data":{"mnemonic":"limit_exceeded"}}})").move == Move::ours);
  CHECK(failed(200, R"({"result":{}})").move == Move::ours);
}
