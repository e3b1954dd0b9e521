#include "connectors/bitrix-site/proof.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <cstdint>

#include "base/utf8.hpp"

namespace b24gate::bitrix_site {
namespace {

using connector::Proof;

constexpr std::size_t auth_length = 32;
constexpr std::int64_t most_seconds_apart = 300;

std::string hmac_sha256(const std::string& key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    out += hex[digest[i] >> 4];
    out += hex[digest[i] & 15];
  }
  return out;
}

// Any value may come as a list of one.
std::string first_text(const json::Object& fields, std::string_view name) {
  const json::Value* value = fields.find(name);
  if (!value) return {};
  return value->is_array() ? value->at(0).text() : value->text();
}

std::optional<std::int64_t> seconds_of(std::string_view text) {
  std::int64_t out = 0;
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && read == end && !text.empty() && out >= 0 ? std::optional(out) : std::nullopt;
}

}  // namespace

std::string auth_of(const Secret& secret, std::string_view source_name) {
  if (secret.empty()) return {};
  return hmac_sha256(secret.reveal(), "lead.php:" + std::string(source_name)).substr(0, auth_length);
}

Proof lead_form_proof(const json::Object& fields, const connector::Source& source) {
  const std::string login = first_text(fields, "LOGIN");
  const std::string password = first_text(fields, "PASSWORD");
  const std::string auth = first_text(fields, "AUTH");
  if (login.empty() && password.empty() && auth.empty()) return Proof::absent;
  const bool is_login = Secret(source.name).matches(utf8::trimmed(login));
  bool good = false;  // every secret is compared, whichever fits
  for (const auto& secret : source.secrets) {
    const bool by_password = secret.matches(password) && is_login;
    const bool by_auth = Secret(auth_of(secret, source.name)).matches(auth);
    good = good || by_password || by_auth;
  }
  return good ? Proof::good : Proof::bad;
}

bool is_secret_field(std::string_view name) {
  name = name.substr(0, name.find('['));
  return name == "PASSWORD" || name == "AUTH";
}

Signature signature_of(const connector::Request& request, const connector::Source& source) {
  std::string_view offered = utf8::trimmed(request.header("X-Gate-Signature"));
  if (offered.empty()) return Signature::absent;
  constexpr std::string_view prefix = "sha256=";
  const auto time = seconds_of(utf8::trimmed(request.header("X-Gate-Timestamp")));
  if (!time || offered.size() > 200 || offered.substr(0, prefix.size()) != prefix) return Signature::bad;
  const std::string hex = utf8::folded(offered.substr(prefix.size()));
  const std::string text =
      std::string(utf8::trimmed(request.header("X-Gate-Timestamp"))) + "." + request.body;
  bool good = false;
  for (const auto& secret : source.secrets) {
    if (!secret.empty()) good = Secret(hmac_sha256(secret.reveal(), text)).matches(hex) || good;
  }
  if (!good) return Signature::bad;
  const std::int64_t now = to_unix_ms(request.received_at) / 1000;
  const std::int64_t apart = now > *time ? now - *time : *time - now;
  return apart <= most_seconds_apart ? Signature::good : Signature::stale;
}

}  // namespace b24gate::bitrix_site
