// `check --portal`: whether the fields, stages, sources, users and scopes that the files name exist in the
// portal.
#pragma once

#include <vector>

#include "base/error.hpp"
#include "config/configuration.hpp"
#include "yaml/node.hpp"

namespace b24gate::cli {

// What the portal does not have, at the places that name it. Fails when the portal cannot be asked: the text
// says what to do. Reads only.
Result<std::vector<yaml::Problem>> check_against_portal(const config::Configuration& configuration);

}  // namespace b24gate::cli
