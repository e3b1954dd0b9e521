// The configuration for a command: loaded, or every mistake printed.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "config/configuration.hpp"
#include "journal/journal.hpp"
#include "normalize/normalize.hpp"

namespace b24gate::cli {

struct Configured {
  std::shared_ptr<const config::Configuration> configuration;
  std::shared_ptr<const normalize::GeoDatabase> geo;  // null when none is configured
};

// Null after the mistakes were printed to standard error.
std::optional<Configured> load_or_complain(const Common& common);
std::shared_ptr<const config::Configuration> configuration_or_complain(const Common& common);
std::string config_file(const Common& common);

// The journal of the configuration, which the daemon may be using at the same time; null after a complaint.
std::unique_ptr<journal::Journal> open_journal_or_complain(const config::Configuration& configuration,
                                                           const Clock& clock, bool read_only);
std::string journal_file(const config::Configuration& configuration);

}  // namespace b24gate::cli
