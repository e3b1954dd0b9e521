// Tokens at rest: sealed with AES-256-GCM, so that a copy of the journal is no copy of the access to the
// portal.
//
// The key is derived by HKDF-SHA256 from a secret of the configuration; every sealing draws a nonce of its
// own; whose tokens they are (member_id) stands beside them in clear and is authenticated, so that sealed
// tokens of one portal do not open as those of another. Pure functions but for the random numbers;
// thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace b24gate::portal {

// Text (JSON). Fails with ErrorKind::internal when OpenSSL gives no random numbers or no cipher.
[[nodiscard]] Result<std::string> seal(std::string_view plain, const Secret& key, std::string_view member_id);

struct Opened {
  std::string plain;
  std::string member_id;
};

// Fails with ErrorKind::input when this is nothing that seal() makes, with ErrorKind::refused when it does
// not open: the key is another one than it was sealed with, or a byte was changed. Which of the two cannot
// be told apart.
[[nodiscard]] Result<Opened> unseal(std::string_view sealed, const Secret& key);

}  // namespace b24gate::portal
