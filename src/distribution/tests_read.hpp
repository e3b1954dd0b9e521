// Reading `tests:` of distribution.yaml.
#pragma once

#include <vector>

#include "distribution/file.hpp"
#include "distribution/rule.hpp"

namespace b24gate::distribution {

// Mistakes: a member that events do not have, an unknown employee, rule or key, a time without its offset.
std::vector<DistributionTest> read_tests(const std::vector<TestEntry>& entries,
                                         const std::vector<Rule>& rules, const people::Roster& roster,
                                         yaml::Context& context);

}  // namespace b24gate::distribution
