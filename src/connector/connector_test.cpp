#include "connector/connector.hpp"

#include <doctest/doctest.h>

#include "connector/body.hpp"
#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connector/options.hpp"

using namespace b24gate;
using namespace b24gate::connector;

TEST_CASE("headers are found in any case, the first one wins") {
  Request request;
  request.headers = {{"X-Api-Key", "one"}, {"x-api-key", "two"}};
  CHECK(request.header("x-API-key") == "one");
  CHECK(request.header("X-Api").empty());
}

TEST_CASE("keys are bounded and plain") {
  CHECK(event_key("tilda", " 5489001:4280000741 ") == "tilda:5489001:4280000741");
  CHECK(event_key("tilda", std::string(160, 'x')) == "tilda:" + std::string(160, 'x'));
  const std::string hashed = event_key("tilda", std::string(161, 'x'));
  CHECK(hashed.size() == 6 + 32);
  CHECK(hashed != event_key("tilda", std::string(162, 'x')));
  CHECK(event_key("tilda", "a\nb").size() == 6 + 32);
  CHECK(event_key("tilda", "\xFF").size() == 6 + 32);
  CHECK(event_key("tilda", " ").size() == 6 + 32);
}

TEST_CASE("the order of members does not change a content's id, everything else does") {
  const auto id = [](const char* text) { return content_id(*json::parse(text)); };
  CHECK(id(R"({"a":1,"b":{"c":[1,2],"d":3}})") == id(R"({"b":{"d":3,"c":[1,2]},"a":1})"));
  CHECK(id(R"({"a":[1,2]})") != id(R"({"a":[2,1]})"));
  CHECK(id(R"({"a":"1"})") != id(R"({"a":1})"));
  CHECK(id("{}").size() == 32);
}

TEST_CASE("labels of people") {
  const auto role = [](std::string_view label, std::string_view value = "x") {
    return role_of(label, value);
  };
  for (const char* label : {"Name", "name", "NAME", "Ваше_имя", "Ваше имя:", "ФИО", "Введите_ваше_имя_",
                            "Name_2", "Имя", "Имя*", "YourName", "client_name", "Как_к_вам_обращаться"}) {
    CAPTURE(label);
    CHECK(role(label) == Role::name);
  }
  for (const char* label : {"Phone", "phone_2", "Телефон", "Ваш_телефон", "Контактный телефон", "Tel",
                            "Номер_телефона", "tel1", "Телефон_для_связи", "client_phone"}) {
    CAPTURE(label);
    CHECK(role(label) == Role::phone);
  }
  for (const char* label : {"Email", "E-mail", "e_mail", "Электронная_почта", "Ваш e-mail", "Почта",
                            "Ваш_Email_2", "Эл. почта"}) {
    CAPTURE(label);
    CHECK(role(label) == Role::email);
  }
  CHECK(role("Модель телефона", "Nokia") == Role::other);
  CHECK(role("Рабочий телефон секретаря", "8 495 790-75-91") == Role::phone);
  CHECK(role("Личная почта директора", "a@example.com") == Role::email);
  CHECK(role("Личная почта директора", "нет") == Role::other);
  CHECK(role("Мощность") == Role::other);
  CHECK(role("") == Role::other);
  CHECK(role("123") == Role::other);
  CHECK(role(std::string(5000, 'x')) == Role::other);
}

TEST_CASE("look-alike letters of the other alphabet are the same letters") {
  CHECK(role_of("Nаmе", "x") == Role::name);      // Cyrillic а and е
  CHECK(role_of("Рhоnе", "x") == Role::phone);    // Cyrillic Р, о, е
  CHECK(role_of("Teлeфoн", "x") == Role::phone);  // Latin T, e, o
  CHECK(role_of("Еmаil", "x") == Role::email);    // Cyrillic Е, а
  CHECK(role_of("Bаше_имя", "x") == Role::name);  // Latin B
  CHECK(role_of("ФИO", "x") == Role::name);       // Latin O
  CHECK(role_of("utm_sоurce", "x") == Role::utm_source);
}

