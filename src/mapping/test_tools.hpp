// What the tests of this folder share: JSON from text, YAML from text, one line per mistake.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "json/value.hpp"
#include "mapping/mapping.hpp"
#include "mapping/template.hpp"
#include "yaml/shape.hpp"

namespace b24gate::mapping::test {

class NoSecrets final : public yaml::SecretSource {
 public:
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return fail(ErrorKind::config, "", "there are no secrets in tests");
  }
};

inline json::Value json_of(std::string_view text) {
  auto value = json::parse(text);
  REQUIRE_MESSAGE(value, text);
  return std::move(*value);
}

// Reads YAML with `read(node, context)` and returns the mistakes.
template <class Read>
std::string mistakes(std::string_view text, Read read, const std::string& file = "m.yaml") {
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto node = yaml::parse(text, file, problems);
  if (node) read(*node, context);
  return problems.text();
}

inline Dictionaries dictionaries_of(std::string_view text) {
  Dictionaries out;
  const auto wrong = mistakes(
      text, [&](const yaml::Node& node, yaml::Context& context) { out = read_dictionaries(node, context); });
  REQUIRE(wrong == "");
  return out;
}

inline const Dictionaries& some_dictionaries() {
  static const Dictionaries all =
      dictionaries_of("directions: { ГПУ: 101, Когенерация: 102 }\ncities: { Томск: T }\n");
  return all;
}

inline TimeZone moscow() {
  auto zone = TimeZone::find("Europe/Moscow");
  REQUIRE(zone);
  return *zone;
}

inline std::string render(std::string_view text, const json::Value& scope) {
  auto made = Template::compile(text);
  if (!made) return "MISTAKE " + made.error().where + ": " + made.error().what;
  return made->render(scope, some_dictionaries(), moscow());
}

inline std::string render(std::string_view text, const char* scope) { return render(text, json_of(scope)); }

}  // namespace b24gate::mapping::test
