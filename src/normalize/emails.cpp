#include <algorithm>

#include "base/utf8.hpp"
#include "normalize/normalize.hpp"

namespace b24gate::normalize {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// Dot-atoms of RFC 5322 and letters of other alphabets (RFC 6531).
bool is_local(std::string_view local) {
  if (local.empty() || local.size() > 64 || local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != std::string_view::npos) return false;
  constexpr std::string_view signs = ".!#$%&'*+/=?^_`{|}~-";
  return std::all_of(local.begin(), local.end(), [&](char c) {
    return is_letter_or_digit(c) || signs.find(c) != std::string_view::npos;
  });
}

bool is_domain(std::string_view domain) {
  if (domain.size() > 253 || domain.find('.') == std::string_view::npos) return false;
  for (std::size_t at = 0; at <= domain.size();) {
    const std::size_t end = std::min(domain.find('.', at), domain.size());
    const std::string_view label = domain.substr(at, end - at);
    at = end + 1;
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; }))
      return false;
  }
  const std::string_view top = domain.substr(domain.rfind('.') + 1);
  return top.size() >= 2 && std::any_of(top.begin(), top.end(), [](char c) { return c > '9' || c < 0; });
}

}  // namespace

std::optional<std::string> read_email(std::string_view text) {
  text = utf8::trimmed(text);
  if (text.size() > 2 && text.front() == '<' && text.back() == '>') text = text.substr(1, text.size() - 2);
  std::string lower = utf8::folded(text);
  constexpr std::string_view scheme = "mailto:";
  if (lower.compare(0, scheme.size(), scheme) == 0) lower.erase(0, scheme.size());
  while (!lower.empty() && lower.back() == '.') lower.pop_back();
  const std::size_t at = lower.find('@');
  if (at == std::string::npos || !utf8::valid(text)) return std::nullopt;
  const std::string_view whole = lower;
  if (!is_local(whole.substr(0, at)) || !is_domain(whole.substr(at + 1))) return std::nullopt;
  return lower;
}

}  // namespace b24gate::normalize
