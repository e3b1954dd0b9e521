#include <doctest/doctest.h>

#include "connector/connector.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

Reading read(std::string body, const Source& source = {}, std::string query = "") {
  Request request;
  request.body = std::move(body);
  request.query = std::move(query);
  return find("webhook")->read(request, source);
}

event::Event only(std::string body, const Source& source = {}) {
  const Reading reading = read(std::move(body), source);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}

}  // namespace

TEST_CASE("webhook: only the client's own name and phone are the client's") {
  const auto event = only(
      R"({"manager":{"name":"Ольга","phone":"+74957907591"},"product":{"name":"ГПУ"},"client":{"name":"Анна","phone":"+79030006108"}})");
  CHECK(event.contact.name == "Анна");
  CHECK(event.contact.phones == std::vector<std::string>{"+79030006108"});
  CHECK(event.text == "manager.name: Ольга\nmanager.phone: +74957907591\nproduct.name: ГПУ");
  CHECK(event.fields.find("product.name")->text() == "ГПУ");
}

TEST_CASE("webhook: names of the form, the page and the utm marks in objects of their own") {
  const auto event = only(
      R"({"form":{"name":"Заявка","id":"f1","phone":"89030006108"},"page":{"url":"https://a.example/","title":"ГПУ"},"utm":{"source":"s","campaign":"c"}})");
  CHECK(event.form.name == "Заявка");
  CHECK(event.form.id == "f1");
  CHECK(event.contact.phones.size() == 1);
  CHECK(event.page.url == "https://a.example/");
  CHECK(event.page.title == "ГПУ");
  CHECK(event.utm.source == "s");
  CHECK(event.utm.campaign == "c");
  CHECK(event.text.empty());
}

TEST_CASE("webhook: lists of questions and answers") {
  const auto event = only(
      R"({"answers":[{"q":"Ваш телефон","a":"89030006108"},{"q":"Направление","a":["ГПУ","ДГУ"]},{"q":"Пусто","a":""}]})");
  CHECK(event.contact.phones.size() == 1);
  CHECK(event.text == "Направление: ГПУ, ДГУ");
}

TEST_CASE("webhook: the key is the most telling id, else the content") {
  CHECK(only(R"({"id":1,"event_id":"e","phone":"1"})").key == "webhook::e");
  CHECK(only(R"({"data":{"id":5},"phone":"1"})").key == "webhook::5");
  CHECK(only(R"({"manager":{"id":5},"phone":"1"})").key == only(R"({"phone":"1","manager":{"id":5}})").key);
  CHECK(only(R"({"phone":"1"})").key != only(R"({"phone":"2"})").key);
  CHECK(only("phone=1&id=0").key != "webhook::0");
  Source source;
  source.name = "site";
  source.options["key"] = "meta.number";
  CHECK(only(R"({"id":1,"meta":{"number":"n-7"}})", source).key == "webhook:site:n-7");
}

TEST_CASE("webhook: kind and time") {
  Source source;
  source.options["kind"] = "order";
  source.time_zone = *TimeZone::find("Europe/Moscow");
  const auto event = only("phone=1&created_at=2026-11-23T10:00:00", source);
  CHECK(event.kind == event::Kind::order);
  CHECK(to_iso(*event.occurred_at, TimeZone::utc()) == "2026-11-23T07:00:00+00:00");
  CHECK(only("phone=1&timestamp=1795417200").occurred_at == event.occurred_at);
  CHECK(only("phone=1&timestamp=soon").text == "timestamp: soon");
}

TEST_CASE("webhook: the query is read when there is no body, and the source's secret is never shown") {
  Source source;
  source.secrets = {Secret("S-1")};
  const Reading reading = read("", source, "phone=89030006108&key=S-1&x=1");
  REQUIRE(reading.events.size() == 1);
  CHECK(reading.events[0].text == "x: 1");
  CHECK(read("").outcome == Outcome::ignored);
  CHECK(read("[1,2,[]]").outcome == Outcome::ignored);
  CHECK(read("test=1").outcome == Outcome::probe);
  CHECK(read("{").outcome == Outcome::unreadable);
}

TEST_CASE("webhook: what is named like a secret is neither read nor stored") {
  const auto check = [](std::string body, std::string query, std::string type) {
    CAPTURE(body);
    Request request;
    request.body = std::move(body);
    request.query = std::move(query);
    request.headers = {{"Content-Type", type}, {"X-Auth-Token", "HIDDEN-0"}};
    const Reading reading = find("webhook")->read(request, {});
    REQUIRE(reading.events.size() == 1);
    const event::Event& event = reading.events[0];
    CHECK(event.contact.phones == std::vector<std::string>{"89030006108"});
    const std::string all = json::write(event::to_json(event, TimeZone::utc())) + json::write(reading.raw[0]);
    CHECK_MESSAGE(all.find("HIDDEN") == std::string::npos, all);
    CHECK(event.text == "keyboard: qwerty");
    find("webhook")->redact(request, {});
    for (const auto& kept : {request.body, request.query, request.headers[1].second}) {
      CHECK_MESSAGE(kept.find("HIDDEN") == std::string::npos, kept);
    }
    CHECK(request.body.find("qwerty") != std::string::npos);
    // What is stored says the same as what came.
    CHECK(find("webhook")->read(request, {}).events[0].key == event.key);
  };
  check(
      R"({"phone":"89030006108","Password":"HIDDEN-1","crm_token":"HIDDEN-2","auth":{"key":"HIDDEN-3"},"keyboard":"qwerty",)"
      R"("user":{"accessToken":"HIDDEN-4"},"api-key":["HIDDEN-5"]})",
      "token=HIDDEN-6&x=1", "application/json");
  check(
      "phone=89030006108&password=HIDDEN-1&auth[key]=HIDDEN-2&auth.key=HIDDEN-3&keyboard=qwerty&client_"
      "secret=HIDDEN-4",
      "", "application/x-www-form-urlencoded");
}

TEST_CASE("webhook: the key without an id carries the day, and knows its neighbours") {
  const auto at = [](const char* time) {
    Request request;
    request.body = R"({"name":"a","phone":"89030006108"})";
    request.received_at = parse_iso(time, TimeZone::utc()).value();
    return find("webhook")->read(request, {}).events.at(0);
  };
  const auto today = at("2026-11-20T10:00:00Z");
  CHECK(today.key == at("2026-11-20T23:59:00Z").key);
  CHECK(today.near_keys ==
        std::vector<std::string>{at("2026-11-19T10:00:00Z").key, at("2026-11-21T10:00:00Z").key});
  CHECK(only(R"({"id":1,"phone":"1"})").near_keys.empty());
}
