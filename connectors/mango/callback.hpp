// Calls that we order at the PBX (commands/callback), and what it tells of such a command.
#pragma once

#include <optional>
#include <string>

#include "connector/connector.hpp"
#include "connectors/mango/account.hpp"

namespace b24gate::mango {

// REQUIRES: account.can_sign(). nullopt without an extension: the PBX knows employees by nothing else here.
std::optional<connector::HttpCall> order_call(const Account& account, const connector::CallOrder& order);

// The legs carry the order's own id, so that nothing is learned from a good answer.
Result<std::string> ordered(const connector::HttpAnswer& answer);

// /result/callback: a command that came to nothing is a call that was over before it began; nullopt when it
// was carried out, and for commands of others.
std::optional<event::Event> read_failed_command(const json::Value& content);

}  // namespace b24gate::mango
