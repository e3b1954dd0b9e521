// Which events a command is about, and the journal opened for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/configured.hpp"
#include "journal/records.hpp"

namespace b24gate::cli {

struct EventChoice {
  std::string state, source, since, phone, origin;  // as typed; empty: any
};

struct Opened {
  std::shared_ptr<const config::Configuration> configuration;
  std::unique_ptr<journal::Journal> journal;
  std::shared_ptr<const normalize::GeoDatabase> geo;
};
// Nullopt after a complaint.
std::optional<Opened> open_or_complain(const Common& common, const Clock& clock, bool read_only);
// A source must be in the configuration, or in the journal from a time when it was.
std::optional<journal::EventFilter> filter_or_complain(const EventChoice& choice,
                                                       const config::Configuration& configuration,
                                                       journal::Reader& reader, const Clock& clock);
// The source of the configuration; null after a complaint that names the nearest.
const config::Source* source_or_complain(const config::Configuration& configuration, std::string_view name);

// "7d", "12h" or a time.
std::optional<TimePoint> since_or_complain(const std::string& typed, const TimeZone& zone,
                                           const Clock& clock);

// What a request may have come to; an event has a state instead.
const std::vector<std::string>& request_outcomes();

// "e42" or "42" with the prefix e.
std::optional<std::int64_t> parse_number(std::string_view text, char prefix);

// One row of `events --json`.
json::Value summary_of(const journal::EventRow& row, const config::Configuration& configuration);

}  // namespace b24gate::cli
