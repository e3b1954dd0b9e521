// How everything that reads the portal beside the deliveries asks it: one request, when it is the time to.
#pragma once

#include <optional>
#include <vector>

#include "delivery/engine.hpp"
#include "portal/client.hpp"
#include "portal/limiter.hpp"

namespace b24gate::delivery {

// The outcomes, one per command. Nothing, and nothing sent: the lane is closed, when the engine's probe alone
// speaks to the portal, or the allowance does not permit a request of this priority now. Blocks as
// portal::Client does; thread-safe.
inline std::optional<std::vector<portal::Outcome>> ask(const Engine& engine, portal::Limiter& limiter,
                                                       portal::Client& client,
                                                       const std::vector<portal::Command>& commands,
                                                       portal::Priority priority) {
  if (!engine.lane().open || limiter.take(commands, priority).count() > 0) return std::nullopt;
  return client.call(commands);
}

}  // namespace b24gate::delivery
