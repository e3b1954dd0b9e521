// "Did you mean": the candidate nearest to what was written, for every message about an unknown name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace b24gate {

// The candidate with the smallest edit distance (letters inserted, removed, replaced or swapped with a
// neighbour), if that is small enough to be a typo: at most a third of the length, and at least one letter
// allowed.
std::optional<std::string> nearest(std::string_view written, const std::vector<std::string>& candidates);

}  // namespace b24gate
