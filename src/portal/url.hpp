// The portal's address: taken apart, and checked for being one that a secret may be sent to.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace b24gate::portal {

struct Url {
  std::string origin;  // scheme://host[:port]
  std::string host;    // without brackets
  std::string path;    // from the first slash; never empty
  bool secure = true;  // https

  [[nodiscard]] std::string text() const { return origin + path; }
};

// Accepts https:// anywhere and http:// on loopback (localhost, 127.0.0.0/8, ::1); no user, query, fragment,
// spaces or control characters. Fails with ErrorKind::config and a sentence that does not repeat the address:
// it is a secret.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace b24gate::portal
