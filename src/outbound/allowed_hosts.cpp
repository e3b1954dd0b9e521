#include "outbound/allowed_hosts.hpp"

#include <algorithm>

namespace b24gate::outbound {
namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool allows_one(std::string_view entry, const Url& url) {
  const bool plain = take_prefix(entry, "http://");
  if (!plain) take_prefix(entry, "https://");
  if (!url.secure && !plain) return false;
  if (!entry.empty() && entry.back() == '/') entry.remove_suffix(1);
  const bool below = take_prefix(entry, "*.");
  const auto parts = parse_authority(entry);
  if (!parts) return false;
  if (parts->port != 0 && parts->port != url.port) return false;
  if (!below) return parts->host == url.host;
  const std::string ending = "." + parts->host;
  return url.host.size() > ending.size() &&
         url.host.compare(url.host.size() - ending.size(), ending.size(), ending) == 0;
}

}  // namespace

bool allows(const std::vector<std::string>& hosts, const Url& url) {
  return std::any_of(hosts.begin(), hosts.end(), [&](const auto& entry) { return allows_one(entry, url); });
}

}  // namespace b24gate::outbound
