#include "journal/skeleton.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

namespace b24gate::journal {
namespace {

constexpr std::string_view mark = R"({"erased_at":)";

}  // namespace

std::string skeleton_data(TimePoint at) {
  return fmt::format("{}\"{}\"}}", mark, to_iso(at, TimeZone::utc()));
}

bool is_skeleton(std::string_view data) { return data.substr(0, mark.size()) == mark; }

std::string erased_key(std::string_view key) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  std::string out = "erased:";
  constexpr std::string_view digits = "0123456789abcdef";
  for (const unsigned char byte : digest) {
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

}  // namespace b24gate::journal
