// One test of distribution.yaml: enquiries one after the other, in a world that remembers whom they went to.
//
// Pure but for the configuration that is handed in. What waits for somebody is decided once, as it comes.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "distribution/distribution.hpp"
#include "yaml/node.hpp"

namespace b24gate::cli {

struct RuleTestRun {
  std::vector<yaml::Problem> differences;  // none: it passed
  std::set<std::string> rules;             // paths of those that gave an answer
};

// `now` is when a test begins that does not say.
RuleTestRun run_rule_test(const config::Configuration& configuration,
                          const distribution::DistributionTest& test, TimePoint now);

}  // namespace b24gate::cli
