// Why rules did not fit: the condition that failed, in words.
//
// Says what was asked for, never what the enquiry holds: no personal data gets in.
#pragma once

#include <string>

#include "distribution/condition.hpp"

namespace b24gate::distribution {

struct WhyNot {
  std::string english;
  std::string russian;
};

// Of a condition that does not hold. Of several that must hold it is the first that fails; long lists are
// cut.
WhyNot why_not(Observation& observation, const Vocabulary& vocabulary, const Condition& condition);

}  // namespace b24gate::distribution
