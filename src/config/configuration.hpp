// The whole configuration as one immutable snapshot: config.yaml and every file that it names, read in one
// pass.
//
// check, run, reload, try and test all come through load(): there is no other way to a Configuration. It
// reports every mistake of every file. Thread-safe by being immutable; holders keep a shared_ptr for as long
// as they work with it, so that a reload never changes anything under a request in flight.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "config/calls.hpp"
#include "config/texts.hpp"
#include "connector/connector.hpp"
#include "distribution/distribution.hpp"
#include "mapping/mapping.hpp"
#include "people/people.hpp"
#include "yaml/types.hpp"

namespace b24gate::config {

struct Tls {
  yaml::Placed<std::string> certificate;
  yaml::Placed<std::string> key;
};

struct Server {
  yaml::Address listen{"0.0.0.0", 8080};
  std::optional<Tls> tls;
  yaml::Bytes max_body{10 * 1024 * 1024};
  std::vector<yaml::Network> trusted_proxies;
  int max_connections = 4096;
  Milliseconds request_deadline{30'000};
  yaml::Placed<std::string> public_url;  // without the slash at the end; empty: not known
};

struct Admin {
  yaml::Address listen{"127.0.0.1", 8081};
  yaml::NamedList<Secret> users;
};

struct Keep {
  std::optional<Milliseconds> raw_requests;
  std::optional<Milliseconds> events;
};

struct Storage {
  std::string path;
  Keep keep;
};

struct Plan {
  double rate = 2;  // requests per second
  int burst = 50;
};

// The local application of the portal (OAuth), beside the inbound webhook.
struct Application {
  yaml::Placed<std::string> client_id;
  Secret client_secret;
  Secret key;           // what its tokens are stored under; empty: the client's secret
  Secret previous_key;  // while the key is rotated: the former one
  yaml::Placed<std::string> oauth_server{"https://oauth.bitrix.info/oauth/token/", {}};
};

struct Portal {
  yaml::Placed<Secret> url;
  Plan plan;
  Secret application_token;
  Secret secret;
  std::optional<Application> application;
  TimeZone time_zone = TimeZone::utc();
  Milliseconds settle{60'000};
  std::vector<Milliseconds> retry;
  bool rest_v3 = true;                      // where the portal has it
  yaml::Placed<std::string> administrator;  // employee who is told what a person must mend; empty: the owner
                                            // of the webhook
};

// Requests in a time: 10/s, 600/m, 5000/h.
struct Rate {
  int requests = 0;
  Milliseconds per{1000};
};

// A secret that was valid before the present one, and until when it still is.
struct PreviousSecret {
  Secret secret;
  yaml::Placed<std::string> until_text;
  TimePoint until{};
};

struct Source {
  std::string name;
  std::string title;  // for people; the name when it is not given
  yaml::Place place;
  const connector::Connector* connector = nullptr;
  Secret secret;
  std::optional<PreviousSecret> previous_secret;
  json::Value options;
  json::Object set;
  std::vector<yaml::Network> allow;  // empty: everybody
  std::optional<Rate> rate;
  std::optional<TimeZone> time_zone;         // of times that the service sends without one; the portal's
  bool capture = false;                      // requests are kept unread
  Milliseconds pull{std::chrono::hours{1}};  // between two readings of what no webhook brought; 0: never
  std::string mapping_file;                  // empty: the connector's default alone
  mapping::Mapping mapping;

  // What the connector is told, with the secrets that are valid at `now`.
  [[nodiscard]] connector::Source settings(const TimeZone& zone, const std::string& phone_region,
                                           TimePoint now) const;
};

struct Phones {
  std::string region = "RU";
};

struct Geo {
  yaml::Placed<std::string> database;  // a MaxMind city file; empty: none
};

struct Configuration {
  std::string folder;  // of config.yaml; "" for the working folder
  std::string hash;    // of the bytes of every file read: 12 hex digits
  Server server;
  Admin admin;
  Storage storage;
  Portal portal;
  Phones phones;
  Geo geo;
  Calls calls;
  std::vector<Source> sources;
  people::Roster roster;
  distribution::Rules rules;
  mapping::Dictionaries dictionaries;
  Texts texts = Texts::defaults();

  [[nodiscard]] const Source* source(std::string_view name) const;
  // Where that source's service reaches us, with its secret; empty without server.public_url, or when it
  // proves itself in another way.
  [[nodiscard]] std::string hook_url(const Source& source) const;
  // `path` of a file as the configuration names it: relative to `folder`.
  [[nodiscard]] std::string path_of(std::string_view path) const;
};

struct Loaded {
  std::shared_ptr<const Configuration> configuration;  // null when there are mistakes
  std::vector<yaml::Problem> problems;                 // places name files as they can be opened from here
  std::vector<std::string> files;                      // every file read
};

// Reads everything. Never throws; a file that cannot be read is a problem at its place in config.yaml.
Loaded load(const std::string& file, const yaml::SecretSource& secrets);

// Where the secrets of `file` come from: the environment, and the file `environment` beside it.
yaml::SystemSecrets secrets_of(const std::string& file);

// The file to read when none is named: config.yaml here, else /etc/b24gate/config.yaml.
std::string default_file();

// JSON Schema documents by name: config, mapping, employees, distribution, dictionaries, texts. Null for
// another name.
std::optional<json::Value> schema_document(std::string_view name);
const std::vector<std::string>& schema_names();

// The snapshot in force; swapped as a whole by a reload.
class Current {
 public:
  explicit Current(std::shared_ptr<const Configuration> first) : current_(std::move(first)) {}
  [[nodiscard]] std::shared_ptr<const Configuration> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void swap(std::shared_ptr<const Configuration> next) {
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Configuration> current_;
};

}  // namespace b24gate::config
