// The `tests:` of mapping files: which are the administrator's, and which requests they name.
#pragma once

#include <string>
#include <vector>

#include "config/configuration.hpp"

namespace b24gate::cli {

// Whether it stands in the source's own file; those of the connector's default mapping are the program's.
bool is_own(const config::Source& source, const mapping::MappingTest& test);
// The file of its request, as it can be opened from here.
std::string request_file(const config::Configuration& configuration, const config::Source& source,
                         const mapping::MappingTest& test);
// What to say of a request that cannot be read; `why` is the system's word.
std::string unreadable_request(const mapping::MappingTest& test, const std::string& why);
// Adds those whose request cannot be read.
void add_unreadable_requests(const config::Configuration& configuration,
                             std::vector<yaml::Problem>& problems);

}  // namespace b24gate::cli
