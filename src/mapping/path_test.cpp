#include "mapping/path.hpp"

#include "mapping/test_tools.hpp"

using namespace b24gate;
using namespace b24gate::mapping;
using namespace b24gate::mapping::test;

namespace {

std::string found(std::string_view path, std::string_view root) {
  const auto parsed = Path::parse(path);
  if (!parsed) return "MISTAKE " + parsed.error().where + ": " + parsed.error().what;
  const json::Value value = json_of(root);
  const auto* out = parsed->find(value);
  return out ? json::write(*out) : "nothing";
}

std::string all(std::string_view path, std::string_view root) {
  const json::Value value = json_of(root);
  std::string out;
  for (const auto* one : Path::parse(path).value().find_all(value)) out += json::write(*one) + ";";
  return out;
}

}  // namespace

TEST_CASE("a path walks objects and lists") {
  CHECK(found("Name", R"({"Name":"Пётр"})") == "\"Пётр\"");
  CHECK(found("a.b.c", R"({"a":{"b":{"c":1}}})") == "1");
  CHECK(found("contacts.1.name", R"({"contacts":[{"name":"a"},{"name":"b"}]})") == "\"b\"");
  CHECK(found("contacts.7.name", R"({"contacts":[{"name":"a"}]})") == "nothing");
  CHECK(found("a.0", R"({"a":{"0":"key"}})") == "\"key\"");
  CHECK(found("a.b", R"({"a":"text"})") == "nothing");
}

TEST_CASE("what says nothing is not found") {
  CHECK(found("a", R"({"a":""})") == "nothing");
  CHECK(found("a", R"({"a":[]})") == "nothing");
  CHECK(found("a", R"({"a":null})") == "nothing");
  CHECK(found("a", R"({"a":false})") == "false");
  CHECK(found("a", R"({"a":0})") == "0");
}

TEST_CASE("a key matches exactly, else in any case with _ and spaces alike") {
  CHECK(found("name", R"({"NAME":"loose","name":"exact"})") == "\"exact\"");
  CHECK(found("телефон", R"({"ТЕЛЕФОН":"1"})") == "\"1\"");
  CHECK(found("Выберите направление", R"({"Выберите_направление":"ГПУ"})") == "\"ГПУ\"");
  CHECK(found("Выберите_направление", R"({"выберите направление":"ГПУ"})") == "\"ГПУ\"");
  CHECK(found("name", R"({"names":"no"})") == "nothing");
}

TEST_CASE("brackets are steps that may hold anything") {
  CHECK(found("extra[utm].source", R"({"extra":{"utm":{"source":"ya"}}})") == "\"ya\"");
  CHECK(found("form[a.b]", R"({"form":{"a.b":"x"}})") == "\"x\"");
  CHECK(found("form['a=b'].c", R"({"form":{"a=b":{"c":2}}})") == "2");
  CHECK(found("[a.b]", R"({"a.b":3})") == "3");
}

TEST_CASE("[key=text] picks the first element whose key is the text") {
  constexpr auto quiz = R"({"answers":[{"q":"Город","a":"Томск"},{"q":" направление ","a":"ГПУ"},
                                       {"q":"Направление","a":"вторая"}]})";
  CHECK(found("answers[q=Направление].a", quiz) == "\"ГПУ\"");
  CHECK(found("answers[q='Город'].a", quiz) == "\"Томск\"");
  CHECK(found("answers[q=Цвет].a", quiz) == "nothing");
  CHECK(found("m[id=7].v", R"({"m":{"x":{"id":6,"v":1},"y":{"id":7,"v":2}}})") == "2");
}

TEST_CASE("a name on a list of objects gathers") {
  constexpr auto order = R"({"items":[{"name":"a","n":[1,2]},{"name":""},"text",{"name":"b","n":[3]}]})";
  CHECK(all("items.name", order) == "\"a\";\"b\";");
  CHECK(found("items.name", order) == "\"a\"");
  CHECK(all("items.n", order) == "[1,2];[3];");
  CHECK(all("items.n.0", order) == "1;3;");
}

TEST_CASE("mistakes of paths name the character") {
  CHECK(found("", "{}") == "MISTAKE character 1: the path is empty");
  CHECK(found("a..b", "{}") == "MISTAKE character 3: a name is missing between the dots");
  CHECK(found("имя.", "{}") == "MISTAKE character 5: a name is missing after the last dot");
  CHECK(found("a[b", "{}") == "MISTAKE character 2: '[' has no ']'");
  CHECK(found("a]b", "{}") == "MISTAKE character 2: ']' has no '['");
  CHECK(found("a[]", "{}") == "MISTAKE character 2: nothing stands between '[' and ']'");
  CHECK(found("a[=x]", "{}") == "MISTAKE character 2: a key is missing before '=': write [key=text]");
  CHECK(found("a[b]c", "{}") == "MISTAKE character 5: expected '.' or '[' after ']'");
  CHECK(found("a.[b]", "{}") == "MISTAKE character 3: a name is missing between '.' and '['");
  std::string deep = "a";
  for (int i = 0; i < 32; ++i) deep += ".a";
  CHECK(found(deep, "{}") == "MISTAKE character 65: more than 32 steps");
  CHECK(found(std::string(1001, 'a'), "{}") == "MISTAKE character 1: the path is longer than 1000 bytes");
}

TEST_CASE("head and keys are for checkers") {
  const auto path = Path::parse("order.items.0.name[x=1]").value();
  CHECK(path.head() == "order");
  CHECK(path.keys() == std::vector<std::string>{"order", "items", "name"});
  CHECK(path.text() == "order.items.0.name[x=1]");
}
