#include "yaml/types.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace b24gate::yaml {
namespace {

json::Value text_schema(std::string_view pattern = {}, std::string_view example = {}) {
  json::Value out = json::Value::object({{"type", "string"}});
  if (!pattern.empty()) out["pattern"] = pattern;
  if (!example.empty()) out["examples"] = json::Value::array({example});
  return out;
}

std::optional<std::string> scalar(const Node& node, Context& context, std::string_view expected) {
  if (!node.is_scalar()) {
    wrong_kind(node, context, expected);
    return std::nullopt;
  }
  return resolved(node, context);
}

void not_a(const Node& node, Context& context, std::string_view expected) {
  context.problems.add(node.place(), fmt::format("expected {}, found '{}'", expected, node.scalar()));
}

template <class T>
bool parse_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

template <class T>
void read_number(const Node& node, Context& context, std::string_view expected, T& out) {
  const auto text = scalar(node, context, expected);
  if (!text) return;
  T number{};
  // from_chars reads "nan" and "inf" too: nothing that is configured can be either.
  bool good = parse_number(*text, number);
  if constexpr (std::is_floating_point_v<T>) good = good && std::isfinite(number);
  if (!good) return not_a(node, context, expected);
  out = number;
}

std::optional<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "no" || text == "off") return false;
  return std::nullopt;
}

// Splits "10MiB" into its number and its unit.
std::pair<std::string_view, std::string_view> split_unit(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  std::string_view unit = text.substr(digits);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  return {text.substr(0, digits), unit};
}

// Any address as 16 bytes, IPv4 mapped into IPv6.
bool address_bytes(std::string_view text, unsigned char* bytes, bool& v4) {
  const std::string address(text);
  in_addr four{};
  if (inet_pton(AF_INET, address.c_str(), &four) == 1) {
    std::memset(bytes, 0, 10);
    bytes[10] = bytes[11] = 0xFF;
    std::memcpy(bytes + 12, &four, 4);
    v4 = true;
    return true;
  }
  v4 = false;
  return inet_pton(AF_INET6, address.c_str(), bytes) == 1;
}

}  // namespace

void Shape<std::string>::read(const Node& node, Context& context, std::string& out) {
  if (auto text = scalar(node, context, "a text")) out = std::move(*text);
}
json::Value Shape<std::string>::schema(Schemas&) {
  return json::Value::object({{"type", json::Value::array({"string", "number", "boolean"})}});
}

void Shape<bool>::read(const Node& node, Context& context, bool& out) {
  const auto text = scalar(node, context, "true or false");
  if (!text) return;
  if (const auto value = parse_bool(*text)) {
    out = *value;
  } else {
    not_a(node, context, "true or false");
  }
}
json::Value Shape<bool>::schema(Schemas&) { return json::Value::object({{"type", "boolean"}}); }

void Shape<std::int64_t>::read(const Node& node, Context& context, std::int64_t& out) {
  read_number(node, context, "a whole number", out);
}
json::Value Shape<std::int64_t>::schema(Schemas&) { return json::Value::object({{"type", "integer"}}); }

void Shape<int>::read(const Node& node, Context& context, int& out) {
  read_number(node, context, "a whole number", out);
}
json::Value Shape<int>::schema(Schemas&) { return json::Value::object({{"type", "integer"}}); }

void Shape<double>::read(const Node& node, Context& context, double& out) {
  read_number(node, context, "a number", out);
}
json::Value Shape<double>::schema(Schemas&) { return json::Value::object({{"type", "number"}}); }

void Shape<Secret>::read(const Node& node, Context& context, Secret& out) {
  auto text = scalar(node, context, "a secret, as ${env:NAME}, ${file:PATH} or ${credential:NAME}");
  if (!text) return;
  if (text->empty()) {
    context.problems.add(node.place(), "the secret is empty; an empty secret protects nothing");
    return;
  }
  out = Secret(std::move(*text));
}
json::Value Shape<Secret>::schema(Schemas&) { return text_schema({}, "${env:NAME}"); }

