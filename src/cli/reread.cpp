#include "cli/reread.hpp"

#include <fmt/format.h>

#include "intake/stored.hpp"

namespace b24gate::cli {

bool is_captured(const journal::EventRow& row) { return row.key.rfind("capture:", 0) == 0; }

Done reread(const Opened& opened, const normalize::GeoDatabase* geo, std::int64_t request_id) {
  auto reader = opened.journal->reader();
  if (!reader) return fail(reader.error());
  const auto row = journal::request(*reader, request_id);
  if (!row) return fail(row.error());
  const std::string name = fmt::format("request r{}", request_id);
  if (!*row) return fail(ErrorKind::refused, name, "there is no such request");
  const config::Configuration& configuration = *opened.configuration;
  const config::Source* source = configuration.source((*row)->source);
  if (!source) {
    return fail(ErrorKind::refused, name,
                fmt::format("its source '{}' is not in the configuration", (*row)->source));
  }
  auto request = intake::request_of(**row);
  if (!request) return fail(request.error());
  normalize::Options normalization;
  normalization.phone_region = configuration.phones.region;
  normalization.geo = geo;
  const connector::Source settings =
      source->settings(configuration.portal.time_zone, configuration.phones.region, (*row)->received_at);
  const auto understood = intake::understand(configuration, *source, settings, *request, normalization);
  if (understood.events.empty()) {
    return fail(ErrorKind::refused, name,
                fmt::format("it is read as {}: {}", connector::name(understood.outcome), understood.reason));
  }
  const auto record = intake::record_of(configuration, *source, settings, std::move(*request), understood,
                                        (*row)->target, "webhook");
  return opened.journal->write_now([&](journal::Tx& tx) -> Done {
    auto recorded = journal::reread(tx, request_id, record);
    return recorded ? Done() : fail(recorded.error());
  });
}

}  // namespace b24gate::cli
