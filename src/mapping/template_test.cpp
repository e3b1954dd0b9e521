#include "mapping/template.hpp"

#include "mapping/test_tools.hpp"
#include "mapping/tidy.hpp"

using namespace b24gate;
using namespace b24gate::mapping;
using namespace b24gate::mapping::test;

TEST_CASE("texts, values and constants") {
  CHECK(render("WEB", "{}") == "WEB");
  CHECK(render("", "{}") == "");
  CHECK(render("{{ source.title }}: {{ form.name | default('заявка') }}, {{ contact.name }}",
               R"({"source":{"title":"Сайт"},"contact":{"name":"Пётр"}})") == "Сайт: заявка, Пётр");
  CHECK(render("{{'a'}}{{ \"b\" }}{{ 5 }}", "{}") == "ab5");
  CHECK(render("{{ 'it\\'s\\n}}' }}", "{}") == "it's\n}}");
  CHECK(render("{ a } 100% [x]", "{}") == "{ a } 100% [x]");
  CHECK(render("{{ answers[q=What's up, doc].a }}", R"({"answers":[{"q":"what's up, doc","a":"x"}]})") ==
        "x");
}

TEST_CASE("values are never read as templates") {
  CHECK(render("{{ a }}", R"({"a":"{{ b }}{% if b %}", "b":"secret"})") == "{{ b }}{% if b %}");
  CHECK(render("{{ a | default(c) }}", R"({"c":"{{ b }}", "b":"secret"})") == "{{ b }}");
}

TEST_CASE("value() keeps what one path finds") {
  const auto value = [](std::string_view text, std::string_view scope) {
    return json::write(Template::compile(text)->value(json_of(scope), some_dictionaries(), moscow()));
  };
  CHECK(value("{{ a }}", R"({"a":["x","y"]})") == R"(["x","y"])");
  CHECK(value("{{ a }}", R"({"a":5})") == "5");
  CHECK(value("{{ a | first }}", R"({"a":["x","y"]})") == R"("x")");
  CHECK(value("{{ a }}.", R"({"a":["x","y"]})") == R"("x, y.")");
  CHECK(value("{{ a.n }}", R"({"a":[{"n":[1]},{"n":2}]})") == "[1,2]");
  CHECK(value("{{ b }}", "{}") == "null");
  CHECK(value("WEB", "{}") == R"("WEB")");
}

TEST_CASE("if chooses") {
  constexpr auto text = "{% if a == 1 %}one{% elif a == 2 %}two{% else %}many{% endif %}!";
  CHECK(render(text, R"({"a":1})") == "one!");
  CHECK(render(text, R"({"a":2})") == "two!");
  CHECK(render(text, R"({"a":3})") == "many!");
  CHECK(render("{% if a %}{% if b %}ab{% else %}a{% endif %}{% endif %}", R"({"a":1,"b":1})") == "ab");
  CHECK(render("{% if a %}{% if b %}ab{% else %}a{% endif %}{% endif %}", R"({"a":1})") == "a");
  CHECK(render("{% if a in ['x', ']'] %}yes{% endif %}", R"({"a":"]"})") == "yes");
}

TEST_CASE("separators around absent values are tidied") {
  constexpr auto title = "{{ a }}: {{ b }}, {{ c }}";
  CHECK(render(title, R"({"a":"A","b":"B","c":"C"})") == "A: B, C");
  CHECK(render(title, R"({"a":"A","b":"B"})") == "A: B");
  CHECK(render(title, R"({"a":"A","c":"C"})") == "A: C");
  CHECK(render(title, R"({"b":"B","c":"C"})") == "B, C");
  CHECK(render(title, R"({"a":"A"})") == "A");
  CHECK(render(title, R"({"c":"C"})") == "C");
  CHECK(render(title, "{}") == "");
  CHECK(render("{{ a }} - {{ b }}", R"({"a":"A"})") == "A");
  CHECK(render("{{ a }} - {{ b }}", R"({"b":"B"})") == "B");
  CHECK(render("{{ a }} — {{ b }} | {{ c }}", R"({"a":"A","c":"C"})") == "A — C");
  CHECK(render("Заявка {{ b }}, Томск", "{}") == "Заявка, Томск");
  CHECK(render("Заявка, {{ b }} Томск", "{}") == "Заявка, Томск");
  CHECK(render("Заявка {{ b }} Томск", "{}") == "Заявка Томск");
  CHECK(render("{{ a }} {{ b }} {{ c }}", R"({"a":"A","c":"C"})") == "A C");
  CHECK(render("{{ a }}{% if b %}, {{ b }}{% endif %}, {{ c }}", R"({"a":"A","c":"C"})") == "A, C");
  CHECK(render("{{ a }}, {{ b }}", R"({"a":"A","b":"  "})") == "A");
}

