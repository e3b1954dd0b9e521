// Dictionaries: names that the administrator or the portal keeps, looked up by mappings and conditions.
//
// mappings/dictionaries.yaml is `name: { key: value, … }`, or `name: { list: <Bitrix24 list>, key: …, value:
// … }` whose entries are read from the portal. A key is found in any case, white space trimmed. Immutable,
// thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "yaml/shape.hpp"

namespace b24gate::mapping {

// Where a dictionary of the portal comes from.
struct PortalList {
  std::string list;   // id or code of the list
  std::string key;    // field of the key: NAME or PROPERTY_n
  std::string value;  // field of the value: ID, NAME or PROPERTY_n
};

struct Dictionary {
  std::string name;
  yaml::Place place;
  std::unordered_map<std::string, std::string> entries;  // by folded key
  std::optional<PortalList> list;
};

class Dictionaries {
 public:
  Dictionaries() = default;
  explicit Dictionaries(std::vector<Dictionary> all);

  // Null when there is no such dictionary.
  [[nodiscard]] const Dictionary* find(std::string_view name) const;
  // The value of a key; null when there is no such key or dictionary.
  [[nodiscard]] const std::string* look_up(std::string_view dictionary, std::string_view key) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] const std::vector<Dictionary>& all() const { return all_; }

 private:
  std::vector<Dictionary> all_;
};

// Reads dictionaries.yaml; mistakes go to the context.
Dictionaries read_dictionaries(const yaml::Node& root, yaml::Context& context);
json::Value dictionaries_schema(yaml::Schemas& schemas);

}  // namespace b24gate::mapping
