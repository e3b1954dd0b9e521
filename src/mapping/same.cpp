#include "mapping/same.hpp"

#include <string.h>  // memmem
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

#include "base/utf8.hpp"
#include "yaml/node.hpp"

namespace b24gate::mapping {
namespace {

// The code point at `at`, folded, with white space and _ alike where asked for; moves on behind it.
UChar32 next(std::string_view text, std::int32_t& at, bool key) {
  const auto byte = static_cast<unsigned char>(text[static_cast<std::size_t>(at)]);
  if (byte < 0x80) {
    ++at;
    if (byte >= 'A' && byte <= 'Z') return byte + ('a' - 'A');
    return key && byte == '_' ? ' ' : byte;
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  UChar32 point = 0;
  U8_NEXT(bytes, at, size, point);
  if (point < 0) return 0xFFFD;
  if (key && point == 0xA0) return ' ';
  return u_foldCase(point, U_FOLD_CASE_DEFAULT);
}

bool same(std::string_view a, std::string_view b, bool key) {
  std::int32_t i = 0;
  std::int32_t k = 0;
  const auto a_size = static_cast<std::int32_t>(a.size());
  const auto b_size = static_cast<std::int32_t>(b.size());
  while (i < a_size && k < b_size) {
    if (next(a, i, key) != next(b, k, key)) return false;
  }
  return i == a_size && k == b_size;
}

}  // namespace

bool same_key(std::string_view a, std::string_view b) { return same(a, b, true); }

bool same_text(std::string_view a, std::string_view b) {
  return a == b || same(utf8::trimmed(a), utf8::trimmed(b), false);
}

bool holds(std::string_view text, std::string_view part) {
  if (part.empty()) return true;
  const std::string where = utf8::folded(text);
  const std::string what = utf8::folded(part);
  // std::string::find is quadratic on hostile texts; memmem of glibc is linear.
  return memmem(where.data(), where.size(), what.data(), what.size()) != nullptr;
}

std::string unknown_name(std::string_view what, std::string_view name,
                         const std::vector<std::string>& known) {
  yaml::Problems problems;
  problems.unknown({}, what, name, known);
  return problems.sorted().front().what;
}

}  // namespace b24gate::mapping
