// The final record of a call.
#pragma once

#include "connector/connector.hpp"
#include "connectors/mango/outcome.hpp"

namespace b24gate::mango {

// /events/summary.
event::Event read_summary(const json::Value& content, Seconds time_offset);

}  // namespace b24gate::mango
