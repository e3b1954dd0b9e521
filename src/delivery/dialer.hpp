// Calls that people order by a click in the portal: the PBX is asked to make each, once.
//
// What is to be done is a delivery `order`; the engine leaves it alone. It is marked as sent before the
// request leaves and never leaves again: an answer that was lost, or a crash, leaves it unclear, since a
// telephone must not ring twice. Whoever ordered it is told when it does not come about. From the moment it
// leaves, the event belongs to the conversation of the PBX's call: what the PBX tells of it is told of this
// call.
//
// A thread of its own, one order at a time. It asks nothing of the portal: the engine sends what it adds to
// the event. start() and stop() from one thread, poke() from any.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "config/configuration.hpp"
#include "delivery/order.hpp"
#include "delivery/periodic.hpp"
#include "journal/journal.hpp"
#include "outbound/fetch.hpp"

namespace b24gate::delivery {

class Dialer {
 public:
  // One request to the PBX of a source with these options; within bounds, and within `order_life`.
  using Fetch =
      std::function<Result<outbound::Fetched>(const connector::HttpCall&, const json::Value& source_options)>;

  // All must outlive it. `changed`: the engine has something to send.
  Dialer(const config::Current& current, journal::Journal& journal, const Clock& clock, Fetch fetch,
         std::function<void()> changed);

  void start() { thread_.start(); }
  // False: a PBX has not answered within `grace`; the destructor waits for it.
  bool stop(Milliseconds grace) { return thread_.stop(grace); }
  // Somebody has clicked: the order will be in the journal in a moment.
  void poke() { poked_ = true; }

  // One turn on the caller's thread: the pause before the next one. For tests, and for the thread.
  Milliseconds turn();

 private:
  struct Task;

  Result<std::vector<Task>> open();
  void handle(const Task& task);
  void place(const Task& task, const config::Source& source, const connector::HttpCall& call);
  void taken(const Task& task, const config::Source& source, const std::string& id, int status);
  void unclear(const Task& task, const std::string& what, int status);
  void fail(const Task& task, std::string_view why, std::string_view code, const std::string& what);
  void write(const journal::Journal::Job& job);

  const config::Current& current_;
  journal::Journal& journal_;
  const Clock& clock_;
  const Fetch fetch_;
  const std::function<void()> changed_;
  std::atomic<bool> poked_{true};
  std::optional<SteadyPoint> looked_, watch_until_;
  Periodic thread_;  // last: it stops before what it uses goes
};

}  // namespace b24gate::delivery
