#include "yaml/shape.hpp"

#include <doctest/doctest.h>

#include <array>

#include "yaml/types.hpp"

using namespace b24gate;

namespace {

enum class Colour { red, green };

struct Inner {
  std::string name;
  std::vector<int> numbers;
};

struct Outer {
  std::string listen;
  std::optional<int> limit;
  Colour colour = Colour::red;
  Inner inner;
  yaml::NamedList<std::string> names;
  yaml::Placed<std::string> placed;
};

class FakeSecrets final : public yaml::SecretSource {
 public:
  [[nodiscard]] Result<std::string> find(std::string_view kind, std::string_view name) const override {
    if (kind == "env" && name == "GOOD") return std::string("value");
    return fail(ErrorKind::config, "", "no " + std::string(kind) + " called " + std::string(name));
  }
};

}  // namespace

namespace b24gate::yaml {

template <>
struct Words<Colour> {
  static constexpr std::array<std::pair<std::string_view, Colour>, 2> all = {
      {{"red", Colour::red}, {"green", Colour::green}}};
};

template <>
struct Shape<Inner> : ObjectShape<Inner> {
  template <class F>
  static void keys(F& f) {
    f.required("name", &Inner::name, "A name.");
    f.optional("numbers", &Inner::numbers, "Some numbers.");
  }
  static void check(const Node& node, Context& context, const Inner& inner) {
    if (inner.name == "forbidden") context.problems.add(node.place(), "forbidden");
  }
};

template <>
struct Shape<Outer> : ObjectShape<Outer> {
  template <class F>
  static void keys(F& f) {
    f.required("listen", &Outer::listen, "An address.");
    f.optional("limit", &Outer::limit, "A limit.");
    f.optional("colour", &Outer::colour, "");
    f.optional("inner", &Outer::inner, "Inside.");
    f.optional("names", &Outer::names, "Names.");
    f.optional("placed", &Outer::placed, "With a place.");
  }
};

}  // namespace b24gate::yaml

namespace {

std::string read(std::string_view text, Outer& out) {
  yaml::Problems problems;
  const FakeSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto node = yaml::parse(text, "f.yaml", problems);
  if (node) yaml::read(*node, context, out);
  return problems.text();
}

std::string wrong(std::string_view text) {
  Outer out;
  return read(text, out);
}

}  // namespace

TEST_CASE("a struct is read from its keys") {
  Outer out;
  CHECK(
      read("listen: a\nlimit: 5\ncolour: green\ninner: { name: x, numbers: [1, 2] }\nnames: { b: 1, a: 2 }\n"
           "placed: \"${env:GOOD}!\"\n",
           out) == "");
  CHECK(out.listen == "a");
  CHECK(out.limit == 5);
  CHECK(out.colour == Colour::green);
  CHECK(out.inner.numbers == std::vector<int>{1, 2});
  REQUIRE(out.names.size() == 2);
  CHECK(out.names[0].name == "b");
  CHECK(out.names[1].place.text() == "f.yaml:5:16");
  CHECK(out.placed.value == "value!");
  CHECK(out.placed.place.text() == "f.yaml:6:9");
}

TEST_CASE("an optional key without a value keeps its default") {
  Outer out;
  CHECK(read("listen: a\ncolour:\nlimit: ~\n", out) == "");
  CHECK(out.colour == Colour::red);
  CHECK_FALSE(out.limit);
}

TEST_CASE("all mistakes are reported, each at its place") {
  CHECK(wrong("lisen: a\nlimit: x\ncolour: gren\ninner: { name: forbidden, numbers: [1, b, [c]] }\nnames: "
              "[a]\n") ==
        "f.yaml:1:1: missing value: 'listen:' is required\n"
        "f.yaml:1:1: unknown key 'lisen'; did you mean 'listen'?\n"
        "f.yaml:2:8: expected a whole number, found 'x'\n"
        "f.yaml:3:9: unknown value 'gren'; did you mean 'green'?\n"
        "f.yaml:4:8: forbidden\n"
        "f.yaml:4:40: expected a whole number, found 'b'\n"
        "f.yaml:4:43: expected a whole number, found a list\n"
        "f.yaml:5:8: expected a map of names, found a list\n");
  CHECK(wrong("listen:\n") == "f.yaml:1:1: missing value: 'listen:' is required\n");
  CHECK(wrong("listen: a\ninner: 5\n") == "f.yaml:2:8: expected a map of keys and values, found a text\n");
  CHECK(wrong("listen: a\ninner: { name: x, numbers: 5 }\n") ==
        "f.yaml:2:28: expected a list, found a text\n");
  CHECK(wrong("listen: a\ncolour: [red]\n") == "f.yaml:2:9: expected a word, found a list\n");
}

TEST_CASE("secrets inside texts are replaced, mistakes never show values") {
  CHECK(wrong("listen: \"${env:GOOD}${env:BAD}\"\n") == "f.yaml:1:9: no env called BAD\n");
  CHECK(wrong("listen: \"${GOOD}\"\n") ==
        "f.yaml:1:9: '${' begins a secret: write ${env:NAME}, ${file:PATH} or ${credential:NAME}\n");
  CHECK(wrong("listen: \"${env:GOOD\"\n") ==
        "f.yaml:1:9: '${' begins a secret: write ${env:NAME}, ${file:PATH} or ${credential:NAME}\n");
  CHECK(wrong("listen: \"${a}:b}\"\n") ==
        "f.yaml:1:9: '${' begins a secret: write ${env:NAME}, ${file:PATH} or ${credential:NAME}\n");
}

TEST_CASE("the schema comes from the same declaration") {
  yaml::Schemas schemas;
  const json::Value schema = schemas.document("Outer", yaml::schema<Outer>(schemas));
  CHECK(schema["$schema"].text() == "http://json-schema.org/draft-07/schema#");
  CHECK(json::write(schema["required"]) == R"(["listen"])");
  CHECK(schema["additionalProperties"] == json::Value(false));
  CHECK(schema["properties"]["listen"]["description"].text() == "An address.");
  CHECK(json::write(schema["properties"]["colour"]) == R"({"enum":["red","green"]})");
  CHECK(json::write(schema["properties"]["inner"]["properties"]["numbers"]["items"]) ==
        R"({"type":"integer"})");
  CHECK(schema["definitions"].is_null());
}

TEST_CASE("schemas may refer to themselves") {
  yaml::Schemas schemas;
  int made = 0;
  std::function<json::Value(yaml::Schemas&)> rule = [&](yaml::Schemas& inner) {
    ++made;
    return json::Value::object({{"items", inner.reference("rule", rule)}});
  };
  const json::Value root = yaml::described(schemas.reference("rule", rule), "A rule.");
  schemas.reference("rule", rule);
  CHECK(made == 1);
  CHECK(json::write(root) == R"({"description":"A rule.","allOf":[{"$ref":"#/definitions/rule"}]})");
  CHECK(schemas.document("x", root)["definitions"]["rule"]["items"]["$ref"].text() == "#/definitions/rule");
}
