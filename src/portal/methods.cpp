#include "portal/methods.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.hpp"

namespace b24gate::portal {

bool is_write(std::string_view method) {
  // Names of the old API are lower-cased by the server, so case is free.
  const std::string lower = ascii::lower(method);

  if (lower == "event.offline.get") return true;
  constexpr std::array<std::string_view, 10> whole{
      "profile",  "scope",      "methods",     "events",           "server.time",
      "app.info", "user.admin", "user.access", "timeman.settings", "rest.documentation.openapi"};
  if (std::find(whole.begin(), whole.end(), lower) != whole.end()) return false;

  const auto dot = lower.rfind('.');
  if (dot == std::string::npos) return true;
  const std::string_view verb = std::string_view(lower).substr(dot + 1);
  constexpr std::array<std::string_view, 10> reads{
      "get",        "list",   "fields", "search", "current",
      "findbycomm", "status", "types",  "count",  "searchcrmentities"};
  return std::find(reads.begin(), reads.end(), verb) == reads.end();
}

}  // namespace b24gate::portal
