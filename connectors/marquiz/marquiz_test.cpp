#include <doctest/doctest.h>

#include "connector/connector.hpp"
#include "connectors/marquiz/answers.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("marquiz"); }

Reading read(std::string body) {
  Request request;
  request.method = "POST";
  request.body = std::move(body);
  return service().read(request, {});
}

event::Event only(std::string body) {
  const Reading reading = read(std::move(body));
  REQUIRE(reading.outcome == Outcome::accepted);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}

std::string key(const std::string& contacts, const std::string& created = "2024-06-14T08:21:37.412Z") {
  return only(R"({"quiz":{"id":"q"},"created":")" + created + R"(","contacts":)" + contacts + "}").key;
}

}  // namespace

TEST_CASE("marquiz: a passage is the quiz, its time and who it was") {
  const std::string one = key(R"({"phone":"8 (903) 000-11-22","email":"a@b.example"})");
  CHECK(one == "marquiz:q:2024-06-14T08:21:37.412Z:+79030001122");
  CHECK(key(R"({"phone":"+79030001122"})") == one);
  CHECK(key(R"({"phone":79030001122})") == one);
  CHECK(key(R"({"phone":"9030001122"})") == one);
  CHECK(key(R"({"phone":"89030001122"})", "2024-06-14T08:21:37.413Z") != one);
  CHECK(key(R"({"phone":"89030001123"})") != one);
  CHECK(key(R"({"email":"a@b.example","telegram":"@c"})") ==
        "marquiz:q:2024-06-14T08:21:37.412Z:a@b.example");
  CHECK(key(R"({"phone":"","email":null,"telegram":"@c"})") == "marquiz:q:2024-06-14T08:21:37.412Z:@c");
  // What is missing is made up for by the content: the quiz alone is never the key.
  CHECK(key(R"({"phone":"89030001122"})", "") != key(R"({"phone":"89030001123"})", ""));
  CHECK(key(R"({"name":"A"})") != key(R"({"name":"B"})"));
  CHECK(key(R"({"name":"A"})") == key(R"({"name":"A"})"));
}

TEST_CASE("marquiz: a messenger stands in for a missing phone when it looks like one") {
  const auto contact = [](const std::string& contacts) {
    return only(R"({"contacts":)" + contacts + "}").contact;
  };
  CHECK(contact(R"({"whatsapp":"+7 (912) 000-33-44"})").phones ==
        std::vector<std::string>{"+7 (912) 000-33-44"});
  CHECK(contact(R"({"whatsapp":"+7 (912) 000-33-44"})").messengers.size() == 1);
  CHECK(contact(R"({"telegram":"@vlad","viber":89120003344})").phones ==
        std::vector<std::string>{"89120003344"});
  CHECK(contact(R"({"telegram":"@vlad_79120003344"})").phones.empty());
  CHECK(contact(R"({"vk":"12345"})").phones.empty());
  CHECK(contact(R"({"phone":"1","whatsapp":"89120003344"})").phones == std::vector<std::string>{"1"});
  const auto all = contact(R"({"telegram":"a","whatsapp":"b","viber":"c","max":"d","vk":"e"})").messengers;
  REQUIRE(all.size() == 5);
  CHECK(all[3].type == "max");
  CHECK(all[4].id == "e");
}

TEST_CASE("marquiz: always a lead, also when nobody left a contact") {
  for (
      const char* body :
      {R"({"contacts":{}})", R"({"quiz":{"id":"1"}})", R"({"answers":[{"q":"a","a":"b"}]})",
       R"({"contacts":{"name":null,"email":"","phone":{}},"extra":null,"answers":null,"result":[],"raw":7})"}) {
    CAPTURE(body);
    CHECK(only(body).action == event::Action::create);
  }
  for (const char* body :
       {"", "{}", R"({"test":"test"})", "a=1", "[]", R"({"contacts":"x","answers":"y"})"}) {
    CAPTURE(body);
    CHECK(read(body).outcome == Outcome::ignored);
  }
  CHECK(read("{broken").outcome == Outcome::unreadable);
}

