#include "connector/member.hpp"

#include "base/utf8.hpp"

namespace b24gate::connector {

std::string plain_text(const json::Value& value) {
  if (!value.is_string() && !value.is_number()) return {};
  return std::string(utf8::trimmed(value.text()));
}

std::string text_at(const json::Value& object, std::string_view key) { return plain_text(object[key]); }

void fill(std::string& place, std::string_view value) {
  if (place.empty()) place = value;
}

}  // namespace b24gate::connector
