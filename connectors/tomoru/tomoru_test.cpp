#include <doctest/doctest.h>

#include "connector/connector.hpp"
#include "connectors/tomoru/said.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("tomoru"); }

Request post(std::string body, std::int64_t at_seconds = 1'795'418'400) {
  Request out;
  out.method = "POST";
  out.body = std::move(body);
  out.received_at = from_unix_ms(at_seconds * 1000);
  return out;
}

Source with(const char* options = "{}") {
  Source out;
  out.options = *json::parse(options);
  return out;
}

event::Event only(const Request& request, const Source& source = {}) {
  Reading reading = service().read(request, source);
  REQUIRE(reading.outcome == Outcome::accepted);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}

event::Event result(std::string members) {
  return only(post(R"({"batch_id":"b","phone_number":"79000002101","attempts":1,)" + members + "}"));
}

// "result outcome action"
std::string decided(std::string members) {
  const auto event = result(std::move(members));
  return event.robot->result + " " + event.call->outcome + " " + std::string(event::name(event.action));
}

}  // namespace

TEST_CASE("tomoru: results, in any writing; the result outranks the status") {
  CHECK(decided(R"("call_result":"FULLY_COMPLETED")") == "completed answered attach");
  CHECK(decided(R"("result":"прерван","last_phrase":"да")") == "interrupted answered create");
  CHECK(decided(R"("outcome":"недозвон")") == "no_answer no_answer attach");
  CHECK(decided(R"("disposition":"Занято")") == "busy busy attach");
  CHECK(decided(R"("status":"answering machine")") == "voicemail no_answer attach");
  CHECK(decided(R"("call_status":"stop-list")") == "do_not_call rejected attach");
  CHECK(decided(R"("result":"отказ")") == "refused rejected attach");
  CHECK(decided(R"("result":"перевод")") == "transferred answered create");
  CHECK(decided(R"("result":"Not Found")") == "invalid_number unavailable attach");
  CHECK(decided(R"("result":"ошибка")") == "failed unknown attach");
  CHECK(decided(R"("status":"in progress")") == "pending  ignore");
  CHECK(decided(R"("status":"Not Started","call_result":"No Answer")") == "no_answer no_answer attach");
  CHECK(decided(R"("status":"Completed","call_result":"Odd")") == "completed answered attach");
  CHECK(decided(R"("status":"odd")") == "  ignore");
  CHECK_FALSE(result(R"("status":"pending")").call->final);
}

TEST_CASE("tomoru: actions") {
  const std::string talk = R"("result":"completed","last_phrase":"да интересно")";
  CHECK(decided(talk) == "completed answered create");
  CHECK(decided(talk + R"(,"interested":"false")") == "completed answered attach");
  CHECK(decided(talk + R"(,"interested":true,"qualified":0)") == "completed answered attach");
  CHECK(decided(talk + R"(,"variables":{"lead_id":5})") == "completed answered update");
  CHECK(decided(R"("result":"no answer","x":[{"lead_id":"5"}])") == "no_answer no_answer update");
  CHECK(decided(R"("result":"pending","lead_id":5)") == "pending  ignore");
  CHECK(decided(R"("result":"odd","lead_id":5)") == "  ignore");
  CHECK(only(post(R"({"call_id":"c","result":"transferred"})")).action == event::Action::ignore);
  CHECK(result(R"("result":"busy","lead_id":5,"deal_id":6)").reference == "deal:6");
  CHECK(result(R"("result":"busy","lead_id":5,"deal_id":"None")").reference == "lead:5");
  CHECK(result(R"("result":"busy","contact_id":7)").reference == "contact:7");
  CHECK(result(R"("result":"busy","deal_id":"D-7")").reference == "");
  CHECK(result(R"("result":"refused")").robot->stop);
  const auto unknown = only(post(R"({"event":"odd"})"));
  CHECK(unknown.kind == event::Kind::other);
  CHECK(unknown.action == event::Action::ignore);
}