TEST_CASE("only the template's own text is tidied") {
  CHECK(render("{{ a }}, {{ b }}", R"({"a":"A, , - "})") == "A, , - ");
  CHECK(render("{{ a }} {{ b }}", R"({"b":", x: "})") == ", x: ");
  CHECK(render("a, , b: ", "{}") == "a, , b: ");
  CHECK(render("https://x/{{ a }}", "{}") == "https://x/");
  CHECK(render("{{ a }}-{{ b }}", R"({"a":"A","b":"B"})") == "A-B");
}

TEST_CASE("lines that absent values leave empty go") {
  CHECK(render("{{ a }}\n{{ b }}\n{{ c }}\n", R"({"a":"A","c":"C"})") == "A\nC");
  CHECK(render("{{ a }}\n{{ b }}\n", R"({"a":"A"})") == "A");
  CHECK(render("{{ a }}\n{{ b }}\n", R"({"b":"B"})") == "B");
  CHECK(render("A\n\n{{ b }}\n\nC", "{}") == "A\n\nC");
  CHECK(render("A\n\n\nC{{ b }}", "{}") == "A\n\n\nC");
  CHECK(render("A\n- {{ b }}\nC", "{}") == "A\nC");
  CHECK(render("A\n{% if b %}\nx\n{% endif %}\nC", "{}") == "A\nC");
  CHECK(render("{{ a }}\n{{ b }}", R"({"a":"x\n\n\ny"})") == "x\n\n\ny");
}

TEST_CASE("what is rendered is bounded and cut between characters") {
  const json::Value scope = json::Value::object({{"a", "z" + std::string(700'000, '\xD1')}});
  CHECK(render("{{ a }}{{ a }}{{ a }}", scope).size() <= max_rendered);
  std::string cyrillic = "z";
  for (int i = 0; i < 600'000; ++i) cyrillic += "я";
  const std::string cut = render("{{ a }}", json::Value::object({{"a", cyrillic}}));
  CHECK(cut.size() == max_rendered - 1);
  CHECK(cut.substr(cut.size() - 2) == "я");
}

TEST_CASE("mistakes of templates") {
  CHECK(render("имя {{ a", "{}") == "MISTAKE character 5: '{{' is not closed: write '}}'");
  CHECK(render("{% if a", "{}") == "MISTAKE character 1: '{%' is not closed: write '%}'");
  CHECK(render("a }} b", "{}") == "MISTAKE character 3: '}}' closes nothing: '{{' is missing before it");
  CHECK(render("a %} b", "{}") == "MISTAKE character 3: '%}' closes nothing: '{%' is missing before it");
  CHECK(render("{{ }}", "{}") ==
        "MISTAKE character 4: a value is missing here: write a path like contact.name or a text in quotes");
  CHECK(render("{{ a b }}", "{}") == "MISTAKE character 6: expected '|' or '}}', found 'b'");
  CHECK(render("{{ | upper }}", "{}") ==
        "MISTAKE character 4: expected a path like contact.name or a text in quotes, found '|'");
  CHECK(render("{{ a..b }}", "{}") ==
        "MISTAKE character 4: 'a..b' is no path: a name is missing between the dots");
  CHECK(render("{% if a %}x", "{}") == "MISTAKE character 1: '{% if %}' is not closed: write '{% endif %}'");
  CHECK(render("{% endif %}", "{}") == "MISTAKE character 1: '{% endif %}' stands outside of any '{% if %}'");
  CHECK(render("{% iff a %}", "{}") == "MISTAKE character 4: unknown tag 'iff'; did you mean 'if'?");
  CHECK(render("{% if a %}{% else %}{% else %}{% endif %}", "{}") ==
        "MISTAKE character 21: 'else' follows 'else'");
  CHECK(render("{% if a %}{% else b %}{% endif %}", "{}") ==
        "MISTAKE character 19: nothing may follow 'else'");
  CHECK(render("{% if %}x{% endif %}", "{}") ==
        "MISTAKE character 7: the condition is empty: write one like contact.phones or 'x' in text");
  std::string deep;
  for (int i = 0; i < 17; ++i) deep += "{% if a %}";
  CHECK(render(deep, "{}") == "MISTAKE character 161: more than 16 'if' inside each other");
  CHECK(render(std::string(65537, 'x'), "{}") ==
        "MISTAKE character 1: the template is longer than 65536 bytes");
}

TEST_CASE("paths and dictionaries are there for checking") {
  const auto made = Template::compile(
      "{{ a.b | default(c) | lookup(d1) }}{% if e and 'x' in f %}{{ a.b }}{% elif g %}{{ h | lookup(d2) }}{% "
      "endif %}");
  REQUIRE(made);
  CHECK(made->paths() == std::vector<std::string>{"a.b", "c", "e", "f", "g", "h"});
  CHECK(made->dictionaries() == std::vector<std::string>{"d1", "d2"});
  CHECK(Template().render({}, {}, TimeZone::utc()) == "");
  CHECK(made->text().substr(0, 8) == "{{ a.b |");
}
