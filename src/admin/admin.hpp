// The admin listener: /healthz, /readyz, /metrics, POST /api/v1/reload, GET /api/v1/status, and
// /api/v1/presence (presence_api.hpp). Loopback by default; with users configured everything but /healthz
// asks for a password (HTTP Basic); /readyz without one says whether it is ready and no more, for monitors.
//
// Thread-safe; called on the admin server's own loop, so that a slow scrape never delays a webhook.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "admin/presence_api.hpp"
#include "base/time.hpp"
#include "config/configuration.hpp"
#include "delivery/engine.hpp"
#include "http/server.hpp"
#include "journal/journal.hpp"
#include "metrics/metrics.hpp"
#include "portal/application.hpp"
#include "portal/limiter.hpp"

namespace b24gate::admin {

// What the last reload came to, for /readyz' details and /api/v1/status.
struct ReloadState {
  bool good = true;
  TimePoint at{};
  std::vector<std::string> mistakes;  // file:line:col: what; empty when it was good
};

// Reads the configuration again and swaps it in, or keeps the old one: all of it or nothing. One reload at a
// time.
class Reloader {
 public:
  // What lives outside the snapshot (TLS, limits) is made ready here, before the swap: all that can fail.
  // What fails is added to `mistakes`, and nothing changes. What is returned is called after the swap.
  using Prepare = std::function<std::function<void()>(const config::Configuration& before,
                                                      const config::Configuration& after,
                                                      std::vector<yaml::Problem>& mistakes)>;
  Reloader(std::string file, config::Current& current, metrics::Metrics& metrics, const Clock& clock,
           Prepare prepare);

  ReloadState reload();
  [[nodiscard]] ReloadState last() const;

 private:
  void remember(const ReloadState& state);

  const std::string file_;
  config::Current& current_;
  metrics::Metrics& metrics_;
  const Clock& clock_;
  const Prepare prepare_;
  std::mutex one_at_a_time_;
  mutable std::mutex mutex_;
  ReloadState last_;
};

class Admin {
 public:
  // All must outlive it.
  Admin(const config::Current& current, journal::Journal& journal, const delivery::Engine& engine,
        const portal::Limiter& limiter, metrics::Metrics& metrics, Reloader& reloader, presence::Staff& staff,
        const portal::Application& application, const Clock& clock);

  void operator()(http::Request request, http::Responder respond);

 private:
  [[nodiscard]] bool admitted(const http::Request& request, const config::Configuration& configuration) const;
  [[nodiscard]] http::Response ready(bool with_details) const;
  [[nodiscard]] json::Value status() const;
  void collect(metrics::Metrics& metrics) const;

  const config::Current& current_;
  journal::Journal& journal_;
  const delivery::Engine& engine_;
  const portal::Limiter& limiter_;
  metrics::Metrics& metrics_;
  Reloader& reloader_;
  PresenceApi presence_;
  const portal::Application& application_;
  const Clock& clock_;
};

}  // namespace b24gate::admin
