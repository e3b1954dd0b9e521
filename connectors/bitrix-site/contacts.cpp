#include "connectors/bitrix-site/contacts.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace b24gate::bitrix_site {
namespace {

constexpr std::size_t most_found = 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Of a word in any alphabet: every byte of UTF-8 beyond ASCII counts.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The length of what may stand between two digits of a phone at `text`, or 0.
std::size_t separator(std::string_view text) {
  if (text.empty()) return 0;
  if (std::string_view(" -()").find(text.front()) != std::string_view::npos) return 1;
  if (text.front() == '.' && text.size() > 1 && is_digit(text[1])) return 1;
  if (text.substr(0, 2) == "\xC2\xA0") return 2;
  if (text.substr(0, 2) == "\xE2\x80" && text.size() > 2) return 3;  // dashes and narrow spaces
  return 0;
}

// The length of the phone that begins at `text`, or 0.
std::size_t phone_length(std::string_view text) {
  const char first = text.front();
  std::size_t least = 11;
  std::size_t most = 11;
  std::size_t at = 0;
  if (first == '+') {
    at = 1;
    if (text.size() > 1 && text[1] != '7') most = 15;
  } else if (first == '(') {
    least = most = 10;
  } else if (first != '7' && first != '8') {
    return 0;
  }
  std::size_t digits = 0;
  std::size_t end = 0;
  for (std::size_t gap = 0; at < text.size() && digits < most;) {
    if (is_digit(text[at])) {
      ++digits;
      gap = 0;
      end = ++at;
    } else if (const std::size_t length = separator(text.substr(at, 3)); length > 0 && ++gap <= 3) {
      at += length;
    } else {
      break;
    }
  }
  const bool goes_on = end < text.size() && (is_digit(text[end]) || is_letter(text[end]));
  return digits >= least && !goes_on ? end : 0;
}

bool is_local(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("._%+-").find(c) != std::string_view::npos;
}
bool is_domain(char c) { return is_local(c) && c != '_' && c != '%' && c != '+'; }

}  // namespace

std::vector<std::string> phones_in(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size() && out.size() < most_found;) {
    const bool may_begin = is_digit(text[at]) || text[at] == '+' || text[at] == '(';
    if (!may_begin) {
      ++at;
      continue;
    }
    // "id89000001015" is no phone; a Russian word without a space before it may be.
    const bool in_word = at > 0 && is_letter(text[at - 1]) && static_cast<unsigned char>(text[at - 1]) < 0x80;
    if (const std::size_t length = in_word ? 0 : phone_length(text.substr(at))) {
      out.emplace_back(text.substr(at, length));
      at += length;
      continue;
    }
    // Not in the middle of a longer number.
    ++at;
    while (at < text.size() && is_digit(text[at - 1]) && (is_digit(text[at]) || is_letter(text[at]))) ++at;
  }
  return out;
}

std::vector<std::string> emails_in(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t sign = text.find('@'); sign != std::string_view::npos && out.size() < most_found;
       sign = text.find('@', sign + 1)) {
    std::size_t begin = sign;
    while (begin > 0 && is_local(text[begin - 1])) --begin;
    std::size_t end = sign + 1;
    while (end < text.size() && is_domain(text[end])) ++end;
    while (end > sign && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
    const std::string_view domain = text.substr(sign + 1, end > sign ? end - sign - 1 : 0);
    if (begin < sign && domain.find('.') != std::string_view::npos)
      out.emplace_back(text.substr(begin, end - begin));
  }
  return out;
}

bool is_phone(std::string_view value) {
  value = utf8::trimmed(value);
  return !value.empty() && value.size() < 40 && phone_length(value) == value.size();
}

bool is_email(std::string_view value) {
  value = utf8::trimmed(value);
  const auto found = value.size() < 200 ? emails_in(value) : std::vector<std::string>();
  return found.size() == 1 && found.front().size() == value.size();
}

}  // namespace b24gate::bitrix_site
