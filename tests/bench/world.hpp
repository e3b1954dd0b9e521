// The real program on a real disk: a folder with a configuration, `b24gate run`, a sandbox portal; and what
// can be seen of them from outside. And the bare server that intake is measured against.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/report.hpp"
#include "e2e/process.hpp"

namespace b24gate::bench {

// The path of the webhook of `World`.
inline constexpr const char* hook = "/hook/site-tilda/bench-secret";

// Five salespeople in turn, always at work, who are notified of each lead.
extern const char* const sales_people;
extern const char* const sales_rules;

struct WorldOptions {
  std::string plan = "standard";  // of portal:
  std::uint16_t portal_port = 0;  // 0: nobody listens there
  std::string portal = {};        // more members of portal:, each with a comma before it
  std::string employees = {};     // text of the file; empty: the example's
  std::string distribution = {};
};

class World {
 public:
  // Makes the folder NAME-<pid> in options.folder; it is removed at the end.
  World(const Options& options, const std::string& name, WorldOptions world = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // The daemon, until its admin listener answers. `under`: a program to run it under, with its arguments.
  void start(const std::vector<std::string>& under = {});
  // Does not wait.
  void launch(const std::vector<std::string>& under = {});
  // Ends it as systemd does, and waits.
  void stop();
  // The journal and its WAL go: the next start() begins anew.
  void forget_journal();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string journal() const { return folder_ + "/data/b24gate.db"; }
  e2e::Process& daemon() { return daemon_; }
  // One number of the journal, by SQL, on a connection of its own.
  [[nodiscard]] std::int64_t number(const std::string& sql) const;
  // Seconds until `sql` gives 0 or less; gives up after `limit`.
  double wait_until_none(const std::string& sql, double limit) const;
  // Resident memory in MB: now, and at most so far.
  [[nodiscard]] double memory() const;
  [[nodiscard]] double peak_memory() const;
  // Processor time used so far, in seconds.
  [[nodiscard]] double processor() const;

 private:
  const bool keep_;
  const std::string folder_;
  const std::uint16_t port_;
  const std::uint16_t admin_port_;
  e2e::Process daemon_;
};

// Events that are not done with yet.
inline constexpr const char* unfinished =
    "SELECT count(*) FROM events WHERE state IN ('received','delivering','waiting')";

class Sandbox {
 public:
  // With the limits of a plan; `operating`: whether methods have a time budget too.
  Sandbox(const std::string& folder, std::uint16_t port, double rate, int burst, bool operating = false);
  [[nodiscard]] json::Value counters() const;

 private:
  std::uint16_t port_;
  e2e::Process process_;
};

// cpp-httplib answering 200 to every POST, at its best: TCP_NODELAY, a long backlog, a thread for each
// connection. A process of its own, as the daemon is.
class BareServer {
 public:
  BareServer(const std::string& folder, int threads);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Processor time used so far, in seconds.
  [[nodiscard]] double processor() const;

 private:
  std::uint16_t port_;
  e2e::Process process_;
};
// What that process runs; never returns while it serves.
int serve_bare(std::uint16_t port, int threads);

// Waits until somebody accepts on the port; gives up after 20 s.
void wait_for_listener(std::uint16_t port);

}  // namespace b24gate::bench
