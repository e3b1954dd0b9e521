#include "mapping/filters.hpp"

#include "mapping/test_tools.hpp"
#include "mapping/tidy.hpp"

using namespace b24gate;
using namespace b24gate::mapping;
using namespace b24gate::mapping::test;

TEST_CASE("default stands in for what says nothing") {
  CHECK(render("{{ a | default('x') }}", R"({"a":""})") == "x");
  CHECK(render("{{ a | default('x') }}", R"({"a":"y"})") == "y");
  CHECK(render("{{ a | default(b) }}", R"({"b":"other"})") == "other");
  CHECK(render("{{ a | default(b) | default('z') }}", "{}") == "z");
  CHECK(render("{{ a | default('x') }}", R"({"a":0})") == "0");
}

TEST_CASE("letters") {
  CHECK(render("{{ a | upper }}", R"({"a":"ёлка abc"})") == "ЁЛКА ABC");
  CHECK(render("{{ a | lower }}", R"({"a":"ЁЛКА Abc"})") == "ёлка abc");
  CHECK(render("{{ a | capitalize }}", R"({"a":"иван ООО"})") == "Иван ООО");
  CHECK(render("{{ a | trim }}", R"({"a":"  x y\n"})") == "x y");
}

TEST_CASE("truncate counts characters and marks the cut") {
  CHECK(render("{{ a | truncate(5) }}", R"({"a":"привет"})") == "прив…");
  CHECK(render("{{ a | truncate(6) }}", R"({"a":"привет"})") == "привет");
  CHECK(render("{{ a | truncate(1) }}", R"({"a":"привет"})") == "…");
}

TEST_CASE("lists") {
  CHECK(render("{{ a | first }}", R"({"a":["x","y"]})") == "x");
  CHECK(render("{{ a | last }}", R"({"a":["x","y"]})") == "y");
  CHECK(render("{{ a | first }}", R"({"a":"text"})") == "text");
  CHECK(render("{{ a | join(' / ') }}", R"({"a":["x","","y"]})") == "x / y");
  CHECK(render("{{ a | lines }}", R"({"a":["x","y"]})") == "x\ny");
  CHECK(render("{{ a | lines }}", R"({"a":{"Мощность":"2 МВт","нет":"","n":1}})") == "Мощность: 2 МВт\nn: 1");
  CHECK(render("{{ a }}", R"({"a":["x","y"]})") == "x, y");
  CHECK(render("{{ order.items.name | join('+') }}", R"({"order":{"items":[{"name":"a"},{"name":"b"}]}})") ==
        "a+b");
}

TEST_CASE("replace and digits") {
  CHECK(render("{{ a | replace('o','00') }}", R"({"a":"foo"})") == "f0000");
  CHECK(render("{{ a | replace(' ', '') }}", R"({"a":"1 2 3"})") == "123");
  CHECK(render("{{ a | digits }}", R"({"a":"+7 (495) 790-75-91 доб. ٣"})") == "74957907591");
  CHECK(render("{{ a | digits }}", R"({"a":["+7 (495) 790-75-91","+7 903 000-11-22"]})") ==
        "7495790759179030001122");
}

TEST_CASE("a replacement cannot blow a text up without bounds") {
  const json::Value scope = json::Value::object({{"a", std::string(100'000, 'x')}});
  CHECK(render("{{ a | replace('x','" + std::string(5000, 'y') + "') }}", scope).size() == max_rendered);
}

TEST_CASE("date takes ISO times in the zone") {
  CHECK(render("{{ t | date('%d.%m.%Y %H:%M:%S') }}", R"({"t":"2026-11-23T21:30:05Z"})") ==
        "24.11.2026 00:30:05");
  CHECK(render("{{ t | date('%y %%') }}", R"({"t":"2026-01-02"})") == "26 %");
  CHECK(render("{{ t | date('%H') }}", R"({"t":"2026-11-23T10:00:00"})") == "10");
  CHECK(render("{{ t | date('%H') }}", R"({"t":"завтра"})") == "завтра");
  CHECK(render("{{ t | date('%H') }}", "{}") == "");
}

TEST_CASE("lookup") {
  CHECK(render("{{ a | lookup(directions) }}", R"({"a":" гпу "})") == "101");
  CHECK(render("{{ a | lookup('directions') }}", R"({"a":"когенерация"})") == "102");
  CHECK(render("{{ a | lookup(directions) | default('0') }}", R"({"a":"?"})") == "0");
  CHECK(render("{{ a | lookup(directions) }}", R"({"a":["ГПУ","?","Когенерация"]})") == "101, 102");
}

TEST_CASE("escape keeps BB codes from being read") {
  CHECK(render("{{ a | escape }}", R"({"a":"[url=x]y[/url]"})") == "[\u2060url=x]y[\u2060/url]");
  CHECK(render("{{ a | escape }}", R"({"a":["anna@example.com","[b]peter@example.com"]})") ==
        "anna@example.com, [\u2060b]peter@example.com");
}

TEST_CASE("broken bytes do no harm") {
  const json::Value scope = json::Value::object({{"a", std::string("\xD0\xFFz\xD0")}});
  CHECK(render("{{ a | upper }}", scope) == "\uFFFD\uFFFDZ\uFFFD");
  CHECK(render("{{ a | truncate(2) }}", scope).find("…") != std::string::npos);
}

TEST_CASE("mistakes of filters") {
  CHECK(render("{{ a | uper }}", "{}") ==
        "MISTAKE character 8: unknown filter 'uper'; did you mean 'upper'?");
  CHECK(render("{{ a | zzzzzzzz }}", "{}") ==
        "MISTAKE character 8: unknown filter 'zzzzzzzz'; known: default, upper, lower, capitalize, trim, "
        "truncate, "
        "first, last, join, replace, digits, date, lookup, escape, lines");
  CHECK(render("{{ a | }}", "{}") == "MISTAKE character 8: a filter is missing behind '|'");
  CHECK(render("{{ a | default }}", "{}") ==
        "MISTAKE character 16: the filter takes something: write 'default('x')'");
  CHECK(render("{{ a | upper() }}", "{}") == "MISTAKE character 14: write 'upper', without parentheses");
  CHECK(render("{{ a | truncate('x') }}", "{}") ==
        "MISTAKE character 17: expected a number of characters above 0: write 'truncate(100)'");
  CHECK(render("{{ a | truncate(0) }}", "{}") ==
        "MISTAKE character 17: expected a number of characters above 0: write 'truncate(100)'");
  CHECK(render("{{ a | join(x) }}", "{}") == "MISTAKE character 13: expected a text in quotes");
  CHECK(render("{{ a | join('x' }}", "{}") == "MISTAKE character 17: expected ')': write 'join(', ')'");
  CHECK(render("{{ a | replace('x') }}", "{}") ==
        "MISTAKE character 19: expected ',': write 'replace('a', 'b')'");
  CHECK(render("{{ a | replace('', 'x') }}", "{}") ==
        "MISTAKE character 16: an empty text cannot be replaced");
  CHECK(render("{{ a | date('%Q') }}", "{}") ==
        "MISTAKE character 13: '%Q' is no part of a date; known: %d, %m, %Y, %y, %H, %M, %S, %%");
  CHECK(render("{{ a | date('') }}", "{}") ==
        "MISTAKE character 13: the format is empty: write '%d.%m.%Y %H:%M'");
  CHECK(render("{{ a | lookup() }}", "{}") ==
        "MISTAKE character 15: expected a name: write 'lookup(directions)'");
}
