#include <doctest/doctest.h>

#include "connector/connector.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("b2bfamily"); }

Request post(std::string body) {
  Request out;
  out.method = "POST";
  out.body = std::move(body);
  return out;
}

event::Event only(std::string body) {
  Reading reading = service().read(post(std::move(body)), {});
  REQUIRE(reading.outcome == Outcome::accepted);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}

event::Event letter(std::string members) {
  return only(R"({"mail_id":5,"to":"A@B.example","date":"2025-10-16T10:00:00Z",)" + members + "}");
}

}  // namespace

TEST_CASE("b2bfamily: statuses, in any writing; what is not in the table does not stop the search") {
  const auto status = [](std::string members) { return letter(std::move(members)).email->status; };
  CHECK(status(R"("event":"Mail Sent")") == "sent");
  CHECK(status(R"("event":"message-delivered")") == "delivered");
  CHECK(status(R"("event":"Прочитано")") == "opened");
  CHECK(status(R"("event":"переход по ссылке")") == "clicked");
  CHECK(status(R"("event":"DOCUMENT_OPEN")") == "attachment_opened");
  CHECK(status(R"("event":"ответ получен")") == "replied");
  CHECK(status(R"("event":"not_open_timeout")") == "not_opened");
  CHECK(status(R"("event":"отписка")") == "unsubscribed");
  CHECK(status(R"("event":"soft_bounce")") == "bounced");
  CHECK(status(R"("event":"webhook","type":"odd","trigger":"message_open")") == "opened");
  CHECK(status(R"("event":"odd","status":"click")") == "clicked");
  CHECK(status(R"("event":"odd","x":{"status":"click"})") == "");
  const auto complaint = letter(R"("event":"spam")");
  CHECK(complaint.email->status == "unsubscribed");
  CHECK(complaint.text.find("пожаловался") != std::string::npos);
}

TEST_CASE("b2bfamily: an unknown event is shown, the others of its array are processed") {
  const auto reading =
      service().read(post(R"([{"event":"odd","mail_id":5},{"event":"open","mail_id":5}])"), {});
  REQUIRE(reading.events.size() == 2);
  CHECK(reading.events[0].kind == event::Kind::other);
  CHECK(reading.events[0].action == event::Action::ignore);
  CHECK_FALSE(reading.events[0].note.empty());
  CHECK(reading.events[1].kind == event::Kind::email_status);
  CHECK(json::write(reading.answer) == R"({"ok":true})");
}