TEST_CASE("taking a value fills what is empty and lengthens lists") {
  event::Event event;
  CHECK(take(event, Role::name, " Пётр "));
  CHECK_FALSE(take(event, Role::name, "Анна"));
  CHECK_FALSE(take(event, Role::name, "  "));
  CHECK(event.contact.name == "Пётр");
  CHECK(take(event, Role::phone, "1"));
  CHECK(take(event, Role::phone, "2"));
  CHECK(event.contact.phones == std::vector<std::string>{"1", "2"});
  CHECK(take(event, Role::city, "Томск"));
  CHECK(event.geo.from == "payload");
  CHECK_FALSE(take(event, Role::country, "Россия"));
  CHECK_FALSE(take(event, Role::comment, "x"));
}

TEST_CASE("lines of a text") {
  std::string text;
  add_line(text, "", " a\r\nb\rc ");
  add_line(text, shown("Ваш_опыт_"), "5");
  add_line(text, "empty", " \r\n");
  CHECK(text == "a\nb\nc\nВаш опыт: 5");
}

TEST_CASE("entities of names and values lose one layer") {
  const auto value = without_entities(*json::parse(R"({"a&amp;b":["&amp;lt;",1,{"c":"&quot;"}],"a&b":2})"));
  CHECK(json::write(value) == R"({"a&b":2})");
  CHECK(json::write(without_entities(*json::parse(R"(["&amp;lt;",1,{"c":"&laquo;"}])"))) ==
        R"(["&lt;",1,{"c":"«"}])");
}

TEST_CASE("secrets are taken out of every kind of request") {
  const auto is_secret = [](std::string_view name, std::string_view value) -> std::optional<std::string> {
    if (name == "cookies") return std::string(value.substr(0, 3));
    return name == "api_key" ? std::optional<std::string>(redacted) : std::nullopt;
  };
  Request request;
  request.headers = {{"api_key", "HIDDEN"}, {"Referer", "https://a.example/"}};
  request.query = "a=1&api%5Fkey=HIDDEN&b=";
  request.body = "a=%D0%90&api_key=HID%44EN&b=+&cookies=a%3D1;b";
  redact_fields(request, is_secret);
  CHECK(request.headers[0].second == "***");
  CHECK(request.headers[1].second == "https://a.example/");
  CHECK(request.query == "a=1&api%5Fkey=***&b=");
  CHECK(request.body == "a=%D0%90&api_key=***&b=+&cookies=a%3D1");

  request.body = R"( {"a": 1, "api_key": "HIDDEN"})";
  redact_fields(request, is_secret);
  CHECK(request.body == R"({"a":1,"api_key":"***"})");
  request.body = R"([{"api_key": 123456}])";
  redact_fields(request, is_secret);
  CHECK(request.body == R"([{"api_key":"***"}])");
  request.body = R"({"a":  1})";
  redact_fields(request, is_secret);
  CHECK(request.body == R"({"a":  1})");

  request.headers = {{"Content-Type", "multipart/form-data; boundary=b"}};
  request.body = "--b\r\nContent-Disposition: form-data; name=api_key\r\n\r\nHIDDEN\r\n--b--";
  redact_fields(request, is_secret);
  CHECK(request.body == "--b\r\nContent-Disposition: form-data; name=api_key\r\n\r\n***\r\n--b--");

  request.headers = {{"X", "the H/DDEN"}};
  request.query = "H%2FDDEN";
  request.body = R"({"api_key": "H/DDEN)";
  redact_values(request, {Secret("H/DDEN"), Secret("api")});
  CHECK(request.headers[0].second == "the ***");
  CHECK(request.query == "***");
  CHECK(request.body == R"({"api_key": "***)");
}

TEST_CASE("switches") {
  for (const json::Value& on : {json::Value(true), json::Value("yes"), json::Value("On "), json::Value(1),
                                json::Value("1"), json::Value("Да")})
    CHECK(is_on(on));
  for (const json::Value& off :
       {json::Value(), json::Value(false), json::Value("no"), json::Value(""), json::Value(0), json::Value(2),
        json::Value("yes please"), json::Value::array(), json::Value::object()})
    CHECK_FALSE(is_on(off));
}