TEST_CASE("tomoru: keys") {
  const auto key = [](const char* json) { return only(post(json)).key; };
  CHECK(key(R"({"call":{"id":"c"},"result":"busy"})") == "tomoru:c");
  CHECK(key(R"({"id":5,"result":"busy"})") == "tomoru:5");
  CHECK(key(R"({"trackingId":"t","attempts":2,"result":"busy"})") == "tomoru:t:2");
  CHECK(key(R"({"batch_id":"b","phone":"8 900 000-21-01","attempt":2,"result":"busy"})") ==
        "tomoru:b:+79000002101:2");
  CHECK(
      key(R"({"batch_id":"b","phone":"79000002101","last_attempt_at":"2025-10-14T10:06:50Z","result":"busy"})") ==
      "tomoru:b:+79000002101:2025-10-14T10:06:50Z");
  // Without a batch the number of the attempt tells nothing.
  CHECK(key(R"({"phone":"79000002101","attempts":1,"last_attempt_at":"2025-10-14","result":"busy"})") !=
        key(R"({"phone":"79000002101","attempts":1,"last_attempt_at":"2025-10-15","result":"busy"})"));
  // A state does not stand in the way of the result.
  CHECK(key(R"({"call_id":"c","status":"queued"})") != key(R"({"call_id":"c","status":"in progress"})"));
  CHECK(key(R"({"call_id":"c","status":"queued"})") != key(R"({"call_id":"c","status":"busy"})"));
  CHECK(key(R"({"call_id":"c","status":"odd"})") != key(R"({"call_id":"c","status":"busy"})"));
}

TEST_CASE("tomoru: attempts at one phone are one history") {
  const auto first = result(R"("result":"interrupted","last_phrase":"да")");
  CHECK(first.thread == "batch/b/+79000002101");
  CHECK(event::conversations_of(first) ==
        event::conversations_of(only(post(
            R"({"batch_id":"b","phone_number":"+7 900 000 21 01","attempts":2,"result":"no answer"})"))));
  CHECK(event::conversations_of(only(post(R"({"call_id":"c","result":"busy"})"))) ==
        std::vector<std::string>{"call/c"});
}

