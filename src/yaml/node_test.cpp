#include "yaml/node.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using yaml::Node;

namespace {

struct Parsed {
  std::optional<Node> node;
  std::string wrong;
};

Parsed parse(std::string_view text) {
  yaml::Problems problems;
  Parsed out;
  out.node = yaml::parse(text, "f.yaml", problems);
  out.wrong = problems.text();
  return out;
}

Node good(std::string_view text) {
  auto parsed = parse(text);
  REQUIRE(parsed.wrong == "");
  REQUIRE(parsed.node);
  return std::move(*parsed.node);
}

}  // namespace

TEST_CASE("a tree knows its kinds and places") {
  const Node root = good("имя: Пётр\nсписок: [а, б]\nпусто:\n");
  REQUIRE(root.is_map());
  CHECK(root.entries().size() == 3);
  CHECK(root.entries()[0].key == "имя");
  CHECK(root.find("имя")->scalar() == "Пётр");
  CHECK(root.find("имя")->place().text() == "f.yaml:1:6");
  CHECK(root.entries()[1].place.text() == "f.yaml:2:1");
  CHECK(root.find("список")->items()[1].place().text() == "f.yaml:2:13");
  CHECK(root.find("пусто")->is_null());
  CHECK(root.find("нет") == nullptr);
  CHECK(root.find("имя")->kind_name() == "a text");
  CHECK(root.find("список")->kind_name() == "a list");
  CHECK(root.kind_name() == "a map");
  CHECK(root.find("пусто")->kind_name() == "nothing");
}

TEST_CASE("quotes and blocks are told from plain scalars") {
  const Node root = good("a: \"1\"\nb: 1\nc: '~'\nd: ~\ne: |\n  x\n  y\nf: \"\"\ng: null\nh: !!str 5\n");
  CHECK(root.find("a")->quoted());
  CHECK_FALSE(root.find("b")->quoted());
  CHECK(root.find("c")->scalar() == "~");
  CHECK(root.find("d")->is_null());
  CHECK(root.find("e")->quoted());
  CHECK(root.find("e")->scalar() == "x\ny\n");
  CHECK(root.find("f")->is_scalar());
  CHECK(root.find("g")->is_null());
  CHECK(root.find("h")->quoted());
}

TEST_CASE("an empty file is nothing") {
  CHECK(good("").is_null());
  CHECK(good("").place().text() == "f.yaml:1:1");
  CHECK(good("# only a comment\n").is_null());
}

TEST_CASE("anchors repeat values") {
  const Node root = good("a: &x { b: 1 }\nc: *x\n");
  CHECK(root.find("c")->find("b")->scalar() == "1");
}

TEST_CASE("mistakes of YAML itself have places") {
  CHECK(parse("a: 1\nb: 2\na: 3\n").wrong == "f.yaml:3:1: key 'a' is written twice; keep one\n");
  CHECK(parse("? [a]\n: b\n").wrong == "f.yaml:1:3: a key must be a text\n");
  CHECK(parse("a: *nothing\n").wrong.find("f.yaml:1:") == 0);
  CHECK(
      parse("a: &x [*x]\n").wrong.find("f.yaml:1:8: this alias names no anchor that is complete before it") ==
      0);
  CHECK_FALSE(parse("a: &x [*x]\n").node);
  CHECK(parse("a: 1\n---\nb: 2\n").wrong ==
        "f.yaml:2:1: the file holds more than one document; keep the first, without a second ---\n");
  CHECK(parse("я: 1\nё: \xFF\n").wrong ==
        "f.yaml:2:4: from here on the file is not UTF-8; save it as UTF-8\n");
  CHECK_FALSE(parse("a: \xFF\n").node);
}

