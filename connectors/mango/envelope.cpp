#include "connectors/mango/envelope.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "text/percent.hpp"

namespace b24gate::mango {
namespace {

// Slashes are single, none at the end.
std::string tidy(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c != '/' || out.empty() || out.back() != '/') out += c;
  }
  while (!out.empty() && out.back() == '/') out.pop_back();
  return out;
}

}  // namespace

Envelope open(std::string_view body) {
  Envelope out;
  bool has_key = false;
  bool has_sign = false;
  const auto take = [](std::string& place, bool& taken, std::string_view value) {
    if (!taken) place = text::percent_decoded(value, text::Plus::space);
    taken = true;
  };
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('&', at), body.size());
    const std::string_view pair = body.substr(at, end - at);
    at = end + 1;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = utf8::trimmed(pair.substr(0, equals));
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    if (name == "json") {
      take(out.json, out.has_json, value);
    } else if (name == "sign") {
      take(out.sign, has_sign, value);
    } else if (name == "vpbx_api_key") {
      take(out.key, has_key, value);
    }
  }
  return out;
}

std::string event_path(std::string_view path) {
  const std::string tidied = tidy(path);
  std::size_t found = std::string::npos;
  for (const std::string_view root : {"events/", "result/"}) {
    // The last one: a base address may hold such words itself.
    const std::size_t at = tidied.rfind(root);
    if (at != std::string::npos && (found == std::string::npos || at > found)) found = at;
  }
  return found == std::string::npos ? "" : "/" + tidied.substr(found);
}

bool is_connection_check(const connector::Request& request) {
  return request.method == "POST" && tidy(request.path).empty() && request.query.empty() &&
         utf8::trimmed(request.body).empty();
}

connector::Proof verify(const connector::Request& request, const Account& account) {
  if (!account.can_sign()) return connector::Proof::absent;
  if (utf8::trimmed(request.body).empty()) {
    // It carries nothing that could be signed and brings nothing in.
    return is_connection_check(request) ? connector::Proof::good : connector::Proof::absent;
  }
  const Envelope envelope = open(request.body);
  const bool key_fits = account.key_matches(envelope.key);
  const bool sign_fits = account.sign_matches(envelope.sign, envelope.json);
  return key_fits && sign_fits ? connector::Proof::good : connector::Proof::bad;
}

}  // namespace b24gate::mango
