#include "outbound/url.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"

namespace b24gate::outbound {
namespace {

constexpr std::size_t longest_url = 8'192;

tl::unexpected<Error> bad(std::string what) {
  return fail(ErrorKind::input, "address", std::move(what), Ran::no, Move::nobody);
}

int port_of(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && port > 0 && port < 65'536 ? port : 0;
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Spaces, letters beyond ASCII and the like as %XX; what is encoded already stays.
std::string target_of(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  if (text.empty() || text.front() != '/') out += '/';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' ||
        c == '`' || c == '{' || c == '|' || c == '}') {
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

// "https" of "https://…"; empty when the text begins with no scheme.
std::string scheme_of(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || text.find_first_of("/?#") < colon) return {};
  return ascii::lower(text.substr(0, colon));
}

Result<Url> with_scheme(bool secure, std::string_view rest) {
  const std::size_t end = std::min(rest.find_first_of("/?#\\"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (authority.find('@') != std::string_view::npos) return bad("the address names a user");
  auto parts = parse_authority(authority);
  if (!parts) return bad("the address has " + parts.error().what);
  Url out;
  out.secure = secure;
  out.host = std::move(parts->host);
  out.port = parts->port != 0 ? parts->port : secure ? 443 : 80;
  const std::string_view target = rest.substr(end);
  out.target = target_of(target.substr(0, target.find('#')));
  return out;
}

}  // namespace

std::string Url::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (secure ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

Result<Authority> parse_authority(std::string_view text) {
  const std::string authority = ascii::lower(text);
  Authority out;
  std::string_view host = authority;
  std::string_view port;
  if (!host.empty() && host.front() == '[') {
    const auto close = host.find(']');
    if (close == std::string_view::npos) return bad("no host");
    port = host.substr(close + 1);
    out.host = std::string(host.substr(1, close - 1));
    if (!is_ipv6(out.host)) return bad("no host");
  } else {
    const auto at = host.rfind(':');
    if (at != std::string_view::npos) port = host.substr(at);
    host = host.substr(0, at);
    if (!host.empty() && host.back() == '.') host.remove_suffix(1);
    if (!is_host(host)) return bad("no host");
    out.host = std::string(host);
  }
  if (port.empty()) return out;
  out.port = port.front() == ':' ? port_of(port.substr(1)) : 0;
  if (out.port == 0) return bad("a wrong port");
  return out;
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > longest_url) return bad("the address is too long");
  if (has_control(text)) return bad("the address holds control characters");
  const std::string scheme = scheme_of(text);
  if (scheme != "https" && scheme != "http")
    return bad("the address begins neither with https:// nor http://");
  return with_scheme(scheme == "https", text.substr(scheme.size() + 3));
}

Result<Url> follow(const Url& base, std::string_view location) {
  if (location.size() > longest_url) return bad("the address is too long");
  if (has_control(location)) return bad("the address holds control characters");
  if (!scheme_of(location).empty()) return parse_url(location);
  if (location.substr(0, 2) == "//") return with_scheme(base.secure, location.substr(2));
  location = location.substr(0, location.find('#'));
  if (location.substr(0, location.find_first_of("/?")).find(':') != std::string_view::npos)
    return bad("the address begins neither with https:// nor http://");
  Url out = base;
  if (location.empty()) return out;
  if (location.front() == '/') {
    out.target = target_of(location);
    return out;
  }
  const std::string path = base.target.substr(0, base.target.find('?'));
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  out.target = target_of((location.front() == '?' ? path : folder) + std::string(location));
  return out;
}

}  // namespace b24gate::outbound
