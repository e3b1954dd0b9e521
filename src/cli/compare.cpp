#include "cli/compare.hpp"

namespace b24gate::cli {

bool same(const json::Value& expected, const json::Value& found) {
  if (expected.is_array() && found.is_array()) {
    if (expected.size() != found.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (!same(expected.at(i), found.at(i))) return false;
    }
    return true;
  }
  if (expected.is_object() && found.is_object()) {
    for (const auto& [key, value] : *expected.object_if()) {
      if (!same(value, found[key])) return false;
    }
    return true;
  }
  if (expected.is_null()) return found.says_nothing();
  if (found.is_array() && found.size() == 1) return same(expected, found.at(0));
  return !found.is_array() && !found.is_object() && expected.text() == found.text();
}

std::string shown(const json::Value& value) { return value.is_null() ? "nothing" : json::write(value); }

}  // namespace b24gate::cli
