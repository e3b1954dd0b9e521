// A whole small world for a test: a sandbox portal, a configuration, a daemon.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "e2e/process.hpp"

namespace b24gate::e2e {

struct WorldOptions {
  std::string name = "world";
  double rate = 1000;  // of the sandbox; high, so that tests are not about waiting
  int burst = 10'000;
  std::string portal = "settle: 1s, retry: [1s, 1s, 2s]";
  std::string server = {};   // more lines of `server:`
  std::string sources = {};  // more sources, indented by two
  // The daemon speaks to the portal through this port, where something stands between; 0: directly.
  std::uint16_t portal_through = 0;
  std::map<std::string, std::string> environment = {};  // of the daemon, besides ours
};

class World {
 public:
  explicit World(WorldOptions options = {});

  void start_sandbox();
  void start_daemon();
  // Does not wait until it is ready.
  void launch_daemon();
  // Kills or stops the daemon; it can be started again on the same journal.
  Process& daemon() { return daemon_; }
  Process& sandbox() { return sandbox_; }

  // Writes config.yaml again with other words in it.
  void write_config(const std::string& replace = "", const std::string& by = "");

  Answer post(const std::string& source_and_secret, const std::string& body,
              const std::string& content_type = "application/x-www-form-urlencoded",
              const std::vector<std::pair<std::string, std::string>>& headers = {}) const;
  // A form of Tilda with this number as its tranid.
  static std::string form(int number, const std::string& phone, const std::string& more = "");

  // The sandbox's whole state.
  [[nodiscard]] json::Value portal() const;
  // The leads that b24gate made.
  [[nodiscard]] std::vector<json::Value> leads() const;
  void fault(const std::string& json) const;
  void no_faults() const;

  // b24gate's command line on this configuration.
  Output run(std::vector<std::string> arguments) const;
  [[nodiscard]] json::Value events() const;
  [[nodiscard]] json::Array event_list() const;
  // A certificate with its key, NAME.pem and NAME.key of the folder.
  void make_certificate(const std::string& name) const;
  // Timeline comments of the sandbox.
  [[nodiscard]] json::Array comments() const;
  // Waits until no event is unfinished; false after the limit.
  bool settled(int limit_s = 60) const;

  std::uint16_t port = 0;
  std::uint16_t admin_port = 0;
  std::uint16_t portal_port = 0;
  Folder folder;
  [[nodiscard]] std::string config() const { return folder.path() + "/config.yaml"; }
  [[nodiscard]] std::string log() const { return read_file(folder.path() + "/daemon.log"); }

 private:
  WorldOptions options_;
  Process sandbox_;
  Process daemon_;
};

}  // namespace b24gate::e2e
