// Records of calls: fetched from the service and attached to their calls in the portal, or left to the portal
// to fetch, until the service has them.
//
// What is to be done is a delivery `record` of the event that told of the record; the engine leaves it alone,
// and its event waits without holding anybody up. A record hangs on a call that is finished in the portal:
// before that nothing is done. Attaching twice is harmless, the second replaces the first, so that an answer
// that was lost is simply asked for again. A record is in memory while it passes, never on disk.
//
// A thread of its own, one record at a time. How long to wait before asking again is in memory: a restart
// asks at once. start() and stop() from one thread.
//
// Source: bitrix24/telephony.md 5.5.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "config/configuration.hpp"
#include "delivery/engine.hpp"
#include "delivery/periodic.hpp"
#include "journal/journal.hpp"
#include "outbound/fetch.hpp"
#include "portal/client.hpp"
#include "portal/limiter.hpp"

namespace b24gate::delivery {

class Recordings {
 public:
  using Fetch =
      std::function<Result<outbound::Fetched>(const connector::HttpCall&, const outbound::FetchOptions&)>;

  // All must outlive it. `fetch` obeys the bounds that it is given and is called on this thread only.
  Recordings(const config::Current& current, portal::Client& client, portal::Limiter& limiter, Engine& engine,
             journal::Journal& journal, const Clock& clock, Fetch fetch);

  void start() { thread_.start(); }
  bool stop(Milliseconds grace) { return thread_.stop(grace); }

  // One turn on the caller's thread: the pause before the next one. For tests, and for the thread.
  Milliseconds turn();

 private:
  struct Record;

  Result<std::vector<Record>> open();
  void handle(const Record& record);
  void attach(const Record& record);
  // What attachRecord is told; nothing when it was handled already (later, or given up).
  std::optional<json::Value> params_of(const Record& record);
  void upload(const Record& record, const std::string& bytes, const std::string& file);
  void answered(const Record& record, const portal::Outcome& outcome);
  void later(const Record& record, const std::string& why);
  void give_up(const Record& record, const std::string& why);
  void write(const journal::Journal::Job& job);

  const config::Current& current_;
  portal::Client& client_;
  portal::Limiter& limiter_;
  Engine& engine_;
  journal::Journal& journal_;
  const Clock& clock_;
  const Fetch fetch_;
  struct Wait {
    int failures = 0;
    SteadyPoint until{};
    bool by_upload = false;  // the portal could not fetch it
  };
  std::map<std::int64_t, Wait> waits_;  // by delivery; of the thread
  Periodic thread_;                     // last: it stops before what it uses goes
};

}  // namespace b24gate::delivery
