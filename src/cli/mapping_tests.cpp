#include "cli/mapping_tests.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "cli/dry_run.hpp"

namespace b24gate::cli {

bool is_own(const config::Source& source, const mapping::MappingTest& test) {
  return !source.mapping_file.empty() && test.place.file == source.mapping_file;
}

std::string request_file(const config::Configuration& configuration, const config::Source& source,
                         const mapping::MappingTest& test) {
  const std::filesystem::path mapping(configuration.path_of(source.mapping_file));
  return (mapping.parent_path() / test.request.value).string();
}

std::string unreadable_request(const mapping::MappingTest& test, const std::string& why) {
  return fmt::format("the file '{}' cannot be read: {}", test.request.value, why);
}

void add_unreadable_requests(const config::Configuration& configuration,
                             std::vector<yaml::Problem>& problems) {
  for (const auto& source : configuration.sources) {
    for (const auto& test : source.mapping.tests()) {
      if (!is_own(source, test)) continue;
      const auto bytes = read_bytes(request_file(configuration, source, test));
      if (bytes) continue;
      yaml::Place place = test.request.place;
      place.file = configuration.path_of(place.file);
      problems.push_back({std::move(place), unreadable_request(test, bytes.error().what)});
    }
  }
}

}  // namespace b24gate::cli
