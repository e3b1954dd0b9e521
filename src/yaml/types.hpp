// The leaf types of configuration files: texts, numbers, durations, sizes, addresses, secrets, time zones,
// networks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "yaml/shape.hpp"

namespace b24gate::yaml {

// A text; ${env:…} and its kin inside are replaced. Numbers and booleans written without quotes are texts
// too.
template <>
struct Shape<std::string> {
  static void read(const Node& node, Context& context, std::string& out);
  static json::Value schema(Schemas&);
};

template <>
struct Shape<bool> {  // true, false, yes, no, on, off
  static void read(const Node& node, Context& context, bool& out);
  static json::Value schema(Schemas&);
};

template <>
struct Shape<std::int64_t> {
  static void read(const Node& node, Context& context, std::int64_t& out);
  static json::Value schema(Schemas&);
};

template <>
struct Shape<int> {
  static void read(const Node& node, Context& context, int& out);
  static json::Value schema(Schemas&);
};

template <>
struct Shape<double> {
  static void read(const Node& node, Context& context, double& out);
  static json::Value schema(Schemas&);
};

// A value that must not be shown: read like a text, never printed. An empty one is a mistake.
template <>
struct Shape<Secret> {
  static void read(const Node& node, Context& context, Secret& out);
  static json::Value schema(Schemas&);
};

// 500ms, 60s, 10m, 1h, 7d.
template <>
struct Shape<Milliseconds> {
  static void read(const Node& node, Context& context, Milliseconds& out);
  static json::Value schema(Schemas&);
};

template <>
struct Shape<TimeZone> {
  static void read(const Node& node, Context& context, TimeZone& out);
  static json::Value schema(Schemas&);
};

// Anything: YAML as JSON. Plain numbers and booleans become numbers and booleans, quoted ones stay texts.
template <>
struct Shape<json::Value> {
  static void read(const Node& node, Context& context, json::Value& out);
  static json::Value schema(Schemas&);
};

// A number of bytes: 512, 64KiB, 10MiB, 1GiB.
struct Bytes {
  std::uint64_t count = 0;
};
template <>
struct Shape<Bytes> {
  static void read(const Node& node, Context& context, Bytes& out);
  static json::Value schema(Schemas&);
};

// host:port, [::1]:port.
struct Address {
  std::string host;
  std::uint16_t port = 0;
  [[nodiscard]] bool loopback() const;
};
template <>
struct Shape<Address> {
  static void read(const Node& node, Context& context, Address& out);
  static json::Value schema(Schemas&);
};

// An IPv4 or IPv6 network: 10.0.0.0/8, 127.0.0.1, ::1.
struct Network {
  std::string text;
  unsigned char bytes[16] = {};  // IPv4 as ::ffff:a.b.c.d
  int prefix = 128;
  // False also for a text that is no address.
  [[nodiscard]] bool contains(std::string_view address) const;
};
template <>
struct Shape<Network> {
  static void read(const Node& node, Context& context, Network& out);
  static json::Value schema(Schemas&);
};

// "500ms", "60s", "10m", "1h", "7d"; nullopt for anything else.
std::optional<Milliseconds> parse_duration(std::string_view text);

// ${env:NAME} from the environment, ${file:PATH} from a file (without the last newline), ${credential:NAME}
// from $CREDENTIALS_DIRECTORY, as systemd sets it. What the environment lacks is looked for in the
// environment file that the service is started with, so that an administrator's commands see what the daemon
// sees.
class SystemSecrets final : public SecretSource {
 public:
  // NAME=VALUE lines, as systemd's EnvironmentFile; empty or unreadable: there is none.
  explicit SystemSecrets(std::string environment_file = {})
      : environment_file_(std::move(environment_file)) {}
  [[nodiscard]] Result<std::string> find(std::string_view kind, std::string_view name) const override;

 private:
  std::string environment_file_;
};

}  // namespace b24gate::yaml
