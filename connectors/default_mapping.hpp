// The default mappings of connectors, embedded into the program.
#pragma once

#include <string_view>

namespace b24gate::connector {

// The text of connectors/<name>/mapping.yaml; lives for the program's life. Empty when there is no such
// connector.
std::string_view default_mapping_of(std::string_view name);

}  // namespace b24gate::connector
