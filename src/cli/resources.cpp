#include "cli/resources.hpp"

#include <fmt/format.h>

namespace b24gate::cli {
namespace {

void add_unusable(const config::Configuration& configuration, const yaml::Placed<std::string>& file,
                  const Error& error, std::vector<yaml::Problem>& problems) {
  yaml::Place place = file.place;
  place.file = configuration.path_of(place.file);
  problems.push_back({std::move(place), fmt::format("'{}': {}", file.value, error.what)});
}

std::shared_ptr<const http::tls::Context> open_tls(const config::Configuration& configuration,
                                                   std::vector<yaml::Problem>& problems) {
  const auto& named = configuration.server.tls;
  if (!named) return nullptr;
  const http::tls::Files files{configuration.path_of(named->certificate.value),
                               configuration.path_of(named->key.value)};
  auto context = http::tls::Context::load(files);
  if (context) return std::move(*context);
  const bool certificate = context.error().where == files.certificate;
  add_unusable(configuration, certificate ? named->certificate : named->key, context.error(), problems);
  return nullptr;
}

}  // namespace

std::shared_ptr<const normalize::GeoDatabase> open_geo(const config::Configuration& configuration,
                                                       std::vector<yaml::Problem>& problems) {
  const auto& named = configuration.geo.database;
  if (named.value.empty()) return nullptr;
  auto geo = normalize::GeoDatabase::open(configuration.path_of(named.value));
  if (geo) return std::move(*geo);
  add_unusable(configuration, named, geo.error(), problems);
  return nullptr;
}

Resources open_resources(const config::Configuration& configuration, std::vector<yaml::Problem>& problems) {
  return {open_tls(configuration, problems), open_geo(configuration, problems)};
}

}  // namespace b24gate::cli
