// Reads the portal for Staff: who is at work, every `presence.refresh`; open leads and deals, where a group
// or a limit asks for them. What is asked and what the answers mean: reading.hpp, load_reading.hpp.
//
// A thread of its own, which waits on a condition. It gives way to deliveries while what it knows of presence
// is young, goes before them when that grows old (a backlog would be given out blindly), and asks nothing at
// all while the lane is closed. A source that is
// refused is told once, in the log and as a notice, with what a person has to do, and tried again now and
// then with one question. start() and stop() from one thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "config/configuration.hpp"
#include "delivery/engine.hpp"
#include "delivery/periodic.hpp"
#include "journal/journal.hpp"
#include "portal/client.hpp"
#include "portal/limiter.hpp"
#include "presence/staff.hpp"

namespace b24gate::presence {

struct WatchOptions {
  Milliseconds tick = std::chrono::seconds{1};          // between two looks at what is due
  Milliseconds users_every = std::chrono::minutes{10};  // when nothing else of presence is asked
  Milliseconds settings_every = std::chrono::hours{1};  // whose working day is kept at all
  Milliseconds again_after = std::chrono::seconds{5};   // when the portal did not answer at all
  Milliseconds refused_every = std::chrono::minutes{10};
  Milliseconds load_every = std::chrono::seconds{60};
  Milliseconds whole_every = std::chrono::hours{24};  // what was deleted in the portal is found then
  std::size_t requests_per_tick = 20;
};

class Watch {
 public:
  // The outcomes, or nullopt when it is not the time to ask.
  using Ask = std::function<std::optional<std::vector<portal::Outcome>>(const std::vector<portal::Command>&,
                                                                        portal::Priority)>;

  // All must outlive it.
  Watch(const config::Current& current, portal::Client& client, portal::Limiter& limiter,
        delivery::Engine& engine, Staff& staff, journal::Journal& journal, const Clock& clock,
        WatchOptions options = {});
  // Asks the portal through `ask`; an administrator is told through `notices`, which may be null.
  Watch(const config::Current& current, Ask ask, Staff& staff, journal::Journal& journal, const Clock& clock,
        delivery::Notices* notices, WatchOptions options = {});

  void start() { thread_.start(); }
  // False: a question to the portal is still open after `grace`; the destructor waits for it.
  bool stop(Milliseconds grace) { return thread_.stop(grace); }

  // Waits until presence has been asked for once, whatever came of it, for at most `grace`: whoever decides
  // before that knows nothing of the people. Thread-safe.
  void wait_first(Milliseconds grace);

  // What is due now, on the caller's thread; for tests, and for the thread.
  void turn();

 private:
  using Due = std::optional<SteadyPoint>;  // since when it is known; empty: never
  [[nodiscard]] bool due(const Due& last, Milliseconds every) const;

  void read_presence(const config::Configuration& configuration);
  [[nodiscard]] Questions questions(const people::Roster& roster);
  void finish_presence(const config::Configuration& configuration);
  void read_load(const config::Configuration& configuration);
  bool begin_load(const config::Configuration& configuration);
  void finish_load();
  void store_load(const LoadReading::Kind& kind, const std::vector<journal::OpenCard>& changed);
  bool store(journal::Journal::Job job);
  void report(std::string_view what, const std::string& refused, const std::string& advice);
  void first_done();

  const config::Current& current_;
  const Ask ask_;
  Staff& staff_;
  journal::Journal& journal_;
  const Clock& clock_;
  delivery::Notices* const notices_;
  const WatchOptions options_;

  std::string config_hash_;
  std::optional<Reading> reading_;
  Due presence_read_;
  std::optional<SteadyPoint> presence_again_;  // after a reading that nothing came of
  Due settings_read_;
  bool settings_asked_ = false;  // in the reading that is under way
  Due timeman_tried_;            // while it is refused
  Due absence_tried_;
  Due signals_stored_;

  std::optional<LoadReading> load_reading_;
  TimePoint load_begun_;
  Due load_read_;
  std::optional<SteadyPoint> load_again_;                 // after an answer that did not come
  std::map<std::string, std::string, std::less<>> told_;  // what -> the refusal that the log knows of

  std::mutex first_mutex_;
  std::condition_variable first_changed_;
  bool first_ = false;

  delivery::Periodic thread_;  // last: it stops before what it uses goes
};

}  // namespace b24gate::presence
