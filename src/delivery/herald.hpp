// Tells an administrator in Bitrix24 what stands in Notices: a notification to `portal.administrator`, or to
// the owner of the webhook where none is named. Words from texts.yaml (`admin_*`).
//
// A thread of its own, which asks within the portal's allowance and says nothing while the lane is closed.
// What could not be told is tried again, a minute later. Repeating is harmless: one tag per topic, a second
// notification takes the place of the first. start() and stop() from one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "config/configuration.hpp"
#include "delivery/engine.hpp"
#include "delivery/notices.hpp"
#include "delivery/periodic.hpp"
#include "portal/client.hpp"
#include "portal/limiter.hpp"

namespace b24gate::delivery {

// The notifications for these notices: one for each method, one for all of another kind. Pure.
std::vector<portal::Command> notifications(const config::Configuration& configuration,
                                           const std::vector<Notice>& notices, std::int64_t user_id);

class Herald {
 public:
  // All must outlive it.
  Herald(const config::Current& current, portal::Client& client, portal::Limiter& limiter, Engine& engine,
         Notices& notices);

  void start() { thread_.start(); }
  // False: a notification is still under way after `grace`; the destructor waits for it.
  bool stop(Milliseconds grace) { return thread_.stop(grace); }

  // One turn, on the caller's thread: the pause before the next one. For tests, and for the thread.
  Milliseconds turn();

 private:
  const config::Current& current_;
  portal::Client& client_;
  portal::Limiter& limiter_;
  Engine& engine_;
  Notices& notices_;
  Periodic thread_;  // last: it stops before what it uses goes
};

}  // namespace b24gate::delivery
