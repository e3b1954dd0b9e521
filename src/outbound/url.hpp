// Addresses that vendors give: taken apart, and followed when an answer points elsewhere.
//
// Pure functions, thread-safe. No message repeats an address: it may hold secrets.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace b24gate::outbound {

struct Authority {
  std::string host;  // lower case, without brackets and the last dot
  int port = 0;      // 0: not written
};

// "host", "host:443", "[::1]:443". Fails with "no host" or "a wrong port".
[[nodiscard]] Result<Authority> parse_authority(std::string_view text);

struct Url {
  bool secure = true;  // https
  std::string host;    // lower case, without brackets
  int port = 443;
  std::string target;  // path and query, never empty; bytes that no request line may hold are %XX

  // "host", "host:8443", "[::1]": what the Host header says.
  [[nodiscard]] std::string authority() const;
  [[nodiscard]] bool same_origin(const Url& other) const {
    return secure == other.secure && host == other.host && port == other.port;
  }
};

// https:// or http://, without a user; a fragment is dropped.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

// Where `location` leads from `base`: a whole address, //host/path, /path, path or ?query.
[[nodiscard]] Result<Url> follow(const Url& base, std::string_view location);

}  // namespace b24gate::outbound
