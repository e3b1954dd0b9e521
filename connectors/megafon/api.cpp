#include "connectors/megafon/api.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "connector/member.hpp"
#include "connectors/megafon/values.hpp"

namespace b24gate::megafon {
namespace {

bool is_web(std::string_view url) {
  const std::string start = ascii::lower(url.substr(0, 8));
  return start == "https://" || start.compare(0, 7, "http://") == 0;
}

}  // namespace

Api::Api(const json::Value& options) : url(connector::text_at(options, "api_url")) {
  key = Secret(connector::text_at(options, "api_key"));
  if (!is_web(url)) url.clear();
  while (!url.empty() && url.back() == '/') url.pop_back();
  if (!url.empty() && url.find("/crmapi/") == std::string::npos) url += "/crmapi/v1";
}

std::string host_of(std::string_view url) {
  const std::size_t start = url.find("://");
  if (start == std::string_view::npos) return {};
  std::string_view authority = url.substr(start + 3);
  authority = authority.substr(0, authority.find_first_of("/?#\\"));
  if (const std::size_t user = authority.rfind('@'); user != std::string_view::npos)
    authority.remove_prefix(user + 1);
  const std::size_t bracket = authority.rfind(']');  // of an IPv6 address
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket))
    authority = authority.substr(0, colon);
  return ascii::lower(authority);
}

std::optional<connector::HttpCall> recording_call(const std::string& url, const Api& api) {
  const bool is_plain = std::none_of(
      url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
  if (!is_web(url) || !is_plain || host_of(url).empty()) return std::nullopt;
  connector::HttpCall call;
  call.url = url;
  const bool is_theirs = api.url.empty() || host_of(api.url) == host_of(url);
  if (!api.key.empty() && is_theirs) call.headers.emplace_back("X-API-KEY", api.key.reveal());
  return call;
}

}  // namespace b24gate::megafon
