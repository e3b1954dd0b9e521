// What a test expects beside what was found.
#pragma once

#include <string>

#include "json/value.hpp"

namespace b24gate::cli {

// Numbers and texts of the same look are equal, because YAML asks nobody for quotes; a list of one is its
// value; of an object only the members that are expected count; null means that nothing is there.
bool same(const json::Value& expected, const json::Value& found);
std::string shown(const json::Value& value);

}  // namespace b24gate::cli
