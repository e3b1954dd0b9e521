// Batches of calls, which the robot makes: one number each, made by POST, launched by PATCH.
//
// Pure. Source: the vendor's REST API as public code uses it (README.md beside); no answer to a mistake has
// been seen.
#pragma once

#include <optional>
#include <string>

#include "connector/connector.hpp"

namespace b24gate::tomoru {

// Nullopt without `api_key`, an agent, a number, or an address for the results.
std::optional<connector::HttpCall> make_batch(const connector::RobotOrder& order,
                                              const connector::Source& source);
Result<std::string> batch_made(const connector::HttpAnswer& answer);
std::optional<connector::HttpCall> launch_batch(const std::string& batch, const connector::Source& source);
Done batch_launched(const connector::HttpAnswer& answer);

}  // namespace b24gate::tomoru
