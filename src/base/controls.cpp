#include "base/controls.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace b24gate::controls {
namespace {

constexpr unsigned char c1_lead = 0xC2;  // of U+0080 to U+00BF, of which the first half are controls

// How many bytes of a control character stand at `at`; 0: none begins there.
std::size_t length_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte == '\n' || byte == '\t') return 0;
  if (byte == '\r') return at + 1 < text.size() && text[at + 1] == '\n' ? 0 : 1;
  if (byte < 0x20 || byte == 0x7F) return 1;
  const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
  return byte == c1_lead && next >= 0x80 && next < 0xA0 ? 2 : 0;
}

// Whether one of eight bytes may be a control character, or begin one: nearly all texts have none.
bool may_hold(std::uint64_t eight) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  const auto zeros = [](std::uint64_t bytes) { return (bytes - ones) & ~bytes; };
  const std::uint64_t found =
      ((eight - ones * 0x20U) & ~eight) | zeros(eight ^ (ones * 0x7FU)) | zeros(eight ^ (ones * c1_lead));
  return (found & (ones * 0x80U)) != 0;
}

// The first control character; the end when there is none.
std::size_t first(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t eight = 0;
    const std::size_t step = std::min(sizeof eight, text.size() - at);
    if (step == sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if (!may_hold(eight)) {
        at += step;
        continue;
      }
    }
    for (const std::size_t end = at + step; at < end; ++at) {
      if (length_at(text, at) > 0) return at;
    }
  }
  return text.size();
}

// Copies the text and lets `put(out, bytes)` write in place of each control character.
template <class Put>
std::string with(std::string_view text, std::size_t from, Put put) {
  std::string out(text.substr(0, from));
  for (std::size_t at = from; at < text.size();) {
    const std::size_t length = length_at(text, at);
    if (length == 0) {
      out += text[at++];
    } else {
      put(out, text.substr(at, length));
      at += length;
    }
  }
  return out;
}

}  // namespace

bool any(std::string_view text) { return first(text) < text.size(); }

void remove(std::string& text) {
  const std::size_t from = first(text);
  if (from == text.size()) return;
  text = with(text, from, [](std::string& out, std::string_view bytes) {
    if (bytes == "\r") out += '\n';
  });
}

std::string escaped(std::string_view text) {
  return with(text, first(text), [](std::string& out, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      ((out += "\\x") += digits[byte >> 4U]) += digits[byte & 15U];
    }
  });
}

}  // namespace b24gate::controls
