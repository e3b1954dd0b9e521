#include "event/event.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace b24gate;
using namespace b24gate::event;

namespace {

const char* const whole =
    R"({"key":"tilda:5489001:4280000741","kind":"form","occurred_at":"2026-11-23T10:00:00+03:00","action":"create","creates_lead":true,"note":"n","thread":"t",)"
    R"("contact":{"name":"Иванов Пётр","first_name":"Пётр","second_name":"Ильич","last_name":"Иванов","phones":["+79030006108"],)"
    R"("extensions":["+79030006108 доб. 1"],"emails":["a@example.com"],"messengers":[{"type":"telegram","id":"@petr"}],)"
    R"("company":"ООО Ромашка","position":"директор"},)"
    R"("subject":"Заказ звонка","text":"Нужна ГПУ 2 МВт","form":{"id":"form123","name":"Заказ звонка"},)"
    R"("page":{"url":"https://a.example/","title":"ГПУ","referrer":"https://b.example/"},)"
    R"("utm":{"source":"yandex","medium":"cpc","campaign":"gpu","content":"c","term":"t"},)"
    R"("geo":{"country":"RU","region":"Томская область","city":"Томск","from":"payload"},)"
    R"("channel":"site","company":"ЭнергоСтрой","enquiry_type":"order","fields":{"Мощность":"2 МВт","a.b":"c"},)"
    R"("call":{"id":"c1","joined":["c2"],"direction":"in","client":"+79030006108","line":"+74957907591","extension":"101","employee":"ivanov",)"
    R"("started_at":"2026-11-23T10:00:01.500+03:00","wait_s":12,"talk_s":0,"outcome":"answered","state":"ended","final":true,)"
    R"("recording":{"id":"r1","url":"https://c.example/r1"}},)"
    R"("chat":{"id":"h1","agent":"Анна","messages":[{"from":"visitor","at":"2026-11-23T10:00:00+03:00","text":"Здравствуйте"},{"from":"agent","text":"Да"}]},)"
    R"("order":{"id":"o1","total":"1200000.00","currency":"RUB","paid":false,"canceled":true,"items":[{"name":"ГПУ","quantity":"1","price":"1200000.00"}]},)"
    R"("email":{"id":"e1","status":"opened","template":"ТКП","to":"a@example.com"},"robot":{"result":"completed","attempt":2,"stop":true},"reference":"lead:123"})";

TimeZone moscow() { return *TimeZone::find("Europe/Moscow"); }

}  // namespace

TEST_CASE("the JSON of an event is read back and written the same, byte by byte") {
  std::vector<std::string> unknown;
  const Event event = from_json(*json::parse(whole), moscow(), &unknown);
  CHECK(unknown.empty());
  CHECK(json::write(to_json(event, moscow())) == whole);
  CHECK(event.call->started_at == parse_iso("2026-11-23T07:00:01.500Z", moscow()));
  CHECK(event.chat->messages.at(1).text == "Да");
}

TEST_CASE("absent is absent") {
  Event event;
  CHECK(json::write(to_json(event, moscow())) ==
        R"({"kind":"other","action":"create","creates_lead":false})");
  event.order.emplace();
  event.call.emplace();
  event.email.emplace();
  event.fields.set("a", "");
  CHECK(json::write(to_json(event, moscow())) ==
        R"({"kind":"other","action":"create","creates_lead":false,"order":{"paid":false}})");
}

TEST_CASE("dotted names, as tests in YAML write them, and unknown ones") {
  std::vector<std::string> unknown;
  const Event event = from_json(
      *json::parse(
          R"({"kind":"quiz","form.name":"Вакансии","contact":{"phones":"+79030006108","age":3},"fields.direction":"ГПУ",
                       "call.recording.url":"u","colour":"red","occurred_at":"yesterday","utm":"x"})"),
      moscow(), &unknown);
  CHECK(event.kind == Kind::quiz);
  CHECK(event.form.name == "Вакансии");
  CHECK(event.contact.phones == std::vector<std::string>{"+79030006108"});
  CHECK(event.fields.find("direction")->text() == "ГПУ");
  CHECK(event.call->recording->url == "u");
  CHECK(unknown == std::vector<std::string>{"contact.age", "colour", "occurred_at", "utm"});
  CHECK(from_json(json::Value("x"), moscow()).key.empty());
}

