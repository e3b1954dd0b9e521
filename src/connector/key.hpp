// Keys of events, for every connector. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "json/value.hpp"

namespace b24gate::connector {

// "<connector>:<id>". An id that is too long to be one, or that holds control characters, is replaced by its
// hash, so that no key is longer than 200 bytes.
std::string event_key(std::string_view connector, std::string_view id);

// What stands for an id when the vendor gives none: a hash of the content. The order of object members does
// not matter, everything else does.
std::string content_id(const json::Value& content);

}  // namespace b24gate::connector
