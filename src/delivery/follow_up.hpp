// Looks again at leads that were given out: a lead that nobody accepted in time goes to the next in the group
// or to the head; one that waits for somebody goes to them when they come, the oldest first.
//
// Accepted is what has left the stage in which it was made, was given to somebody else by hand, or is not in
// the portal any more: then nothing is done. Whatever is done is an event of its own, with decision,
// deliveries and trail, in the order of its client (journal/follow_up.hpp).
//
// A thread of its own. It reads only the leads whose time has come, at most 50 a turn in one request, leaves
// room for deliveries, and asks nothing while the lane is closed. start() and stop() from one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "config/configuration.hpp"
#include "delivery/engine.hpp"
#include "delivery/periodic.hpp"
#include "journal/journal.hpp"
#include "portal/client.hpp"
#include "portal/limiter.hpp"

namespace b24gate::delivery {

class FollowUps {
 public:
  // All must outlive it.
  FollowUps(const config::Current& current, portal::Client& client, portal::Limiter& limiter, Engine& engine,
            journal::Journal& journal, const Clock& clock);

  void start() { thread_.start(); }
  // False: a question to the portal is still open after `grace`; the destructor waits for it.
  bool stop(Milliseconds grace) { return thread_.stop(grace); }

  // One turn on the caller's thread: the pause before the next one. For tests, and for the thread.
  Milliseconds turn();

 private:
  struct Case;  // a follow-up with its enquiry
  struct Seen {
    std::string stage;
    std::int64_t holder = 0;
  };

  Result<std::vector<Case>> due(journal::Reader& reader, const config::Configuration& configuration);
  Result<std::optional<Case>> understood(journal::Reader& reader, const config::Configuration& configuration,
                                         const journal::FollowUp& row) const;
  // The leads as they are; nullopt when it is not the time to ask.
  std::optional<std::map<std::int64_t, Seen>> look(const std::vector<Case>& cases);
  [[nodiscard]] bool untouched(const Case& one, const std::map<std::int64_t, Seen>& seen) const;
  void settle(const config::Configuration& configuration, const Case& one,
              const std::map<std::int64_t, Seen>& seen);
  EnquiryPlan hand_over(const config::Configuration& configuration, const Case& one, bool really);
  void write(const journal::Journal::Job& job);

  const config::Current& current_;
  portal::Client& client_;
  portal::Limiter& limiter_;
  Engine& engine_;
  journal::Journal& journal_;
  const Clock& clock_;
  Periodic thread_;  // last: it stops before what it uses goes
};

}  // namespace b24gate::delivery
