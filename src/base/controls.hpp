// Control characters: what moves a terminal's cursor, rings its bell, ends a C string, and is nothing to read
// (C0, DEL, and C1 as UTF-8 has them). Line breaks and tabs are text. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace b24gate::controls {

// A carriage return counts unless it stands before a line feed.
[[nodiscard]] bool any(std::string_view text);
// Takes them out; a lone carriage return becomes a line feed.
void remove(std::string& text);
// For a person's eyes: \x1b in their place, two such for one of C1.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace b24gate::controls
