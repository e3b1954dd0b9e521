// Letters of names that are ASCII by their standard: headers, methods, hosts, keys. Bytes beyond stay as they
// are; for what people type see utf8::folded. Pure functions.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace b24gate::ascii {

[[nodiscard]] constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

// Equal when case does not count.
[[nodiscard]] inline bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace b24gate::ascii
