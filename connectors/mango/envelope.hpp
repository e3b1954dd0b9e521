// What every POST of the PBX is wrapped in: a form of three fields and a path behind the base address.
#pragma once

#include <string>
#include <string_view>

#include "connector/connector.hpp"
#include "connectors/mango/account.hpp"

namespace b24gate::mango {

struct Envelope {
  std::string key;
  std::string sign;
  std::string json;  // its bytes after one form decoding: what the signature is over
  bool has_json = false;
};

// The first field of each name.
Envelope open(std::string_view body);

// "/events/call", whatever slashes are doubled, missing or at the end and whatever stands before it: the
// PBX appends its path to one base address as it is. Empty when the path names no event.
std::string event_path(std::string_view path);

// The "check connection" button of the cabinet: an empty body on the base address.
bool is_connection_check(const connector::Request& request);

// Before anything is parsed: the key, and the signature over the bytes of json.
connector::Proof verify(const connector::Request& request, const Account& account);

}  // namespace b24gate::mango
