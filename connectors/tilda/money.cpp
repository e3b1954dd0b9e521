#include "connectors/tilda/money.hpp"

#include <algorithm>
#include <cstdint>

#include "base/utf8.hpp"

namespace b24gate::tilda {
namespace {

constexpr std::size_t most_digits = 15;

// A number as thousandths: "4500.5" -> 4500500. Nothing beyond three places.
std::optional<std::int64_t> thousandths(std::string_view text) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, dot));
  std::string places(dot < text.size() ? text.substr(dot + 1) : "");
  if (digits.empty() || digits.size() + places.size() > most_digits || places.size() > 3) return std::nullopt;
  places.resize(3, '0');
  std::int64_t out = 0;
  for (const char c : digits + places) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out;
}

}  // namespace

std::optional<std::string> decimal(std::string_view text) {
  std::string out;
  bool has_point = false;
  bool has_digit = false;
  for (const char c : utf8::trimmed(text)) {
    if (c >= '0' && c <= '9') {
      out += c;
      has_digit = true;
    } else if ((c == '.' || c == ',') && !has_point && has_digit) {
      out += '.';
      has_point = true;
    } else if (c != ' ' || has_point) {
      return std::nullopt;
    }
  }
  if (!has_digit || out.size() > most_digits || out.back() == '.') return std::nullopt;
  return out;
}

std::string unit_price(std::string_view total, std::string_view quantity) {
  const auto sum = thousandths(total);
  const auto count = thousandths(quantity);
  if (!sum || !count || *count == 0 || *sum > INT64_MAX / 1000) return {};
  if (*sum * 1000 % *count != 0) return {};
  const std::int64_t price = *sum * 1000 / *count;  // thousandths
  if (price % 10 != 0) return {};
  std::string out = std::to_string(price / 1000);
  if (const std::int64_t hundredths = price % 1000 / 10; hundredths != 0) {
    out += hundredths < 10 ? ".0" : ".";
    out += std::to_string(hundredths);
  }
  return out;
}

}  // namespace b24gate::tilda
