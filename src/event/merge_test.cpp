#include "event/merge.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace b24gate;
using namespace b24gate::event;

namespace {

Event of(const char* text) { return from_json(*json::parse(text), TimeZone::utc()); }

// Every order of arrival gives the same: the JSON without what names the first event.
std::string in_any_order(std::vector<Event> events) {
  std::vector<std::size_t> order(events.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::string common;
  do {
    std::vector<Event> arrived;
    for (const auto i : order) arrived.push_back(events[i]);
    Event whole = merged(std::move(arrived));
    whole.key.clear();
    whole.text.clear();
    const std::string text = json::write(to_json(whole, TimeZone::utc()));
    if (common.empty()) common = text;
    CHECK(text == common);
  } while (std::next_permutation(order.begin(), order.end()));
  return common;
}

}  // namespace

TEST_CASE("a call is the same whatever came first: answered beats missed, the final record beats the legs") {
  const std::string whole = in_any_order({
      of(R"({"key":"1","kind":"call","action":"ignore","call":{"id":"c","direction":"in","client":"+79030006108","state":"ringing"}})"),
      of(R"({"key":"2","kind":"call","action":"ignore","call":{"id":"c","extension":"101","state":"talking"}})"),
      of(R"({"key":"3","kind":"call","action":"create","contact":{"phones":["+79030006108"]},)"
         R"("call":{"id":"c","extension":"101","talk_s":95,"wait_s":12,"outcome":"answered","final":true}})"),
      of(R"({"key":"4","kind":"call_recording","action":"update","call":{"id":"c","recording":{"id":"r"}}})"),
  });
  CHECK(whole.find(R"("kind":"call","action":"create")") != std::string::npos);
  CHECK(whole.find(R"("talk_s":95,"outcome":"answered","final":true,"recording":{"id":"r"})") !=
        std::string::npos);
  CHECK(whole.find("state") == std::string::npos);
}

TEST_CASE("missed never takes answered back, and the one who answered stays") {
  Event whole = of(R"({"kind":"call","call":{"id":"c","extension":"102","talk_s":5,"outcome":"answered"}})");
  merge(whole, of(R"({"kind":"call","call":{"id":"c","extension":"101","talk_s":0,"outcome":"missed"}})"));
  CHECK(whole.call->outcome == "answered");
  CHECK(whole.call->extension == "102");
  CHECK(whole.call->talk_s == 5);
}

TEST_CASE("a transfer ties the legs together") {
  Event whole = of(R"({"call":{"id":"a"}})");
  merge(whole, of(R"({"call":{"id":"a","joined":["b"]}})"));
  merge(whole, of(R"({"call":{"id":"b"}})"));
  CHECK(whole.call->id == "a");
  CHECK(whole.call->joined == std::vector<std::string>{"b"});
}

TEST_CASE("contacts grow, nothing is emptied, utm marks stay those of one visit") {
  Event whole = of(
      R"({"contact":{"name":"Анна","phones":["+79030006108"]},"utm":{"source":"yandex"},"fields":{"a":"1"},"text":"Здравствуйте"})");
  merge(whole, of(R"({"contact":{"emails":["a@example.com"]},"utm":{"source":"google","term":"гпу"},)"
                  R"("fields":{"a":"2","b":"3"},"text":"Здравствуйте\nДо свидания"})"));
  CHECK(whole.contact.name == "Анна");
  CHECK(whole.contact.phones.size() == 1);
  CHECK(whole.contact.emails.size() == 1);
  CHECK(whole.utm.source == "yandex");
  CHECK(whole.utm.term.empty());
  CHECK(whole.fields.find("a")->text() == "1");
  CHECK(whole.fields.find("b")->text() == "3");
  CHECK(whole.text == "Здравствуйте\nДо свидания");
}

TEST_CASE("paid and canceled stay; the newest total wins whatever came first") {
  const std::string whole = in_any_order({
      of(R"({"kind":"order","occurred_at":"2026-11-20T10:00:00Z","order":{"id":"7","total":"100","items":[{"name":"x"}]}})"),
      of(R"({"kind":"order","occurred_at":"2026-11-20T11:00:00Z","order":{"id":"7","total":"90","paid":true}})"),
      of(R"({"kind":"order","occurred_at":"2026-11-20T12:00:00Z","order":{"id":"7","total":"80"}})"),
  });
  CHECK(whole.find(R"("total":"80")") != std::string::npos);
  CHECK(whole.find(R"("paid":true)") != std::string::npos);
  CHECK(whole.find(R"("items":[{"name":"x"}])") != std::string::npos);
}

TEST_CASE("a letter's status only moves forward; a reply is no rank") {
  Event whole = of(R"({"email":{"id":"m","status":"opened"}})");
  for (const char* status : {"sent", "delivered", "replied", "not_opened"}) {
    merge(whole, of((std::string(R"({"email":{"id":"m","status":")") + status + "\"}}").c_str()));
    CHECK(whole.email->status == "opened");
  }
  merge(whole, of(R"({"email":{"id":"m","status":"attachment_opened"}})"));
  CHECK(whole.email->status == "attachment_opened");
}

TEST_CASE("a later attempt of the robot with a worse end does not replace the better one") {
  Event whole = of(R"({"robot":{"result":"interrupted","attempt":1}})");
  merge(whole, of(R"({"robot":{"result":"no_answer","attempt":2,"stop":true}})"));
  CHECK(whole.robot->result == "interrupted");
  CHECK(whole.robot->attempt == 1);
  CHECK(whole.robot->stop);
}
