// Members of what a service sent, whatever type they came in. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "json/value.hpp"

namespace b24gate::connector {

// A text, a number or a flag.
inline bool is_scalar(const json::Value& value) {
  return value.is_string() || value.is_number() || value.is_bool();
}

// A text or a number as trimmed text; empty for everything else: absent, null, {}, a list.
std::string plain_text(const json::Value& value);
// The same of one member of an object.
std::string text_at(const json::Value& object, std::string_view key);

// Puts a value where nothing is yet.
void fill(std::string& place, std::string_view value);

}  // namespace b24gate::connector
