// Keeps the application's event handlers in the portal as they should be: after poke() (a start, an
// installation, a reload), and daily, which also keeps the refresh token from growing old (180 days).
//
// A thread of its own. Without server.public_url it says so once after each poke and asks nothing. start()
// and stop() from one thread, poke() from any.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "config/configuration.hpp"
#include "delivery/periodic.hpp"
#include "portal/application.hpp"
#include "portal/limiter.hpp"

namespace b24gate::cli {

// https://gate.example.com/portal/<secret>; empty without server.public_url.
std::string event_handler(const config::Configuration& configuration);

class EventBinder {
 public:
  // All must outlive it. `may_ask`: whether the portal takes anything at all now.
  EventBinder(const config::Current& current, portal::Application& application, portal::Limiter& limiter,
              const Clock& clock, std::function<bool()> may_ask);

  void start() { thread_.start(); }
  // False: a question to the portal is still open after `grace`; the destructor waits for it.
  bool stop(Milliseconds grace) { return thread_.stop(grace); }
  void poke() { poked_ = true; }

 private:
  // The pause before the next turn.
  Milliseconds turn();
  portal::Outcome call(const portal::Command& command);

  const config::Current& current_;
  portal::Application& application_;
  portal::Limiter& limiter_;
  const Clock& clock_;
  const std::function<bool()> may_ask_;
  std::atomic<bool> poked_{true};
  std::optional<SteadyPoint> next_;
  delivery::Periodic thread_;  // last: it stops before what it uses goes
};

}  // namespace b24gate::cli
