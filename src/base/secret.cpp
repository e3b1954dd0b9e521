#include "base/secret.hpp"

#include <cstdint>
#include <cstring>

namespace b24gate {

bool Secret::matches(std::string_view offered) const {
  if (value_.empty()) return false;
  // As many steps as `offered` has bytes, whatever the secret is and however long: not even its length shows
  // in the time taken. A text of another length is compared with itself, chosen without a branch. Each
  // request compares many texts (what must not be stored is looked for in every field), so the steps are of
  // eight bytes; volatile keeps the compiler from ending them early.
  const auto same_size = static_cast<std::size_t>(offered.size() == value_.size());
  const char* const choice[] = {offered.data(), value_.data()};
  const char* const mine = choice[same_size];
  volatile std::uint64_t differs = 1 - same_size;
  std::size_t at = 0;
  for (; offered.size() - at >= sizeof differs; at += sizeof differs) {
    std::uint64_t theirs = 0;
    std::uint64_t ours = 0;
    std::memcpy(&theirs, offered.data() + at, sizeof theirs);
    std::memcpy(&ours, mine + at, sizeof ours);
    differs = differs | (theirs ^ ours);
  }
  for (; at < offered.size(); ++at) differs = differs | static_cast<unsigned char>(offered[at] ^ mine[at]);
  return differs == 0;
}

}  // namespace b24gate
