// Keeps the local index of clients fresh: which card, whose, by phone, for a PBX that asks who is calling and
// waits 100 ms for the answer. What is read and how nothing is missed: client_reading.hpp.
//
// A thread of its own, which waits on a condition. Every `period` a run asks for what was changed; a run
// makes at most `requests_per_run` requests, and while it has not come to the end of what there is (the first
// time: the whole portal) the next one follows after `short_period`. It gives way to everything else that
// asks the portal, and does nothing while the lane is closed. start() and stop() from one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "config/configuration.hpp"
#include "delivery/client_reading.hpp"
#include "delivery/engine.hpp"
#include "delivery/periodic.hpp"
#include "journal/journal.hpp"
#include "portal/client.hpp"
#include "portal/limiter.hpp"

namespace b24gate::delivery {

struct ClientIndexOptions {
  Milliseconds period = std::chrono::minutes{5};
  Milliseconds short_period = std::chrono::seconds{30};
  std::size_t requests_per_run = 20;  // of 3 pages each
};

class ClientIndex {
 public:
  // The outcomes, or nullopt when it is not the time to ask.
  using Ask = std::function<std::optional<std::vector<portal::Outcome>>(const std::vector<portal::Command>&)>;

  // All must outlive it.
  ClientIndex(const config::Current& current, portal::Client& client, portal::Limiter& limiter,
              Engine& engine, journal::Journal& journal, const Clock& clock, ClientIndexOptions options = {});
  // Asks the portal through `ask`.
  ClientIndex(const config::Current& current, Ask ask, journal::Journal& journal, const Clock& clock,
              ClientIndexOptions options = {});

  void start() { thread_.start(); }
  // False: a question to the portal is still open after `grace`; the destructor waits for it.
  bool stop(Milliseconds grace) { return thread_.stop(grace); }

  // One run on the caller's thread; for tests, and for the thread. True: there is more to read now.
  bool run_once();

 private:
  [[nodiscard]] std::optional<ClientReading> begin();
  void report(const ClientReading& reading);

  const config::Current& current_;
  const Ask ask_;
  journal::Journal& journal_;
  const Clock& clock_;
  const ClientIndexOptions options_;
  std::map<std::string_view, std::string> told_;  // kind -> the failure that the log knows of
  Periodic thread_;                               // last: it stops before what it uses goes
};

}  // namespace b24gate::delivery
