#include "mapping/dictionary.hpp"

#include "mapping/test_tools.hpp"

using namespace b24gate;
using namespace b24gate::mapping;
using namespace b24gate::mapping::test;

namespace {

std::string wrong(std::string_view text) {
  return mistakes(
      text, [](const yaml::Node& node, yaml::Context& context) { read_dictionaries(node, context); },
      "d.yaml");
}

}  // namespace

TEST_CASE("a key is found in any case, white space trimmed") {
  const auto all = dictionaries_of("directions:\n  ГПУ: 101\n  Газопоршневые установки: 101\n");
  REQUIRE(all.look_up("directions", "  гпу\n"));
  CHECK(*all.look_up("directions", "  гпу\n") == "101");
  CHECK(*all.look_up("directions", "ГАЗОПОРШНЕВЫЕ УСТАНОВКИ") == "101");
  CHECK(all.look_up("directions", "другое") == nullptr);
  CHECK(all.look_up("other", "ГПУ") == nullptr);
  CHECK(all.names() == std::vector<std::string>{"directions"});
  CHECK(all.find("directions")->place.text() == "m.yaml:1:1");
}

TEST_CASE("a dictionary may come from a list of the portal") {
  const auto all =
      dictionaries_of("stock: { list: 37, key: NAME, value: PROPERTY_105 }\nodd: { list: x, other: y }\n");
  REQUIRE(all.find("stock")->list);
  CHECK(all.find("stock")->list->list == "37");
  CHECK(all.find("stock")->list->value == "PROPERTY_105");
  CHECK_FALSE(all.find("odd")->list);
  CHECK(*all.look_up("odd", "LIST") == "x");
}

TEST_CASE("an empty file holds no dictionaries") { CHECK(dictionaries_of("").names().empty()); }

TEST_CASE("mistakes of dictionaries") {
  CHECK(wrong("- a\n") == "d.yaml:1:1: expected a map of names, found a list\n");
  CHECK(wrong("a: 5\n") == "d.yaml:1:4: expected a map of keys and values, found a text\n");
  CHECK(wrong("a:\n  ГПУ: 1\n  гпу: 2\n") ==
        "d.yaml:3:3: key 'гпу' is the same as 'ГПУ' of line 2; keep one\n");
  CHECK(wrong("a:\n  ГПУ:\n") == "d.yaml:2:3: missing value: 'ГПУ:' stands for nothing\n");
  CHECK(wrong("a:\n  ГПУ: [1]\n") == "d.yaml:2:8: expected a text, found a list\n");
  CHECK(wrong("a: { list: 1, key: NAMES, value: ID }\n") ==
        "d.yaml:1:20: 'NAMES' is no field of a list; write NAME or PROPERTY_ and a number\n");
  CHECK(wrong("a: { list: 1, key: NAME, value: PROPERTY_x }\n") ==
        "d.yaml:1:33: 'PROPERTY_x' is no field of a list; write ID, NAME or PROPERTY_ and a number\n");
  CHECK(
      wrong("a: { list: 1, kye: NAME, value: ID }\n") ==
      "d.yaml:1:4: missing value: 'key:' is required\nd.yaml:1:15: unknown key 'kye'; did you mean 'key'?\n");
}
