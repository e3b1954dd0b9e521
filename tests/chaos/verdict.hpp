// What must be true when everything is calm again: of each acknowledged enquiry the portal has one set of
// objects, of each client one lead, in order, and the journal tells every attempt.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "chaos/load.hpp"
#include "e2e/world.hpp"

namespace b24gate::chaos {

struct Verdict {
  std::vector<std::string> wrong;  // each with its key; what `b24gate show` says of it follows
  std::map<std::string, std::uint64_t> counts;
};

// REQUIRES: the backlog is empty, nothing is under way. `sent`: Ledger::sent().
Verdict judge(const e2e::World& world, const std::vector<Enquiry>& enquiries,
              const std::map<std::string, int>& sent);

}  // namespace b24gate::chaos
