// What Jivo is told: always that all is well, and who the visitor is when that is known.
#pragma once

#include <optional>

#include "connector/connector.hpp"
#include "json/value.hpp"

namespace b24gate::jivo {

// {"result": "ok"} and nothing else; any other result would make Jivo drop the answer.
json::Value ok();

// The same with what is known of the visitor, shown to the agent beside the dialogue.
json::Value ok_with(const connector::Client& client);

}  // namespace b24gate::jivo
