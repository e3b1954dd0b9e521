#include "connectors/tilda/api_key.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "connector/body.hpp"

namespace b24gate::tilda {
namespace {

// Lower case, without separators: "X-Api-Key" and "api_key" differ by the X only.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == ' ') continue;
    out += ascii::lower(c);
  }
  return out;
}

}  // namespace

ApiKey::ApiKey(const connector::Source& source)
    : name_(plain(source.options["api_key_name"].text())),
      configured_(source.options["api_key"].text()),
      secrets_(source.secrets) {}

bool ApiKey::is_key_name(std::string_view name) const {
  if (name.size() > 100) return false;
  const std::string offered = plain(name);
  return offered == "apikey" || offered == "xapikey" || (!name_.empty() && offered == name_);
}

bool ApiKey::matches(std::string_view value) const {
  bool found = configured_.matches(value);  // every secret is compared, whichever fits
  for (const auto& secret : secrets_) found = secret.matches(value) || found;
  return found && !value.empty();
}

bool ApiKey::is_key(std::string_view name, std::string_view value) const {
  return is_key_name(name) || value == connector::redacted || (value.size() <= 512 && matches(value));
}

connector::Proof ApiKey::verify(const connector::Request& request) const {
  bool good = false;
  bool wrong = false;
  const auto look_at = [&](std::string_view name, std::string_view value) {
    if (value.empty() || value.size() > 512) return;
    if (matches(value)) {
      good = true;
    } else if (!configured_.empty() && is_key_name(name)) {
      wrong = true;
    }
  };
  for (const auto& [name, value] : request.headers) {
    if (is_key_name(name)) look_at(name, value);
  }
  if (const auto& body = request.parsed_body()) {
    const json::Value& fields = body->is_array() ? body->at(0) : *body;
    if (const auto* members = fields.object_if()) {
      for (const auto& [name, value] : *members) {
        if (value.is_string() || value.is_number()) look_at(name, value.text());
      }
    }
  }
  if (good) return connector::Proof::good;
  return wrong ? connector::Proof::bad : connector::Proof::absent;
}

}  // namespace b24gate::tilda
