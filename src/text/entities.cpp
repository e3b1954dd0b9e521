// HTML entities: the named ones that forms and site builders write, and all numeric ones.
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "text/form.hpp"

namespace b24gate::text {
namespace {

using Named = std::pair<std::string_view, UChar32>;

// Sorted by name.
constexpr std::array named = {
    Named{"amp", 0x26},     Named{"apos", 0x27},     Named{"bdquo", 0x201E}, Named{"bull", 0x2022},
    Named{"cent", 0xA2},    Named{"copy", 0xA9},     Named{"deg", 0xB0},     Named{"euro", 0x20AC},
    Named{"frac12", 0xBD},  Named{"frac14", 0xBC},   Named{"frac34", 0xBE},  Named{"ge", 0x2265},
    Named{"gt", 0x3E},      Named{"hellip", 0x2026}, Named{"laquo", 0xAB},   Named{"larr", 0x2190},
    Named{"ldquo", 0x201C}, Named{"le", 0x2264},     Named{"lsquo", 0x2018}, Named{"lt", 0x3C},
    Named{"mdash", 0x2014}, Named{"micro", 0xB5},    Named{"middot", 0xB7},  Named{"minus", 0x2212},
    Named{"nbsp", 0xA0},    Named{"ndash", 0x2013},  Named{"ne", 0x2260},    Named{"permil", 0x2030},
    Named{"plusmn", 0xB1},  Named{"pound", 0xA3},    Named{"quot", 0x22},    Named{"raquo", 0xBB},
    Named{"rarr", 0x2192},  Named{"rdquo", 0x201D},  Named{"reg", 0xAE},     Named{"rsquo", 0x2019},
    Named{"sbquo", 0x201A}, Named{"sect", 0xA7},     Named{"shy", 0xAD},     Named{"sup2", 0xB2},
    Named{"sup3", 0xB3},    Named{"thinsp", 0x2009}, Named{"times", 0xD7},   Named{"trade", 0x2122},
};
constexpr std::size_t longest = 8;  // letters between & and ;: "#x10FFFF"

std::optional<UChar32> numeric(std::string_view digits) {
  int base = 10;
  if (!digits.empty() && (digits.front() == 'x' || digits.front() == 'X')) {
    base = 16;
    digits.remove_prefix(1);
  }
  UChar32 point = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), point, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  // Not a character: zero, the halves of surrogate pairs, beyond Unicode.
  if (point <= 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
  return point;
}

std::optional<UChar32> meaning(std::string_view entity) {
  if (!entity.empty() && entity.front() == '#') return numeric(entity.substr(1));
  const auto it =
      std::lower_bound(named.begin(), named.end(), entity,
                       [](const Named& known, std::string_view name) { return known.first < name; });
  if (it == named.end() || it->first != entity) return std::nullopt;
  return it->second;
}

}  // namespace

std::string decode_entities(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t ampersand = std::min(text.find('&', at), text.size());
    out += text.substr(at, ampersand - at);
    at = ampersand;
    if (at == text.size()) break;
    const std::size_t length = text.substr(at + 1, longest + 1).find(';');
    const auto point = length == std::string_view::npos ? std::nullopt : meaning(text.substr(at + 1, length));
    if (!point) {
      out += text[at++];
      continue;
    }
    std::uint8_t bytes[U8_MAX_LENGTH];
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, *point);
    out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    at += length + 2;
  }
  return out;
}

}  // namespace b24gate::text
