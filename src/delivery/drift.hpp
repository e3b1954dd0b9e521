// Drift: where the configuration and the portal have grown apart. Fields, stages, sources, elements of
// enumerations, users and permissions that the files name and the portal does not have, and what the portal
// demands and no mapping fills. Found at start, daily and by `check --portal`, before a lead fails for it.
#pragma once

#include <vector>

#include "config/configuration.hpp"
#include "portal/schema.hpp"
#include "yaml/node.hpp"

namespace b24gate::delivery {

// At the places that name it, sorted. Pure; `schema` is read completely. A part of the portal that could not
// be read is one problem, with what to do about it.
std::vector<yaml::Problem> drift(const config::Configuration& configuration,
                                 const portal::PortalSchema& schema);

}  // namespace b24gate::delivery
