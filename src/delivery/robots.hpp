// Voice robots that call the clients of new leads, as rules say (`robot:`).
//
// What is to be done is a delivery `robot`; the engine leaves it alone. When the lead is there a batch of one
// number is made at the robot's service and launched. Making it is marked as sent before the request leaves,
// and never leaves again once it may have arrived: a client must not be called twice. An answer that was
// lost, or a crash, ends it, with a reason that says what to look at. What has certainly not arrived is tried
// again for a day. The batch's id is on disk before it is launched; launching is asked for until it has
// worked, also after a restart.
//
// The lead stands whatever becomes of this, and its client's other events do not wait for it.
//
// A thread of its own, one request at a time. It asks nothing of the portal. start() and stop() from one
// thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "delivery/periodic.hpp"
#include "delivery/robot.hpp"
#include "journal/journal.hpp"
#include "outbound/fetch.hpp"

namespace b24gate::delivery {

// Nobody expects a robot's call later than this after the enquiry.
inline constexpr Milliseconds robot_life = std::chrono::hours{24};

class Robots {
 public:
  // One request to the service of a source with these options, within bounds.
  using Fetch =
      std::function<Result<outbound::Fetched>(const connector::HttpCall&, const json::Value& source_options)>;

  // All must outlive it. `changed`: an event has come to its end.
  Robots(const config::Current& current, journal::Journal& journal, const Clock& clock, Fetch fetch,
         std::function<void()> changed);

  void start() { thread_.start(); }
  // False: a service has not answered within `grace`; the destructor waits for it.
  bool stop(Milliseconds grace) { return thread_.stop(grace); }

  // One turn on the caller's thread: the pause before the next one. For tests, and for the thread.
  Milliseconds turn();

 private:
  struct Task;
  struct Wait {
    SteadyPoint until;
    int tries = 0;
  };

  Result<std::vector<Task>> open();
  void handle(const Task& task);
  void make(const Task& task, const config::Source& source, const connector::HttpCall& call);
  void launch(const Task& task, const config::Source& source, const std::string& batch);
  void again(const Task& task, const std::string& why, std::string_view code, int status);
  void end(const Task& task, const std::string& why, std::string_view code, int status);
  // False: it could not be written down.
  bool write(const Task& task, const journal::AttemptResult& result);

  const config::Current& current_;
  journal::Journal& journal_;
  const Clock& clock_;
  const Fetch fetch_;
  const std::function<void()> changed_;
  std::map<std::int64_t, Wait> waits_;  // by delivery; forgotten at a restart, when all are tried at once
  Periodic thread_;                     // last: it stops before what it uses goes
};

}  // namespace b24gate::delivery
