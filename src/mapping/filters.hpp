// Filters of templates: {{ value | filter(arguments) | … }}.
//
// A filter is read once and applied many times; immutable, thread-safe. Results are bounded by max_rendered
// where a filter can make a text longer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/value.hpp"
#include "mapping/dictionary.hpp"
#include "mapping/reader.hpp"

namespace b24gate::mapping {

// What a template is rendered with.
struct Surroundings {
  const json::Value& scope;
  const Dictionaries& dictionaries;
  const TimeZone& zone;
};

// A value on its way through filters: one of the scope's, or a made one.
class Item {
 public:
  Item() = default;
  explicit Item(const json::Value* borrowed) : borrowed_(borrowed) {}
  explicit Item(json::Value made) : made_(std::move(made)) {}
  [[nodiscard]] const json::Value& get() const { return borrowed_ ? *borrowed_ : made_; }

 private:
  const json::Value* borrowed_ = nullptr;
  json::Value made_;
};

// What the operand stands for: everything a gathering path leads to becomes one list.
[[nodiscard]] Item evaluate(const Operand& operand, const json::Value& scope);

struct Filter {
  using Apply = Item (*)(const Filter&, Item, const Surroundings&);
  Apply apply = nullptr;
  std::vector<std::string> texts;  // arguments in quotes, names
  std::size_t number = 0;
  Operand operand;         // of default
  std::string dictionary;  // of lookup

  // Reads what stands behind a |.
  static Result<Filter> read(Reader& reader);
  static const std::vector<std::string>& names();
};

}  // namespace b24gate::mapping
