// A stored request is read again with the present configuration: captured ones, and those that could not be
// read when they came.
#pragma once

#include <cstdint>

#include "cli/event_choice.hpp"

namespace b24gate::cli {

// Whether the event only stands for a request that was kept unread.
bool is_captured(const journal::EventRow& row);

// Its new events go the usual way. Fails: there is no such request, its bytes are kept no longer, its source
// is not configured, it cannot be read now either.
Done reread(const Opened& opened, const normalize::GeoDatabase* geo, std::int64_t request_id);

}  // namespace b24gate::cli
