#include "connectors/tilda/api_key.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "connector/body.hpp"

namespace b24gate::tilda {
namespace {

bool is_separator(char c) { return c == '-' || c == '_' || c == ' '; }

// Lower case, without separators: "X-Api-Key" and "api_key" differ by the X only.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (!is_separator(c)) out += ascii::lower(c);
  }
  return out;
}

// plain(name) == plain_name, without making it: every field of a request is asked.
bool is_plainly(std::string_view name, std::string_view plain_name) {
  std::size_t at = 0;
  for (const char c : name) {
    if (is_separator(c)) continue;
    if (at == plain_name.size() || ascii::lower(c) != plain_name[at]) return false;
    ++at;
  }
  return at == plain_name.size();
}

}  // namespace

ApiKey::ApiKey(const connector::Source& source)
    : name_(plain(source.options["api_key_name"].text())),
      configured_(source.options["api_key"].text()),
      secrets_(source.secrets) {}

bool ApiKey::is_key_name(std::string_view name) const {
  if (name.size() > 100) return false;
  return is_plainly(name, "apikey") || is_plainly(name, "xapikey") ||
         (!name_.empty() && is_plainly(name, name_));
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
        if (const auto* text = value.string()) look_at(name, *text);
        if (value.is_number()) look_at(name, value.text());
      }
    }
  }
  if (good) return connector::Proof::good;
  return wrong ? connector::Proof::bad : connector::Proof::absent;
}

}  // namespace b24gate::tilda
