// `check --portal`: whether the fields, stages, sources, users and scopes that the files name exist in the
// portal, and which ways into it work: the webhook, the local application.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/configuration.hpp"
#include "yaml/node.hpp"

namespace b24gate::cli {

struct PortalFound {
  std::vector<yaml::Problem> problems;  // what the portal does not have, at the places that name it
  std::vector<std::string> ways;        // a line each: what works, and what to do about what does not
};

// Fails when the portal cannot be asked: the text says what to do. Writes nothing to the portal; an
// application's tokens that have expired are renewed, and kept in the journal for the daemon too.
Result<PortalFound> check_against_portal(const config::Configuration& configuration);

}  // namespace b24gate::cli
