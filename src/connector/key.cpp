#include "connector/key.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <chrono>

#include "base/utf8.hpp"

namespace b24gate::connector {
namespace {

constexpr std::size_t longest_id = 160;

std::string hash(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) {  // 128 bits: no two enquiries meet by chance
    out += hex[digest[i] >> 4];
    out += hex[digest[i] & 15];
  }
  return out;
}

json::Value sorted(const json::Value& value) {
  if (const auto* elements = value.array_if()) {
    json::Array out;
    for (const auto& element : *elements) out.push_back(sorted(element));
    return json::Value(std::move(out));
  }
  const auto* members = value.object_if();
  if (!members) return value;
  std::vector<const json::Member*> order;
  for (const auto& member : *members) order.push_back(&member);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  json::Object out;
  for (const auto* member : order) out.append(member->first, sorted(member->second));
  return json::Value(std::move(out));
}

}  // namespace

std::string event_key(std::string_view connector, std::string_view id) {
  const std::string_view trimmed = utf8::trimmed(id);
  const bool is_plain = trimmed.size() <= longest_id && utf8::valid(trimmed) &&
                        std::none_of(trimmed.begin(), trimmed.end(), [](char c) {
                          return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                        });
  std::string key(connector);
  key += ':';
  key += is_plain && !trimmed.empty() ? std::string(trimmed) : hash(id);
  return key;
}

std::string content_id(const json::Value& content) { return hash(json::write(sorted(content))); }

void set_content_key(event::Event& event, std::string_view connector, std::string_view kind,
                     const json::Value& content, const TimeZone& zone, TimePoint now) {
  const std::string id = content_id(content);
  constexpr std::chrono::hours night{4};  // a day begins when nobody writes: most repeats have the same key
  const auto today = std::chrono::floor<std::chrono::days>(zone.to_local(now) - night);
  const auto key_on = [&](std::chrono::sys_days day) {
    const std::string number = std::to_string(day.time_since_epoch().count());
    return event_key(connector, std::string(kind) + ":" + number + ":" + id);
  };
  event.key = key_on(today);
  event.near_keys = {key_on(today - std::chrono::days{1}), key_on(today + std::chrono::days{1})};
}

}  // namespace b24gate::connector
