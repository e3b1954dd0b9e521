// What happens when, all of it drawn from a seed: the same seed gives the same schedule on every machine. How
// the processes interleave under it is not the seed's to say.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "chaos/gate.hpp"

namespace b24gate::chaos {

// The portal, for the length of a round.
enum class Portal {
  well,
  down,    // nobody listens
  stormy,  // the gate's faults, mixed
  sick,    // the sandbox's own faults
};

// When the daemon is killed.
enum class Kill {
  starting,  // `after` since it was started, ready or not
  time,      // `after` since it was ready
  acks,      // when `count` more enquiries have been acknowledged
  taken,     // when the `count`th request has come to the gate, before the portal sees it
  worked,    // when the portal has answered for the `count`th time, before the daemon sees it
};

struct Round {
  Portal portal = Portal::well;
  Weather weather;
  std::vector<std::string> sandbox_faults;  // bodies for /sandbox/faults
  int enquiries = 0;                        // new ones that may be sent
  Kill kill = Kill::time;
  Milliseconds after{0};
  int count = 0;
  std::optional<Milliseconds> jump_before;  // the wall clock is moved by this while the daemon is dead …
  std::optional<Milliseconds> jump_during;  // … and while it works, `jump_after` since it was ready
  Milliseconds jump_after{0};
  bool full_disk = false;
  bool disk_freed = false;  // before the kill
  bool calm = false;        // afterwards everything is well until the backlog is empty
};

std::vector<Round> schedule(std::uint64_t seed, int kills);

}  // namespace b24gate::chaos
