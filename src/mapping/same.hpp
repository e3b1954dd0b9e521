// How names and texts that people type are compared. No allocation; linear in the shorter text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace b24gate::mapping {

// The same key: in any case, with _ and spaces alike.
[[nodiscard]] bool same_key(std::string_view a, std::string_view b);
// The same text: in any case, white space around it aside.
[[nodiscard]] bool same_text(std::string_view a, std::string_view b);
// Whether `text` holds `part`, in any case. Linear in the length of both.
[[nodiscard]] bool holds(std::string_view text, std::string_view part);

// "unknown WHAT 'NAME'; did you mean 'NEAREST'?", or the known ones when none is near.
[[nodiscard]] std::string unknown_name(std::string_view what, std::string_view name,
                                       const std::vector<std::string>& known);

}  // namespace b24gate::mapping
