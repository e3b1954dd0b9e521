#include "base/utf8.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace b24gate::utf8 {
namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080U;

// Reads the code point at `at` and moves it on; negative for a broken byte.
UChar32 next(std::string_view text, std::int32_t& at) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  UChar32 point = 0;
  U8_NEXT(bytes, at, size, point);
  return point;
}

// How many of eight bytes, the first of them the lowest, are whole characters of one or two bytes.
// REQUIRES: a character begins with the first.
std::size_t usual_bytes(std::uint64_t eight) {
  // In the highest bit of each byte, whether it is one of those.
  const std::uint64_t others = eight & high_bits;
  const std::uint64_t leads = others & (eight << 1U);
  const std::uint64_t trails = others & ~leads;
  // E0 and more have the third bit, C0 and C1 none of those four.
  const std::uint64_t long_leads = leads & (eight << 2U);
  const std::uint64_t overlong_leads = leads & ~((eight & 0x1E1E1E1E1E1E1E1EU) + 0x7E7E7E7E7E7E7E7EU);
  const std::uint64_t wrong = long_leads | overlong_leads | (trails ^ (leads << 8U));
  const auto good = static_cast<std::size_t>(std::countr_zero(wrong)) / 8;
  // A lead whose trail is not among the eight, or is none.
  const bool is_cut = good > 0 && (leads >> (8 * good - 1) & 1U) != 0;
  return is_cut ? good - 1 : good;
}

// The next eight bytes, zeros behind the end of the text, the first of them the lowest.
std::uint64_t eight_at(std::string_view text, std::size_t at) {
  const std::size_t left = text.size() - at;
  std::uint64_t eight = 0;
  // At the end the last eight, those before `at` shifted out.
  const std::size_t before = left < sizeof eight ? sizeof eight - left : 0;
  if (text.size() >= sizeof eight) {
    std::memcpy(&eight, text.data() + at - before, sizeof eight);
  } else {
    std::memcpy(&eight, text.data() + at, left);
  }
  if constexpr (std::endian::native == std::endian::big) eight = __builtin_bswap64(eight);
  return text.size() >= sizeof eight ? eight >> (8 * before) : eight;
}

// Folds Latin and Cyrillic letters (to U+045F) where they stand, up to the first character of another kind.
// How many bytes those are. The test compares with the library.
std::size_t fold_usual(std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80U) {
      if (lead >= 'A' && lead <= 'Z') text[at] = static_cast<char>(lead + ('a' - 'A'));
      ++at;
      continue;
    }
    const auto trail = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
    const std::uint32_t point = ((lead & 0x1FU) << 6U) | (trail & 0x3FU);
    const bool is_two_bytes = (lead & 0xE0U) == 0xC0U && (trail & 0xC0U) == 0x80U;
    if (!is_two_bytes || point < 0x400U || point >= 0x460U) return at;
    const std::uint32_t small = point + (point < 0x410U ? 0x50U : point < 0x430U ? 0x20U : 0U);
    text[at] = static_cast<char>(0xC0U | (small >> 6U));
    text[at + 1] = static_cast<char>(0x80U | (small & 0x3FU));
    at += 2;
  }
  return text.size();
}

void append(std::string& out, UChar32 point) {
  std::uint8_t bytes[U8_MAX_LENGTH];
  std::int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, point);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

}  // namespace

bool valid(std::string_view text) { return valid_length(text) == text.size(); }

std::size_t valid_length(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    // Latin and Cyrillic at a glance, the rest by the library.
    const std::uint64_t eight = eight_at(text, at);
    if (const std::size_t usual = (eight & high_bits) == 0 ? 8 : usual_bytes(eight); usual > 0) {
      at += usual;
    } else {
      auto rest = static_cast<std::int32_t>(at);
      if (next(text, rest) < 0) return at;
      at = static_cast<std::size_t>(rest);
    }
  }
  return text.size();
}

std::string repaired(std::string_view text) {
  if (valid(text)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 8);
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size());) {
    const UChar32 point = next(text, at);
    append(out, point < 0 ? 0xFFFD : point);
  }
  return out;
}

std::size_t length(std::string_view text) {
  std::size_t points = 0;
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size()); ++points) next(text, at);
  return points;
}

std::string_view head(std::string_view text, std::size_t max_points) {
  std::int32_t at = 0;
  for (std::size_t points = 0; points < max_points && at < static_cast<std::int32_t>(text.size()); ++points) {
    next(text, at);
  }
  return text.substr(0, static_cast<std::size_t>(at));
}

std::string folded(std::string_view text) {
  std::string out(text);
  const std::size_t done = fold_usual(out);
  if (done == text.size()) return out;
  out.resize(done);
  for (auto at = static_cast<std::int32_t>(done); at < static_cast<std::int32_t>(text.size());) {
    const UChar32 point = next(text, at);
    append(out, point < 0 ? 0xFFFD : u_foldCase(point, U_FOLD_CASE_DEFAULT));
  }
  return out;
}

namespace {

bool is_blank(UChar32 point) {
  return point >= 0 && (u_isUWhiteSpace(point) != 0 || point == 0xFEFF || point == 0x200B);
}

// The code point that ends before `at`, which moves to its begin; negative for a broken byte.
UChar32 previous(std::string_view text, std::int32_t first, std::int32_t& at) {
  const std::int32_t end = at;
  const std::int32_t longest = std::max(first, end - std::int32_t{U8_MAX_LENGTH});
  for (--at;
       at > longest && (static_cast<unsigned char>(text[static_cast<std::size_t>(at)]) & 0xC0U) == 0x80U;)
    --at;
  std::int32_t read = at;
  const UChar32 point = next(text, read);
  return read == end ? point : -1;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  // From both ends: long texts are trimmed many times on their way.
  const auto size = static_cast<std::int32_t>(text.size());
  std::int32_t first = 0;
  for (std::int32_t at = 0; first < size; first = at) {
    if (!is_blank(next(text, at))) break;
  }
  std::int32_t last = size;
  for (std::int32_t at = size; last > first; last = at) {
    if (!is_blank(previous(text, first, at))) break;
  }
  return text.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
}

}  // namespace b24gate::utf8
