// One employee of a group, and why each of the others was passed over.
//
// Pure: who is at work, who has how many leads, who was given how many and whose turn it is are handed in.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "distribution/distribution.hpp"
#include "people/people.hpp"

namespace b24gate::distribution {

struct PassedOver {
  std::string employee;
  std::string why;          // English, for Candidate::skipped
  std::string why_russian;  // for the timeline; empty: not worth a word there (it was simply not their turn)
  std::string cause;        // for Candidate::cause
};

struct Choice {
  const people::Employee* chosen = nullptr;  // null: nobody could be
  std::string reason;
  std::string reason_russian;
  std::vector<PassedOver> passed;
  Turns turns;  // what changes
};

using AskPresence = std::function<const people::Presence&(const people::Employee&)>;

// Of the circumstances, presence is asked through `presence`. Nobody who declined the enquiry is chosen.
Choice choose(const people::Group& group, const people::Roster& roster, const AskPresence& presence,
              const Circumstances& circumstances, const Facts& facts);

}  // namespace b24gate::distribution
