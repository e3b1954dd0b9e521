#include "portal/url.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "outbound/url.hpp"

namespace b24gate::portal {
namespace {

tl::unexpected<Error> bad(std::string what) {
  return fail(ErrorKind::config, "portal.url", std::move(what), Ran::no, Move::administrator);
}

}  // namespace

bool is_loopback(std::string_view host) {
  const std::string name(host);
  in_addr four{};
  if (inet_pton(AF_INET, name.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  if (inet_pton(AF_INET6, name.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  return ascii::lower(host) == "localhost";
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > 4096) return bad("the address is too long");
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) <= 32 || c == 127; })) {
    return bad("the address holds spaces or control characters");
  }
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return bad("an address begins with https://");
  const std::string scheme = ascii::lower(text.substr(0, colon));
  if (scheme != "https" && scheme != "http") return bad("an address begins with https://");
  std::string_view rest = text.substr(colon + 3);
  if (rest.find_first_of("?#\\") != std::string_view::npos)
    return bad("the address ends with a path, without ? or #");

  const auto slash = rest.find('/');
  const std::string authority = ascii::lower(rest.substr(0, slash));
  if (authority.find('@') != std::string::npos)
    return bad("the address names no user: the secret is in its path");

  Url url;
  url.secure = scheme == "https";
  url.path = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  const auto parts = outbound::parse_authority(authority);
  if (!parts) return bad("the address has " + parts.error().what);
  url.host = parts->host;
  if (!url.secure && !is_loopback(url.host)) return bad("http:// is for loopback only: write https://");
  url.origin = scheme + "://" + authority;
  return url;
}

}  // namespace b24gate::portal
