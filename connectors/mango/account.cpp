#include "connectors/mango/account.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/utf8.hpp"
#include "connector/options.hpp"
#include "text/percent.hpp"

namespace b24gate::mango {
namespace {

constexpr std::string_view default_api_url = "https://app.mango-office.ru/vpbx/";
constexpr std::size_t sign_length = 2 * SHA256_DIGEST_LENGTH;

std::optional<int> number(std::string_view text) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out < 0) return std::nullopt;
  return out;
}

}  // namespace

Seconds parse_offset(std::string_view text) {
  text = utf8::trimmed(text);
  constexpr int longest = 14 * 3600;
  int direction = 1;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    direction = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  const std::size_t colon = text.find(':');
  int seconds = 0;
  if (colon != std::string_view::npos) {
    const auto hours = number(text.substr(0, colon));
    const auto minutes = number(text.substr(colon + 1));
    if (!hours || !minutes || *hours > 14 || *minutes > 59) return Seconds{0};
    seconds = *hours * 3600 + *minutes * 60;
  } else {
    const auto value = number(text);
    if (!value || *value > longest) return Seconds{0};
    seconds = *value <= 14 ? *value * 3600 : *value;
  }
  return seconds > longest ? Seconds{0} : Seconds{direction * seconds};
}

Account::Account(const json::Value& options)
    : key_(std::string(utf8::trimmed(options["api_key"].text()))),
      salt_(std::string(utf8::trimmed(options["salt"].text()))),
      api_url_(utf8::trimmed(options["api_url"].text())),
      wants_recordings_(connector::is_on(options["recordings"])),
      wants_pull_(connector::is_on(options["pull"])),
      time_offset_(parse_offset(options["time_offset"].text())) {
  if (api_url_.empty()) api_url_ = default_api_url;
  if (api_url_.back() != '/') api_url_ += '/';
}

std::string Account::sign(std::string_view json) const {
  std::string text = key_.reveal();
  text += json;
  text += salt_.reveal();
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : digest) {
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
  return out;
}

bool Account::sign_matches(std::string_view offered, std::string_view json) const {
  if (offered.size() != sign_length) return false;
  std::string lower(offered);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return Secret(sign(json)).matches(lower);
}

std::string Account::signed_form(std::string_view json) const {
  return "vpbx_api_key=" + text::percent_encoded(key_.reveal()) + "&sign=" + sign(json) +
         "&json=" + text::percent_encoded(json);
}

connector::HttpCall Account::call(std::string_view path, const json::Value& content) const {
  connector::HttpCall out;
  out.method = "POST";
  out.url = api_url_ + std::string(path);
  out.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  out.body = signed_form(json::write(content));
  return out;
}

}  // namespace b24gate::mango
