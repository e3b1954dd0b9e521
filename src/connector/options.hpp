// What an administrator writes under `options:` of a source.
#pragma once

#include "json/value.hpp"

namespace b24gate::connector {

// Whether a switch is on: true, yes, on, 1, да; of any case.
bool is_on(const json::Value& option);

}  // namespace b24gate::connector