TEST_CASE("tomoru: durations and records") {
  CHECK(result(R"("duration_ms":74900,"duration":5)").call->talk_s == 74);
  CHECK(result(R"("billsec":"12")").call->talk_s == 12);
  CHECK(result(R"("recording":"rec-5")").call->recording->id == "rec-5");
  CHECK_FALSE(service().recording(*result(R"("recording":"rec-5")").call, {}, {}));
  CHECK(service().recording(*result(R"("audio_url":"https://a.example/5.mp3")").call, {}, {})->url ==
        "https://a.example/5.mp3");
  CHECK_FALSE(service().recording({}, {}, {}));
}

TEST_CASE("tomoru: phones: all valid ones, short numbers never") {
  const auto event = only(post(
      R"({"call_id":1,"result":"busy","phone":"20207","number":"8 900 000-21-09","chatUri":"tel://+79000002101",)"
      R"("data":{"phone":{"match":"79000002199"},"Добавочный":"123"}})"));
  CHECK(event.contact.phones == std::vector<std::string>{"+79000002109", "+79000002101"});
}

TEST_CASE("tomoru: answers and dialogs, however they are written") {
  const auto text = [](const char* members) {
    return result(R"("result":"completed",)" + std::string(members))
        .text.substr(std::string("Звонок робота: разговор завершён\nПопытка: 1\n").size());
  };
  CHECK(text(R"("data":{"Да?":"да","Сколько":{"match":"","transcription":"два"},"Пусто":{"match":null}})") ==
        "Да?: да\nСколько: два");
  CHECK(text(R"("data:Вход":"{\"match\":\"да\",\"transcription\":\"да\"}","data:Выход":"")") == "Вход: да");
  CHECK(text(R"("data":{"status":"odd","fio":"Анна"},"dialog":"Робот: Алло\nКлиент: да: слушаю")") ==
        "Робот: Алло\nКлиент: да: слушаю");
  CHECK(text(R"("messages":[{"speaker":"bot","phrase":"Алло"},{"author":"abonent","message":"да"},"нет"])") ==
        "Робот: Алло\nКлиент: да\nнет");
  // Only the robot spoke.
  CHECK(decided(R"("result":"interrupted","transcript":[{"role":"robot","text":"Здравствуйте"}])") ==
        "interrupted answered attach");
  CHECK(decided(R"("result":"interrupted","transcript":"Робот: Здравствуйте")") ==
        "interrupted answered attach");
  CHECK(decided(R"("result":"interrupted","transcript":"да слушаю")") == "interrupted answered create");
  CHECK(result(R"("result":"busy","data":{"fio":"Анна"})").contact.name == "Анна");
}

TEST_CASE("tomoru: a wrapped body") {
  const auto event = only(post(
      R"({"data":{"call_id":"c","phone_number":"79000002101","result":"done","data":{"Да?":{"match":"да"}}}})"));
  CHECK(event.key == "tomoru:c");
  CHECK(event.action == event::Action::create);
  CHECK(event.fields.find("Да?") != nullptr);
}

TEST_CASE("tomoru: a machine that is taken for a person") {
  const auto is_machine = [](std::vector<std::string> phrases, const char* more = "null") {
    return tomoru::is_machine(phrases, *json::parse(more));
  };
  CHECK(is_machine({"Абонент временно недоступен"}));
  CHECK(is_machine({"говорите после звукового сигнала", "вас приветствует голосовой помощник Анна"}));
  CHECK(is_machine({"абонент сейчас не может ответить на звонок"}));
  CHECK_FALSE(is_machine({"автоответчик", "да слушаю"}));
  CHECK_FALSE(is_machine({"после обеда подам сигнал"}));
  CHECK_FALSE(is_machine({}));
  CHECK(is_machine({"Вас слушает Олег, помощник"}, R"(["слушает Олег"])"));
  CHECK_FALSE(is_machine({"любые слова"}, R"(["", "  "])"));
  CHECK(decided(R"("result":"completed","last_phrase":"оставьте сообщение","lead_id":1)") ==
        "voicemail no_answer update");
  CHECK(only(post(R"({"call_id":1,"phone":"79000002101","result":"done","last_phrase":"Секретарша Маша"})"),
             with(R"({"machine_phrases":["секретарша маша"]})"))
            .robot->result == "voicemail");
}

TEST_CASE("tomoru: a request is the same within ten minutes, and its dialog is told its id") {
  const std::string body = R"({"client_phone":"79000002105","content":"Нужен инженер","last_phrase":"да"})";
  const std::int64_t window = 1'795'418'400;  // divisible by 600
  const auto key = [&](const std::string& json, std::int64_t at) { return only(post(json, at)).key; };
  CHECK(key(body, window) == key(body, window + 599));
  CHECK(key(body, window) != key(body, window + 600));
  CHECK(key(body, window) ==
        key(R"({"content":"Нужен инженер","client_phone":"8 900 000-21-05","last_phrase":"нет"})", window));
  CHECK(key(body, window) != key(R"({"client_phone":"79000002105","content":"Другое"})", window));
  const std::string dialog = R"({"dialog_id":"d","client_phone":"79000002105","content":"Нужен инженер"})";
  CHECK(key(dialog, window) == key(dialog, window + 6000));

  const Reading reading = service().read(post(R"([{"result":"busy","call_id":1},)" + body + "]"), {});
  REQUIRE(reading.events.size() == 2);
  Stored stored;
  stored.event_ids = {7, 8};
  CHECK(json::write(service().answer(reading, {}, stored)->body) == R"({"success":true,"id":"8"})");
  const Reading other = service().read(post(R"({"result":"busy","call_id":1})"), {});
  CHECK_FALSE(service().answer(other, {}, stored));
  CHECK(json::write(other.answer) == R"({"ok":true})");
  CHECK(only(post(R"({"request_form":{"subject":"x","phone":"12"}})")).action == event::Action::ignore);
}

TEST_CASE("tomoru: a body that cannot be read is kept and answered 200") {
  const auto reading = service().read(post("{broken"), {});
  CHECK(reading.outcome == Outcome::unreadable);
  CHECK(reading.status == 200);
  CHECK(json::write(reading.answer) == R"({"ok":true})");
  CHECK(service().read(post("{}"), {}).outcome == Outcome::ignored);
}
