// Calls that no webhook brought, read from the PBX's statistics.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connector/connector.hpp"
#include "connectors/mango/account.hpp"

namespace b24gate::mango {

// Asks for a report of all calls that began since `mark`, waits for it and gives back a summary (and its
// recordings) for each call that is over. REQUIRES: account.can_sign().
std::unique_ptr<connector::Pull> pull_statistics(Account account, const json::Value& mark, TimePoint now);

}  // namespace b24gate::mango
