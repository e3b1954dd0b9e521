#include "base/utf8.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

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

void append(std::string& out, UChar32 point) {
  std::uint8_t bytes[U8_MAX_LENGTH];
  std::int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, point);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

}  // namespace

bool valid(std::string_view text) {
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size());) {
    if (next(text, at) < 0) return false;
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

std::string_view trimmed(std::string_view text) {
  std::size_t first = text.size();
  std::size_t last = 0;
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size());) {
    const auto start = static_cast<std::size_t>(at);
    const UChar32 point = next(text, at);
    const bool blank = point >= 0 && (u_isUWhiteSpace(point) || point == 0xFEFF || point == 0x200B);
    if (blank) continue;
    if (first > start) first = start;
    last = static_cast<std::size_t>(at);
  }
  return first < last ? text.substr(first, last - first) : std::string_view();
}

}  // namespace b24gate::utf8