TEST_CASE("marquiz: answers of any type, in blocks of any depth, in their order") {
  const auto event = only(
      R"({"answers":[[{"q":"A","a":5,"id":9}],{"title":"block","items":[{"q":"B","a":["x","y"]},[[{"q":"C","a":""}]]]},{"q":"D","a":{"v":1}},{"q":"A","a":"again"},{"q":"","a":"alone"},"text",null]})");
  CHECK(event.text == "A: 5\nB: x, y\nD: {\"v\":1}\nA: again\nalone");
  CHECK(event.fields.size() == 3);
  CHECK(event.fields.find("A")->text() == "5");
  CHECK(event.fields.find("B")->is_array());
}

TEST_CASE("marquiz: entities are decoded once") {
  const auto event = only(R"({"answers":[{"q":"&quot;Q&quot;","a":"&amp;lt;b&amp;gt; &lt;10"}]})");
  CHECK(event.text == "\"Q\": &lt;b&gt; <10");
}

TEST_CASE("marquiz: the name is the contact's, else an answer's") {
  CHECK(only(R"({"contacts":{},"answers":[{"q":"Имя","a":"Анна"},{"q":"Как вас зовут?","a":"Пётр"}]})")
            .contact.name == "Анна");
  CHECK(only(R"({"contacts":{"name":"Олег"},"answers":[{"q":"Имя","a":"Анна"}]})").contact.name == "Олег");
}

TEST_CASE("marquiz: a form with brackets is the same as JSON") {
  const auto form = only(
      "contacts[phone]=8%20(903)%20000-11-22&contacts[name]=%D0%90&quiz[id]=q&quiz[name]=Q&created=2024-06-"
      "14T08:21:37."
      "412Z&extra[utm][source]=s&extra[utm][name]=c&answers[0][q]=One&answers[0][a]=1&answers[2][q]=Two&"
      "answers[2][a][]="
      "x&answers[2][a][]=y&extra[yclid]=77");
  const auto json = only(
      R"({"contacts":{"phone":"8 (903) 000-11-22","name":"А"},"quiz":{"id":"q","name":"Q"},"created":"2024-06-14T08:21:37.412Z","extra":{"utm":{"source":"s","campaign":"c"},"yclid":"77"},"answers":[{"q":"One","a":"1"},{"q":"Two","a":["x","y"]}]})");
  CHECK(json::write(event::to_json(form, TimeZone::utc())) ==
        json::write(event::to_json(json, TimeZone::utc())));
  CHECK(form.utm.campaign == "c");
  CHECK(form.fields.find("yclid")->text() == "77");
  CHECK(form.text.find("yclid") == std::string::npos);
}

TEST_CASE("marquiz: fields of the contact form are shown, the company has its place") {
  const auto event = only(
      R"({"contacts":{"company":"ООО Ромашка","text":"Позвоните утром","inn":7701234567,"city":"Томск","empty":""},"extra":{"ip":"","city":null},"ip":"203.0.113.44"})");
  CHECK(event.contact.company == "ООО Ромашка");
  CHECK(event.text == "Компания: ООО Ромашка\nКомментарий: Позвоните утром\ninn: 7701234567\ncity: Томск");
  CHECK(event.geo.city == "Томск");
  CHECK(event.client_ip == "203.0.113.44");
  CHECK(event.fields.find("inn")->text() == "7701234567");
}

TEST_CASE("marquiz: discount, result and utm in their odd forms") {
  const auto text = [](const std::string& extra, const std::string& result) {
    return only(R"({"contacts":{},"extra":)" + extra + R"(,"result":)" + result + "}").text;
  };
  CHECK(text(R"({"discount":"1000","discountType":"руб."})", R"("Итог")") ==
        "Скидка: 1000 руб.\nРезультат: Итог");
  CHECK(text(R"({"discount":0,"discountType":"percent"})", "null").empty());
  CHECK(text(R"({"discount":{"a":1},"discountType":[]})", R"({"title":{}})").empty());
  for (const char* utm : {"null", "{}", "[]", "\"\"", R"({"source":null})"})
    CHECK(only(std::string(R"({"contacts":{},"extra":{"utm":)") + utm + "}}").utm.empty());
  const auto both = only(R"({"contacts":{},"extra":{"utm":{"campaign":"c","name":"n"}}})").utm;
  CHECK(both.campaign == "c");
}

TEST_CASE("marquiz: a broken time is no time") {
  CHECK_FALSE(only(R"({"contacts":{},"created":"yesterday"})").occurred_at);
  CHECK(to_iso(only(R"({"contacts":{},"created":"2024-06-14T08:21:37Z"})").occurred_at.value(),
               TimeZone::utc()) == "2024-06-14T08:21:37+00:00");
}
