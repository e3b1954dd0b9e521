#include "portal/url.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

namespace b24gate::portal {
namespace {

tl::unexpected<Error> bad(std::string what) {
  return fail(ErrorKind::config, "portal.url", std::move(what), Ran::no, Move::administrator);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536;
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

}  // namespace

bool is_loopback(std::string_view host) {
  const std::string name(host);
  in_addr four{};
  if (inet_pton(AF_INET, name.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  if (inet_pton(AF_INET6, name.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  return lower(host) == "localhost";
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > 4096) return bad("the address is too long");
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) <= 32 || c == 127; })) {
    return bad("the address holds spaces or control characters");
  }
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return bad("an address begins with https://");
  const std::string scheme = lower(text.substr(0, colon));
  if (scheme != "https" && scheme != "http") return bad("an address begins with https://");
  std::string_view rest = text.substr(colon + 3);
  if (rest.find_first_of("?#\\") != std::string_view::npos)
    return bad("the address ends with a path, without ? or #");

  const auto slash = rest.find('/');
  const std::string authority = lower(rest.substr(0, slash));
  if (authority.find('@') != std::string::npos)
    return bad("the address names no user: the secret is in its path");

  Url url;
  url.secure = scheme == "https";
  url.path = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  std::string_view host = authority;
  std::string_view port;
  if (!host.empty() && host.front() == '[') {
    const auto close = host.find(']');
    if (close == std::string_view::npos) return bad("the address has no host");
    port = host.substr(close + 1);
    url.host = std::string(host.substr(1, close - 1));
    if (!is_ipv6(url.host)) return bad("the address has no host");
  } else {
    const auto at = host.rfind(':');
    if (at != std::string_view::npos) port = host.substr(at);
    url.host = std::string(host.substr(0, at));
    if (!is_host(url.host)) return bad("the address has no host");
  }
  if (!port.empty() && (port.front() != ':' || !is_port(port.substr(1))))
    return bad("the address has a wrong port");
  if (!url.secure && !is_loopback(url.host)) return bad("http:// is for loopback only: write https://");
  url.origin = scheme + "://" + authority;
  return url;
}

}  // namespace b24gate::portal
