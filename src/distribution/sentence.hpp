// A decision as people read it.
#pragma once

#include <string>
#include <vector>

#include "distribution/choose.hpp"
#include "distribution/distribution.hpp"
#include "people/people.hpp"

namespace b24gate::distribution {

// One Russian sentence for the lead's timeline: who, by which rule and its line, of which group, how chosen,
// and who was passed over for want of presence or for too many leads. Long lists are cut.
std::string sentence_of(const Decision& decision, const std::string& why_russian,
                        const std::vector<PassedOver>& passed, const people::Roster& roster);

}  // namespace b24gate::distribution
