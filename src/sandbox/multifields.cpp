#include <algorithm>

#include "base/utf8.hpp"
#include "sandbox/items.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::size_t max_value_points = 250;
constexpr std::size_t max_entries = 200;

std::string cut(std::string_view value) { return std::string(utf8::head(value, max_value_points)); }

}  // namespace

void add_multifield(Store& store, Item& item, std::string type, std::string value_type, std::string value) {
  if (value.empty() || item.multifields.size() >= max_entries) return;
  Multifield entry;
  store.last.multifield += 2;
  entry.id = store.last.multifield;
  entry.value = cut(value);
  entry.normal = normal_communication(type, entry.value);
  entry.type = std::move(type);
  entry.value_type = value_type.empty() ? "WORK" : std::move(value_type);
  item.multifields.push_back(std::move(entry));
}

void merge_multifields(Store& store, Item& item, const json::Value& fm) {
  const bool keyed = fm.is_object();
  for (const auto& [key, entry] : php::pairs(fm)) {
    const std::string type = entry["typeId"].text();
    if (type.empty()) continue;
    const std::string value = entry["value"].text();
    const std::int64_t id = keyed ? json::Value(key).integer().value_or(0) : 0;
    const auto known = std::find_if(item.multifields.begin(), item.multifields.end(),
                                    [&](const Multifield& one) { return id != 0 && one.id == id; });
    if (known == item.multifields.end()) {
      add_multifield(store, item, type, entry["valueType"].text(), value);
    } else if (value.empty()) {
      item.multifields.erase(known);
    } else {
      known->type = type;
      known->value = cut(value);
      known->normal = normal_communication(type, known->value);
      if (!entry["valueType"].says_nothing()) known->value_type = entry["valueType"].text();
    }
  }
}

}  // namespace b24gate::sandbox
