// Reads the leads that people make in the portal by hand, where a rule asks who made them, and hands each
// over to be given out, once (connectors/portal/README.md).
//
// A thread of its own: every 15 s, at once after poke(). Incremental by the leads' numbers; where it stands
// is a mark of the journal, moved when what was found is on disk, so that a crash reads again and doubles
// nothing. It leaves room for deliveries and asks nothing while the lane is closed. start() and stop() from
// one thread, poke() from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "connector/connector.hpp"
#include "delivery/engine.hpp"
#include "delivery/periodic.hpp"
#include "journal/journal.hpp"
#include "portal/client.hpp"
#include "portal/limiter.hpp"

namespace b24gate::delivery {

class HandMade {
 public:
  // Stores a request of that source as if it had come; how many events were new.
  using Feed = std::function<Result<std::size_t>(const std::string& source, connector::Request request)>;

  // All must outlive it.
  HandMade(const config::Current& current, portal::Client& client, portal::Limiter& limiter, Engine& engine,
           journal::Journal& journal, const Clock& clock, Feed feed);

  void start() { thread_.start(); }
  // False: a question to the portal is still open after `grace`; the destructor waits for it.
  bool stop(Milliseconds grace) { return thread_.stop(grace); }
  // The portal says that there is a new lead.
  void poke() { poked_ = true; }

  // One turn on the caller's thread: the pause before the next one. For tests, and for the thread.
  Milliseconds turn();

 private:
  // The highest number that was looked at; nullopt: the journal or the portal cannot tell now.
  std::optional<std::int64_t> mark();
  bool set_mark(std::int64_t id);
  std::optional<json::Array> ask(json::Value filter, const char* direction, bool whole);
  bool take(const config::Source& source, const json::Array& leads, const std::vector<std::int64_t>& makers,
            std::int64_t after);

  const config::Current& current_;
  portal::Client& client_;
  portal::Limiter& limiter_;
  Engine& engine_;
  journal::Journal& journal_;
  const Clock& clock_;
  const Feed feed_;
  std::atomic<bool> poked_{false};
  std::optional<SteadyPoint> read_;
  Periodic thread_;  // last: it stops before what it uses goes
};

}  // namespace b24gate::delivery