TEST_CASE("what is no YAML: where a person must look, and what to write instead") {
  const auto wrong = [](std::string_view text) { return parse(text).wrong; };
  // Brackets and quotes that are never closed: where they are opened.
  CHECK(wrong("a: [1\n") == "f.yaml:1:4: this [ is not closed; write ] at its end\n");
  CHECK(wrong("a: 1\nсписок: [5s, 30s\nb: { c: [1, 2], d: \"}\" }\ne: 2\n") ==
        "f.yaml:2:9: this [ is not closed; write ] at its end\n");
  CHECK(wrong("a: { b: 1 # }\nc: it's [fine\nd: 2\n")
            .find("f.yaml:1:4: this { is not closed; write } at its end") == 0);
  CHECK(wrong("text: |\n  it's [not] {here\nlist: - 'x\na: [1\n").find("f.yaml:") == 0);
  CHECK(wrong("block: |\n  [ \"\nа: \"текст\nb: 1\n") ==
        "f.yaml:3:4: this \" is not closed; write another one behind the text\n");
  CHECK(wrong("a: 'don''t\nb: 1\n") ==
        "f.yaml:1:4: this ' is not closed; write another one behind the text\n");
  // Closed by the next quote of another text only.
  CHECK(wrong("a: \"x\nb: 1\nc: \"y\"\nd: 1\n") ==
        "f.yaml:1:4: this \" is not closed; write another one behind the text\n");
  CHECK(good("a: \"x\n  y\"\nb: 1\n").find("a")->scalar() == "x y");
  // Indentation.
  const std::string tab = "a tab; write spaces, YAML takes no tabs for indentation\n";
  CHECK(wrong("server:\n\tlisten: 1\n  b: 2\n") == "f.yaml:2:1: " + tab);
  CHECK(wrong("server:\n  a: 1\n \t b: 2\n") == "f.yaml:3:2: " + tab);
  CHECK(
      wrong("a:\n    b: 1\n  c: 2\n") ==
      "f.yaml:3:3: the indentation fits none of the lines above; let keys that belong together begin in one "
      "column\n");
  CHECK(wrong("a:\n  - 1\n  b: 2\n").find("f.yaml:3:3: the indentation fits none of the lines above") == 0);
  // Characters that mean something.
  CHECK(wrong("a: b: c\n").find("f.yaml:1:5: a ':' that belongs to no key; put the value in quotes") == 0);
  CHECK(wrong("a: @b\n") == "f.yaml:1:4: a value cannot begin with this character; put it in quotes\n");
  CHECK(wrong("a: \"C:\\temp\\q\"\n").find("a backslash in double quotes begins an escape") !=
        std::string::npos);
  CHECK(wrong("a: 1]\nb: ]\n").find("this bracket closes nothing") != std::string::npos);
}

TEST_CASE("aliases cannot grow a file without bounds") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += (k ? ", " : "") + before;
    text += "]\n";
  }
  const auto parsed = parse(text);
  CHECK_FALSE(parsed.node);
  CHECK(parsed.wrong.find("the file grows beyond 200000 values; aliases repeat too much") !=
        std::string::npos);
}

TEST_CASE("nesting is bounded") {
  const auto flow = parse(std::string(100'000, '['));
  CHECK_FALSE(flow.node);
  CHECK(flow.wrong != "");
  std::string block;
  for (int i = 0; i < 3000; ++i) block += "- ";
  CHECK_FALSE(parse(block + "x\n").node);
}

TEST_CASE("problems are sorted, each once, with a hint") {
  yaml::Problems problems;
  problems.add({"b.yaml", 2, 1}, "second");
  problems.add({"a.yaml", 9, 1}, "third");
  problems.add({"b.yaml", 1, 5}, "first");
  problems.add({"b.yaml", 2, 1}, "second");
  problems.unknown({"a.yaml", 10, 1}, "key", "lisen", {"listen", "tls"});
  problems.unknown({"a.yaml", 11, 1}, "key", "zzzzzz", {"listen", "tls"});
  problems.unknown({"a.yaml", 12, 1}, "key", "x", {});
  CHECK(problems.text() ==
        "b.yaml:1:5: first\nb.yaml:2:1: second\na.yaml:9:1: third\n"
        "a.yaml:10:1: unknown key 'lisen'; did you mean 'listen'?\n"
        "a.yaml:11:1: unknown key 'zzzzzz'; known: listen, tls\n"
        "a.yaml:12:1: unknown key 'x'; none is defined\n");
}
