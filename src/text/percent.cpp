#include "text/percent.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace b24gate::text {
namespace {

constexpr bool is_unreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string encoded(std::string_view text, std::string_view also_readable) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out(3 * text.size(), '\0');
  std::size_t size = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(byte) || also_readable.find(c) != std::string_view::npos) {
      out[size++] = c;
    } else {
      out[size++] = '%';
      out[size++] = hex[byte >> 4];
      out[size++] = hex[byte & 15];
    }
  }
  out.resize(size);
  return out;
}

constexpr unsigned no_digit = 0x100;

// Of each byte its value as a hexadecimal digit, shifted, or no_digit.
constexpr std::array<std::uint16_t, 256> hex_digits(unsigned shift) {
  std::array<std::uint16_t, 256> out{};
  for (auto& value : out) value = no_digit;
  for (unsigned digit = 0; digit < 16; ++digit) {
    const auto value = static_cast<std::uint16_t>(digit << shift);
    if (digit < 10) {
      out['0' + digit] = value;
    } else {
      out['a' + digit - 10] = value;
      out['A' + digit - 10] = value;
    }
  }
  return out;
}

constexpr auto high_digits = hex_digits(4);
constexpr auto low_digits = hex_digits(0);

// What the two bytes there stand for, or no_digit and more.
unsigned escaped_byte(const char* digits) {
  return high_digits[static_cast<unsigned char>(digits[0])] |
         low_digits[static_cast<unsigned char>(digits[1])];
}

}  // namespace

std::string percent_encoded(std::string_view text) { return encoded(text, ""); }
std::string percent_encoded_name(std::string_view text) { return encoded(text, "[]"); }

char* percent_decode(std::string_view text, Plus plus, char* out) {
  const char blank = plus == Plus::space ? ' ' : '+';
  const char* const end = text.data() + text.size();
  const char* const last = end - std::min<std::size_t>(text.size(), 2);  // before it two bytes follow each
  for (const char* in = text.data(); in != end;) {
    if (*in == '%' && in < last) {
      const unsigned byte = escaped_byte(in + 1);
      if (byte < no_digit) {
        *out++ = static_cast<char>(byte);
        in += 3;
        continue;
      }
    }
    *out++ = *in == '+' ? blank : *in;
    ++in;
  }
  return out;
}

std::string percent_decoded(std::string_view text, Plus plus) {
  std::string out(text.size(), '\0');
  const char* const end = percent_decode(text, plus, out.data());
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

}  // namespace b24gate::text
