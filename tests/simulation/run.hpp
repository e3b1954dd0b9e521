// Weeks of enquiries through Rules::decide on a driven clock, with a model of its own for what the rest of
// the daemon does: who is at work, who has how much, what was given to whom, who waits.
//
// Nothing here but the decisions is the code that is tested: whatever a decision says is held against this
// model.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace b24gate::simulation {

struct Settings {
  std::uint64_t seed = 1;
  int weeks = 4;
  bool restarts = false;  // the files are read anew every night
};

struct Share {
  int could = 0;   // decisions in which they could have been chosen
  int got = 0;     // of those
  double due = 0;  // of those, by weight among those who could
};

struct Outcome {
  std::string transcript;             // every decision, in order
  std::vector<std::string> mistakes;  // what contradicts the model, the first hundred
  int enquiries = 0;
  int waited = 0;                       // enquiries that had to wait,
  int expired = 0;                      // those of them that waited too long
  int passed_on = 0;                    // not accepted in time
  int kept = 0;                         // went to the client's own manager
  int held_back = 0;                    // somebody at work was passed over for a cap
  std::map<std::string, Share> shares;  // by employee
};

Outcome run(const Settings& settings);

}  // namespace b24gate::simulation
