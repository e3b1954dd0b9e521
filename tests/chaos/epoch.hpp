// One epoch of chaos: a fresh portal, a fresh journal, as many rounds as kills, then the verdict.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace b24gate::chaos {

struct Epoch {
  std::vector<std::string> wrong;  // empty: everything held
  std::map<std::string, std::uint64_t> counts;
};

// Prints where it is to standard output. When something is wrong its folder (configuration, journal, logs)
// stays and is named.
Epoch run_epoch(std::uint64_t seed, int kills);

}  // namespace b24gate::chaos