TEST_CASE("b2bfamily: the card") {
  const auto reference = [](std::string members) { return letter(R"("event":"open",)" + members).reference; };
  CHECK(reference(R"("custom_data":"{\"b24_entity\":\"Lead\",\"b24_id\":\"7\"}")") == "lead:7");
  CHECK(reference(R"("x":{"y":{"B24Entity":"deal","b24-id":8}})") == "deal:8");
  CHECK(reference(R"("b24_entity":"odd","b24_id":8,"crm_data":[{"element_id":9,"element_type":0}])") ==
        "deal:9");
  CHECK(reference(R"("b24_entity":"deal","b24_id":"x")") == "");
  CHECK(
      reference(R"("crm_data":[{"element_id":1,"element_type":2},{"element_id":"2","element_type":"0"}])") ==
      "deal:2");
  CHECK(reference(R"("crm_data":{"element_id":1,"element_type":2})") == "contact:1");
  CHECK(reference(R"("crm_data":[{"element_id":1,"element_type":1},{"element_id":0,"element_type":0},5])") ==
        "");
}

TEST_CASE("b2bfamily: actions: never a lead") {
  const auto action = [](std::string body) {
    const auto event = only(std::move(body));
    CHECK_FALSE(event.creates_lead);
    return event.action;
  };
  CHECK(action(R"({"event":"open","b24_entity":"deal","b24_id":1})") == event::Action::update);
  CHECK(action(R"({"event":"open","mail_id":1,"to":"a@b.example"})") == event::Action::attach);
  CHECK(action(R"({"event":"open","mail_id":1})") == event::Action::update);
  CHECK(action(R"({"event":"open","custom_data":{"b24gate_ref":"m-1"}})") == event::Action::update);
  CHECK(action(R"({"event":"open","to":"a@b.example"})") == event::Action::attach);
  CHECK(action(R"({"event":"open"})") == event::Action::ignore);
  CHECK(action(R"({"event":"odd","b24_entity":"deal","b24_id":1})") == event::Action::ignore);
}

TEST_CASE("b2bfamily: keys") {
  const auto key = [](std::string body) { return only(std::move(body)).key; };
  CHECK(key(R"({"event":"open","id":9,"mail_id":5})") == "b2bfamily:9");
  // Here /id may be the letter's: it does not tell two events apart.
  CHECK(key(R"({"event":"open","id":9,"date":1760605200})") !=
        key(R"({"event":"open","id":9,"date":1760605201})"));
  CHECK(letter(R"("event":"open")").key == "b2bfamily:5:opened:1760608800000");
  CHECK(letter(R"("event":"viewed")").key == "b2bfamily:5:opened:1760608800000");
  CHECK(letter(R"("event":"click","url":"https://a.example/1")").key !=
        letter(R"("event":"click","url":"https://a.example/2")").key);
  CHECK(key(R"({"event":"open","mail_id":5,"open_count":1})") !=
        key(R"({"event":"open","mail_id":5,"open_count":2})"));
  CHECK(key(R"({"event":"open","mail_id":5,"open_count":1})") ==
        key(R"({"open_count":1,"mail_id":5,"event":"open"})"));
}

TEST_CASE("b2bfamily: the letter and its recipient") {
  CHECK(letter(R"("event":"open")").contact.emails == std::vector<std::string>{"a@b.example"});
  CHECK(only(R"({"event":"open","to_emails":[{"email":"X@Y.example"}]})").email->to == "x@y.example");
  CHECK(only(R"({"event":"open","reply":{"email":"x@y.example"}})").email->to == "");
  CHECK(only(R"({"event":"open","to":"ООО","recipient":"x@y.example"})").email->to == "x@y.example");
  CHECK(only(R"({"event":"open","custom_data":{"b24gate_ref":"m-1"}})").email->id == "m-1");
  CHECK(letter(R"("event":"open","template_id":3)").email->template_name == "3");
  CHECK(letter(R"("event":"reply","reply":{"subject":"Re: x"},"subject":"x")").subject == "x");
}

TEST_CASE("b2bfamily: what people read") {
  const auto first_line = [](std::string members) {
    const auto text = letter(std::move(members)).text;
    return text.substr(0, text.find('\n'));
  };
  CHECK(first_line(R"("event":"open","open_count":1)") == "Письмо открыто");
  CHECK(first_line(R"("event":"open","count":"5")") == "Письмо открыто 5 раз");
  CHECK(first_line(R"("event":"open","open_count":13)") == "Письмо открыто 13 раз");
  CHECK(first_line(R"("event":"open","open_count":22)") == "Письмо открыто 22 раза");
  CHECK(first_line(R"("event":"not_open")") == "Письмо не открыто в срок");
  CHECK(letter(R"("event":"bounce","error":"550")").text ==
        "Письмо не доставлено\nПолучатель: a@b.example\nПричина: 550");
  CHECK(letter(R"("event":"reply","text":"да")").text ==
        "Получен ответ на письмо\nПолучатель: a@b.example\nОтвет: да");
}

TEST_CASE("b2bfamily: a body that cannot be read is kept and answered 200; secrets are not kept") {
  const auto reading = service().read(post("{broken"), {});
  CHECK(reading.outcome == Outcome::unreadable);
  CHECK(reading.status == 200);
  CHECK(service().read(post(""), {}).outcome == Outcome::ignored);
  Request stored = post(R"({"event":"open","apikey":"K-123456"})");
  service().redact(stored, {});
  CHECK(stored.body == R"({"event":"open","apikey":"***"})");
}