TEST_CASE("set_member knows every member by its name") {
  Event event;
  CHECK_FALSE(set_member(event, "contact.age", "3"));
  CHECK_FALSE(set_member(event, "fields.", "3"));
  CHECK_FALSE(set_member(event, "call", "3"));
  CHECK(std::set<std::string>(member_names().begin(), member_names().end()).size() == member_names().size());
  const std::set<std::string> special = {
      "kind",        "occurred_at", "creates_lead",  "contact.messengers", "call.started_at",
      "call.wait_s", "call.talk_s", "chat.messages", "order.paid",         "order.items",
      "client_ip",   "action",      "call.final",    "order.canceled",     "robot.attempt",
      "robot.stop"};
  const std::set<std::string> lists = {"contact.phones", "contact.extensions", "contact.emails",
                                       "call.joined"};
  for (const auto& name : member_names()) {
    CAPTURE(name);
    Event one;
    REQUIRE(set_member(one, name, "value of " + name));
    if (special.count(name)) continue;
    // The value must come out at the place that the name says.
    const json::Value written = to_json(one, TimeZone::utc());
    const json::Value* at = &written;
    for (std::size_t from = 0; from <= name.size();) {
      const std::size_t dot = std::min(name.find('.', from), name.size());
      at = &(*at)[name.substr(from, dot - from)];
      from = dot + 1;
    }
    if (lists.count(name)) {
      CHECK(*at == json::Value::array({"value of " + name}));
    } else {
      CHECK(*at == json::Value("value of " + name));
    }
  }
}

TEST_CASE("set_member takes numbers, times, flags and lists") {
  Event event;
  CHECK(set_member(event, "contact.phones", json::Value::array({"+79030006108", "", 74957907591})));
  CHECK(event.contact.phones == std::vector<std::string>{"+79030006108", "74957907591"});
  CHECK(set_member(event, "contact.emails", nullptr));
  CHECK(event.contact.emails.empty());
  CHECK(set_member(event, "occurred_at", "2026-11-23T10:00:00Z"));
  const auto at = event.occurred_at;
  CHECK(set_member(event, "occurred_at", 1795428000));
  CHECK(event.occurred_at == at);
  CHECK(set_member(event, "occurred_at", "1795428000000"));
  CHECK(event.occurred_at == at);
  CHECK(set_member(event, "occurred_at", "soon"));
  CHECK_FALSE(event.occurred_at);
  CHECK(set_member(event, "kind", "order"));
  CHECK(set_member(event, "kind", "nonsense"));
  CHECK(event.kind == Kind::order);
  CHECK(set_member(event, "order.paid", "да"));
  CHECK(event.order->paid);
  CHECK(set_member(event, "order.items", *json::parse(R"({"name":"ГПУ","quantity":2})")));
  CHECK(event.order->items.at(0).quantity == "2");
  CHECK(set_member(event, "call.talk_s", "95"));
  CHECK(event.call->talk_s == 95);
  CHECK(set_member(event, "call.talk_s", -1));
  CHECK_FALSE(event.call->talk_s);
  CHECK(set_member(event, "contact.messengers", *json::parse(R"([{"type":"viber","id":"7"}])")));
  CHECK(event.contact.messengers.at(0).type == "viber");
  CHECK(set_member(event, "client_ip", "192.0.2.1"));
  CHECK(event.client_ip == "192.0.2.1");
  CHECK(set_member(event, "fields.a.b", "x"));
  CHECK(event.fields.find("a.b")->text() == "x");
  CHECK(set_member(event, "fields.a.b", ""));
  CHECK(event.fields.empty());
}

TEST_CASE("what ties the events of one conversation together") {
  Event event;
  CHECK(conversations_of(event).empty());
  event.call.emplace().id = "c1";
  event.call->joined = {"c2"};
  event.order.emplace().id = "7";
  CHECK(conversations_of(event) == std::vector<std::string>{"call/c1", "call/c2", "order/7"});
  event.thread = "chat/w/7";
  CHECK(conversations_of(event) == std::vector<std::string>{"chat/w/7"});
}

TEST_CASE("kinds and actions have the names of the product's interface") {
  for (const auto& text : kind_names()) CHECK(name(*parse_kind(text)) == text);
  CHECK(name(Kind::call_recording) == "call_recording");
  CHECK(name(Kind::other) == "other");
  CHECK(kind_names().size() == 12);
  for (const auto& text : action_names()) CHECK(name(*parse_action(text)) == text);
  CHECK_FALSE(parse_action("Create"));
  CHECK_FALSE(parse_kind("Form"));
}