std::optional<Milliseconds> parse_duration(std::string_view text) {
  const auto [digits, unit] = split_unit(text);
  std::int64_t count = 0;
  if (digits.size() > 9 || !parse_number(digits, count)) return std::nullopt;
  if (unit == "ms") return Milliseconds{count};
  if (unit == "s") return Milliseconds{count * 1000};
  if (unit == "m") return Milliseconds{count * 60'000};
  if (unit == "h") return Milliseconds{count * 3'600'000};
  if (unit == "d") return Milliseconds{count * 86'400'000};
  return std::nullopt;
}

void Shape<Milliseconds>::read(const Node& node, Context& context, Milliseconds& out) {
  const auto text = scalar(node, context, "a duration like 30s, 10m, 1h or 7d");
  if (!text) return;
  if (const auto value = parse_duration(*text)) {
    out = *value;
  } else {
    not_a(node, context, "a duration like 30s, 10m, 1h or 7d");
  }
}
json::Value Shape<Milliseconds>::schema(Schemas&) { return text_schema("^[0-9]+ ?(ms|s|m|h|d)$", "30s"); }

void Shape<TimeZone>::read(const Node& node, Context& context, TimeZone& out) {
  const auto text = scalar(node, context, "a time zone like Europe/Moscow");
  if (!text) return;
  if (auto zone = TimeZone::find(*text)) {
    out = std::move(*zone);
  } else {
    context.problems.add(node.place(),
                         fmt::format("unknown time zone '{}'; write one like Europe/Moscow", *text));
  }
}
json::Value Shape<TimeZone>::schema(Schemas&) { return text_schema({}, "Europe/Moscow"); }

void Shape<json::Value>::read(const Node& node, Context& context, json::Value& out) {
  switch (node.kind()) {
    case Node::Kind::null:
      out = json::Value();
      return;
    case Node::Kind::list: {
      json::Array items;
      for (const auto& item : node.items()) read(item, context, items.emplace_back());
      out = json::Value(std::move(items));
      return;
    }
    case Node::Kind::map: {
      json::Object members;
      for (const auto& entry : node.entries())
        read(entry.value, context, members.set(entry.key, json::Value()));
      out = json::Value(std::move(members));
      return;
    }
    case Node::Kind::scalar:
      break;
  }
  auto text = resolved(node, context);
  if (!text) return;
  out = json::Value(*text);
  if (node.quoted()) return;
  std::int64_t whole = 0;
  double number = 0;
  if (*text == "true" || *text == "false") {
    out = json::Value(*text == "true");
  } else if (parse_number(*text, whole)) {
    // A phone or an index with a leading zero is a text.
    const std::string_view digits = std::string_view(*text).substr(text->front() == '-' ? 1 : 0);
    if (digits.size() == 1 || digits.front() != '0') out = json::Value(whole);
  } else if (text->find_first_not_of("0123456789.-") == std::string::npos && parse_number(*text, number)) {
    out = json::Value(number);
  }
}
json::Value Shape<json::Value>::schema(Schemas&) { return json::Value(json::Object()); }

void Shape<Bytes>::read(const Node& node, Context& context, Bytes& out) {
  constexpr std::string_view expected = "a size like 64KiB or 10MiB";
  const auto text = scalar(node, context, expected);
  if (!text) return;
  const auto [digits, unit] = split_unit(*text);
  std::uint64_t count = 0;
  int shift = -1;
  if (unit.empty() || unit == "B") shift = 0;
  if (unit == "KiB") shift = 10;
  if (unit == "MiB") shift = 20;
  if (unit == "GiB") shift = 30;
  if (digits.size() > 9 || !parse_number(digits, count) || shift < 0) return not_a(node, context, expected);
  out.count = count << shift;
}
json::Value Shape<Bytes>::schema(Schemas&) {
  json::Value out = text_schema("^[0-9]+ ?(B|KiB|MiB|GiB)?$", "10MiB");
  out["type"] = json::Value::array({"string", "integer"});
  return out;
}

bool Address::loopback() const {
  return host == "localhost" || host == "::1" || host.compare(0, 4, "127.") == 0;
}

void Shape<Address>::read(const Node& node, Context& context, Address& out) {
  constexpr std::string_view expected = "an address with a port like 0.0.0.0:8080";
  const auto text = scalar(node, context, expected);
  if (!text) return;
  const std::size_t colon = text->rfind(':');
  if (colon == std::string::npos || colon == 0) return not_a(node, context, expected);
  std::string host = text->substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  if (!parse_number(std::string_view(*text).substr(colon + 1), port)) return not_a(node, context, expected);
  unsigned char bytes[16];
  bool v4 = false;
  if (host != "localhost" && !address_bytes(host, bytes, v4)) return not_a(node, context, expected);
  out.host = std::move(host);
  out.port = port;
}
json::Value Shape<Address>::schema(Schemas&) { return text_schema("^.+:[0-9]+$", "0.0.0.0:8080"); }

bool Network::contains(std::string_view address) const {
  unsigned char theirs[16];
  bool v4 = false;
  if (!address_bytes(address, theirs, v4)) return false;
  const int whole = prefix / 8;
  if (std::memcmp(bytes, theirs, static_cast<std::size_t>(whole)) != 0) return false;
  const int bits = prefix % 8;
  if (bits == 0) return true;
  const auto mask = static_cast<unsigned char>(0xFF << (8 - bits));
  return (bytes[whole] & mask) == (theirs[whole] & mask);
}

void Shape<Network>::read(const Node& node, Context& context, Network& out) {
  constexpr std::string_view expected = "a network like 10.0.0.0/8 or an address";
  const auto text = scalar(node, context, expected);
  if (!text) return;
  const std::size_t slash = text->find('/');
  bool v4 = false;
  Network network;
  network.text = *text;
  if (!address_bytes(std::string_view(*text).substr(0, slash), network.bytes, v4))
    return not_a(node, context, expected);
  if (slash != std::string::npos) {
    int prefix = 0;
    if (!parse_number(std::string_view(*text).substr(slash + 1), prefix) || prefix < 0 ||
        prefix > (v4 ? 32 : 128)) {
      return not_a(node, context, expected);
    }
    network.prefix = v4 ? prefix + 96 : prefix;
  }
  out = std::move(network);
}
json::Value Shape<Network>::schema(Schemas&) { return text_schema({}, "10.0.0.0/8"); }

}  // namespace b24gate::yaml
