#include "e2e/vendors.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <ctime>

namespace b24gate::e2e {
namespace {

const std::string mango_key = "demo-vpbx-key";
const std::string mango_salt = "demo-vpbx-salt";
const std::string site_secret = "demo-bitrix-site-secret";

std::string hex(const unsigned char* bytes, unsigned int size) {
  std::string out;
  for (unsigned int i = 0; i < size; ++i) out += fmt::format("{:02x}", bytes[i]);
  return out;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string percent_decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

std::string vendor_sources() {
  return fmt::format(
      "  chat-jivo: {{ connector: jivo, secret: jivo-secret }}\n"
      "  pbx-mango: {{ connector: mango, options: {{ api_key: {}, salt: {} }} }}\n"
      "  pbx-megafon: {{ connector: megafon, secret: demo-crm-token }}\n"
      "  calltracking: {{ connector: comagic, secret: comagic-secret }}\n"
      "  site-shop: {{ connector: bitrix-site, secret: {} }}\n"
      "  robot: {{ connector: tomoru, secret: robot-secret }}\n"
      "  letters: {{ connector: b2bfamily, secret: letters-secret }}\n",
      mango_key, mango_salt, site_secret);
}

std::string vendor_file(const std::string& name) {
  std::string text = read_file(source_file("connectors/" + name));
  REQUIRE_MESSAGE((!text.empty() || name.find("empty") != std::string::npos), name);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& by) {
  std::size_t at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  for (; at != std::string::npos; at = text.find(from, at + by.size())) text.replace(at, from.size(), by);
  return text;
}

std::string mango_path(const std::string& sample) {
  const std::pair<const char*, const char*> paths[] = {{"-summary", "/events/summary"},
                                                       {"-call-", "/events/call"},
                                                       {"-record-added", "/events/record/added"},
                                                       {"-record-tagged", "/events/record/tagged"},
                                                       {"-recording-", "/events/recording"},
                                                       {"-dtmf", "/events/dtmf"},
                                                       {"-sms", "/events/sms"},
                                                       {"-result-callback", "/result/callback"},
                                                       {"-result-stats", "/result/stats"}};
  for (const auto& [part, path] : paths) {
    if (sample.find(part) != std::string::npos) return path;
  }
  return "";
}

std::string mango_json(const std::string& form) {
  const std::string name = "json=";
  const std::size_t at = form.find(name);
  REQUIRE(at != std::string::npos);
  const std::string encoded = form.substr(at + name.size());
  REQUIRE(encoded.find('&') == std::string::npos);  // it is the last field in all samples
  return percent_decoded(encoded);
}

std::string mango_form(const std::string& json) {
  const std::string text = mango_key + json + mango_salt;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  REQUIRE(EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr) == 1);
  return fmt::format("vpbx_api_key={}&sign={}&json={}", mango_key, hex(digest, size), percent_encoded(json));
}

Headers site_signature(const std::string& body, int seconds_ago) {
  const std::string time = std::to_string(std::time(nullptr) - seconds_ago);
  const std::string text = time + "." + body;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), site_secret.data(), static_cast<int>(site_secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {{"X-Gate-Timestamp", time}, {"X-Gate-Signature", "sha256=" + hex(digest, size)}};
}

void everybody_works(const World& world) {
  const std::string name = "mappings/employees.yaml";
  world.folder.write(name, replaced(read_file(world.folder.path() + "/" + name), ", schedule: office", ""));
}

void post_accepted(const World& world, const std::string& path, const std::string& body,
                   const std::string& type, const Headers& headers) {
  const auto answer = world.post(path, body, type, headers);
  CHECK_MESSAGE(answer.status == 200, (path + ": " + answer.body));
}

void post_and_settle(const World& world, const std::string& path, const std::string& body,
                     const std::string& type, const Headers& headers) {
  post_accepted(world, path, body, type, headers);
  REQUIRE(world.settled());
}

std::string only_lead(const World& world) {
  const auto leads = world.leads();
  REQUIRE(leads.size() == 1);
  return leads.front()["id"].text();
}

std::string lead_with(const World& world, const std::string& phone) {
  std::vector<std::string> found;
  const auto leads = world.leads();
  for (const auto& lead : leads) {
    if (json::write(lead["fm"]).find(phone) != std::string::npos) found.push_back(lead["id"].text());
  }
  REQUIRE_MESSAGE(found.size() == 1, phone);
  return found.front();
}

json::Value event_by_key(const World& world, const std::string& key) {
  const json::Array events = world.event_list();
  for (const auto& event : events) {
    if (event["key"].text() == key) return event;
  }
  return {};
}

std::vector<std::string> comments_on(const World& world, int owner_type, const std::string& id) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  const json::Array comments = world.comments();
  for (const auto& comment : comments) {
    if (comment["ownerTypeId"].integer() == owner_type && comment["ownerId"].text() == id)
      found.emplace_back(comment["id"].integer().value_or(0), comment["text"].text());
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> out;
  for (auto& [number, text] : found) out.push_back(std::move(text));
  return out;
}

int count_with(const std::vector<std::string>& texts, const std::string& part) {
  return static_cast<int>(std::count_if(texts.begin(), texts.end(), [&](const std::string& text) {
    return text.find(part) != std::string::npos;
  }));
}

}  // namespace b24gate::e2e
