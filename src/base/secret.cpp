#include "base/secret.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace b24gate {

bool Secret::matches(std::string_view offered) const {
  // Hashes have one length, so that not even the secret's length shows in the time taken.
  unsigned char ours[SHA256_DIGEST_LENGTH];
  unsigned char theirs[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(value_.data()), value_.size(), ours);
  SHA256(reinterpret_cast<const unsigned char*>(offered.data()), offered.size(), theirs);
  return CRYPTO_memcmp(ours, theirs, sizeof ours) == 0 && !value_.empty();
}

}  // namespace b24gate
