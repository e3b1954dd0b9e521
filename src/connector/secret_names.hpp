// Members of free bodies that hold secrets, told by their names. Pure functions.
#pragma once

#include <string_view>

namespace b24gate::connector {

// A SecretKey for services of which nobody knows what they send: passwords, tokens, keys to an API, whatever
// lies under `auth`. A bare "key" or "hash" is none: those are ids as a rule.
bool names_secret(std::string_view plain);

}  // namespace b24gate::connector
