#include "connectors/tilda/cookies.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "text/form.hpp"
#include "text/percent.hpp"

namespace b24gate::tilda {
namespace {

constexpr std::string_view cookie_name = "TILDAUTM=";

// "TILDAUTM=utm_source%3Dyandex%7C%7C%7C", or nothing.
std::string_view find_cookie(std::string_view cookies) {
  for (std::size_t at = 0; at < cookies.size();) {
    const std::size_t end = std::min(cookies.find(';', at), cookies.size());
    const std::string_view cookie = utf8::trimmed(cookies.substr(at, end - at));
    if (cookie.substr(0, cookie_name.size()) == cookie_name) return cookie;
    at = end + 1;
  }
  return {};
}

std::string* place_of(event::Utm& utm, std::string_view key) {
  if (key == "utm_source") return &utm.source;
  if (key == "utm_medium") return &utm.medium;
  if (key == "utm_campaign") return &utm.campaign;
  if (key == "utm_content") return &utm.content;
  if (key == "utm_term") return &utm.term;
  return nullptr;
}

}  // namespace

event::Utm utm_of_cookies(std::string_view cookies) {
  event::Utm utm;
  const std::string_view cookie = find_cookie(cookies);
  if (cookie.empty()) return utm;
  const std::string marks = text::percent_decoded(cookie.substr(cookie_name.size()), text::Plus::literal);
  constexpr std::string_view separator = "|||";
  const std::string_view all = marks;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find(separator, at), all.size());
    const std::string_view piece = all.substr(at, end - at);
    at = end + separator.size();
    const std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view key = piece.substr(0, equals);
    if (key.substr(0, 4) == "amp;") key.remove_prefix(4);
    std::string_view value = piece.substr(equals + 1);
    value = value.substr(0, value.find('#'));
    std::string* place = place_of(utm, key);
    if (!place || !place->empty()) continue;
    *place = utf8::trimmed(text::to_utf8(text::percent_decoded(value, text::Plus::literal)));
  }
  return utm;
}

std::string utm_cookie_of(std::string_view cookies) { return std::string(find_cookie(cookies)); }

}  // namespace b24gate::tilda
