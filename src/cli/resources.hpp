// What the configuration names besides YAML files, opened: the daemon works with these, so `check`, start and
// reload try them before they call a configuration good.
#pragma once

#include <memory>
#include <vector>

#include "config/configuration.hpp"
#include "http/tls.hpp"
#include "normalize/geo_database.hpp"

namespace b24gate::cli {

struct Resources {
  std::shared_ptr<const http::tls::Context> tls;      // null: server.tls is not configured
  std::shared_ptr<const normalize::GeoDatabase> geo;  // null: geo.database is not configured
};

// What cannot be used is added to `problems`, at the place that names it.
Resources open_resources(const config::Configuration& configuration, std::vector<yaml::Problem>& problems);
std::shared_ptr<const normalize::GeoDatabase> open_geo(const config::Configuration& configuration,
                                                       std::vector<yaml::Problem>& problems);

}  // namespace b24gate::cli
