// crm_token: the only proof that a request comes from the PBX.
#pragma once

#include <vector>

#include "connector/connector.hpp"

namespace b24gate::megafon {

// Tokens that are good: the option crm_token and the source's secrets.
std::vector<Secret> tokens_of(const connector::Source& source);

// good or bad by the token of the request. Without one: bad where the option crm_token says that there must
// be one, else absent: the source's secret may stand in the address.
connector::Proof proof_of(const connector::Request& request, const connector::Source& source);

}  // namespace b24gate::megafon
