#include "text/percent.hpp"

#include <array>

namespace b24gate::text {
namespace {

std::string encoded(std::string_view text, std::string_view also_readable) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  for (const char c : text) {
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved || also_readable.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

// Of each byte its value as a hexadecimal digit, or -1.
constexpr std::array<signed char, 256> hex_digits = [] {
  std::array<signed char, 256> out{};
  for (auto& value : out) value = -1;
  for (int i = 0; i < 10; ++i) out[static_cast<std::size_t>('0' + i)] = static_cast<signed char>(i);
  for (int i = 0; i < 6; ++i) {
    out[static_cast<std::size_t>('a' + i)] = static_cast<signed char>(10 + i);
    out[static_cast<std::size_t>('A' + i)] = static_cast<signed char>(10 + i);
  }
  return out;
}();

int hex_digit(char c) { return hex_digits[static_cast<unsigned char>(c)]; }

}  // namespace

std::string percent_encoded(std::string_view text) { return encoded(text, ""); }
std::string percent_encoded_name(std::string_view text) { return encoded(text, "[]"); }

std::string percent_decoded(std::string_view text, Plus plus) {
  const std::size_t first = text.find_first_of(plus == Plus::space ? "%+" : "%");
  if (first == std::string_view::npos) return std::string(text);
  // Never longer than what it is made of.
  std::string out(text.size(), '\0');
  std::size_t size = text.copy(out.data(), first);
  for (std::size_t i = first; i < text.size(); ++i) {
    char byte = text[i];
    if (byte == '+' && plus == Plus::space) {
      byte = ' ';
    } else if (byte == '%' && i + 2 < text.size()) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        byte = static_cast<char>(high * 16 + low);
        i += 2;
      }
    }
    out[size++] = byte;
  }
  out.resize(size);
  return out;
}

}  // namespace b24gate::text
