#include "base/utf8.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace b24gate::utf8 {
namespace {

// Reads the code point at `at` and moves it on; negative for a broken byte.
UChar32 next(std::string_view text, std::int32_t& at) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  UChar32 point = 0;
  U8_NEXT(bytes, at, size, point);
  return point;
}

// The eight bytes there.
bool are_ascii(const char* bytes) {
  std::uint64_t eight = 0;
  std::memcpy(&eight, bytes, sizeof eight);
  return (eight & 0x8080808080808080U) == 0;
}

void append(std::string& out, UChar32 point) {
  std::uint8_t bytes[U8_MAX_LENGTH];
  std::int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, point);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

}  // namespace

bool valid(std::string_view text) {
  const auto size = static_cast<std::int32_t>(text.size());
  const auto byte = [&](std::int32_t at) {
    return static_cast<unsigned char>(text[static_cast<std::size_t>(at)]);
  };
  for (std::int32_t at = 0; at < size;) {
    // Latin and Cyrillic at a glance, the rest by the library.
    if (at + 8 <= size && are_ascii(text.data() + at)) {
      at += 8;
    } else if (byte(at) < 0x80U) {
      ++at;
    } else if (byte(at) >= 0xC2U && byte(at) < 0xE0U && at + 1 < size && (byte(at + 1) & 0xC0U) == 0x80U) {
      at += 2;
    } else if (next(text, at) < 0) {
      return false;
    }
  }
  return true;
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
  std::string out;
  out.reserve(text.size());
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size());) {
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
