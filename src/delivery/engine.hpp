// The engine of delivery: takes due events from the journal, carries their commands to the portal, many in
// one batch, and writes down what became of them.
//
// Each worker thread makes rounds: it claims events (never two of one client, never one twice), asks every
// Work what it wishes, commits "sent" before the first byte of a write leaves, waits for the portal's
// allowance, sends, and commits the outcomes. What survives a crash at any point is in docs/delivery.md.
//
// Threads: start(), stop() and run_round() as documented; poke() and state() from anywhere.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/time.hpp"
#include "config/configuration.hpp"
#include "delivery/batch_size.hpp"
#include "delivery/clock_watch.hpp"
#include "delivery/lane.hpp"
#include "delivery/notices.hpp"
#include "delivery/work.hpp"
#include "journal/journal.hpp"
#include "metrics/metrics.hpp"
#include "people/availability.hpp"
#include "portal/client.hpp"
#include "portal/limiter.hpp"
#include "portal/schema.hpp"

namespace b24gate::delivery {

struct EngineOptions {
  unsigned workers = 3;
  // Besides: they take states of live calls, and while there is a backlog what has just come in.
  unsigned first_hand_workers = 1;
  std::size_t events_per_round = 50;
  std::size_t slow_per_batch = 12;  // commands that may take long, until the portal has shown how long
  Milliseconds poll{1'000};         // how often the journal is looked at for what other processes changed
};

// How the engine waits; tests own it.
class Waiter {
 public:
  virtual ~Waiter() = default;
  // Waits up to `time`, or until woken or stopped. False when the engine is to stop.
  virtual bool wait(Milliseconds time) = 0;
};

class Engine {
 public:
  // All must outlive it. `random` gives numbers in [0, 1) and must be thread-safe.
  Engine(const config::Current& current, journal::Journal& journal, portal::Client& client,
         portal::Limiter& limiter, metrics::Metrics& metrics, const Clock& clock,
         std::function<double()> random, EngineOptions options = {});
  ~Engine();  // waits for rounds that stop() gave up on

  // Turns `sent` of an earlier process into `unclear` and loads the turns. REQUIRES: before start() and
  // run_round().
  Done prepare();
  void start();
  // Lets the rounds finish their present exchange with the portal, for at most `grace`. False: some are still
  // at it, and the process should end without waiting for them; what they sent is looked for after the next
  // start.
  bool stop(Milliseconds grace);
  // There is something new in the journal. Wakes nobody while the lane is closed and no probe is due.
  void poke();

  // One round on the caller's thread: the number of events it worked on. For tests, and for the workers.
  std::size_t run_round(Waiter& waiter) { return run_round(waiter, Share::everything); }

  [[nodiscard]] LaneState lane() const { return lane_.state(); }
  // Decides to whom a lead goes from now on; when somebody can be found, `commit` stores the plan and returns
  // its event (0: it was not stored), and the decision counts. Without `commit` it is only asked.
  EnquiryPlan hand_over(const config::Source& source, const event::Event& event, const json::Value& scope,
                        const ClientFacts& client, const std::string& number, const HandOver& hand_over,
                        const std::function<std::int64_t(EnquiryPlan&)>& commit);

  // What an administrator must know; thread-safe.
  [[nodiscard]] Notices& notices() { return notices_; }
  [[nodiscard]] const Notices& notices() const { return notices_; }
  // Fields and people of the portal, when they are known.
  void set_portal(std::shared_ptr<const portal::PortalSchema> schema);
  // Null while they are not.
  [[nodiscard]] std::shared_ptr<const portal::PortalSchema> portal() const;
  // Who is at work and how loaded; it must outlive the engine. Without it the schedules decide and no load is
  // known. REQUIRES: before start() and run_round().
  void set_availability(people::Availability& availability) { availability_ = &availability; }
  // How the commands of calls go when the portal's local application is configured: one call of it, after
  // the limiter was asked. Nullopt: it is not, the webhook takes them. REQUIRES: before start() and
  // run_round().
  using Application = std::function<std::optional<portal::Outcome>(const portal::Command&)>;
  void set_application(Application application) { application_ = std::move(application); }
  // The dictionaries of the configuration with that hash, those in the portal's Lists filled.
  void set_dictionaries(std::shared_ptr<const mapping::Dictionaries> dictionaries, std::string config_hash);

 private:
  class Threads;
  class RoundPlanner;
  struct Claimed {
    std::vector<std::unique_ptr<Work>> works;
    std::vector<std::int64_t> ids;
  };

  enum class Share { everything, first_hand };
  std::size_t run_round(Waiter& waiter, Share share);
  Claimed claim(Planner& planner, Share share);
  Result<std::vector<journal::EventRow>> due(journal::Reader& snapshot, Share share) const;
  void release(const std::vector<std::int64_t>& ids);
  enum class Exchange { more, done, broken };
  using Part = std::vector<std::pair<Work*, std::vector<Wish>>>;  // that share their requests
  Exchange exchange(std::vector<std::unique_ptr<Work>>& works, Share share, Waiter& waiter);
  [[nodiscard]] Milliseconds longest_hold(const std::vector<Wish>& wishes) const;
  void send(const Part& part, Share share, Waiter& waiter);
  std::vector<portal::Outcome> call(const std::vector<Wish>& wishes, Share share, Waiter& waiter);
  bool commit(std::vector<std::unique_ptr<Work>>& works);
  bool reload(Work& work);
  void watch_clock();
  bool wait_for_allowance(const std::vector<portal::Command>& commands, portal::Priority priority,
                          Waiter& waiter, std::string& held);
  void note(const std::string& method, const portal::Outcome& outcome);
  void probe();
  void wake();
  void report(const Work& work);
  void note_whose(const config::Source& source, const Whose& whose, const event::Call& call);
  void note_lead(const Work& work);

  const config::Current& current_;
  journal::Journal& journal_;
  portal::Client& client_;
  portal::Limiter& limiter_;
  metrics::Metrics& metrics_;
  const Clock& clock_;
  std::function<double()> random_;
  EngineOptions options_;
  people::Availability* availability_ = nullptr;
  Application application_;
  Lane lane_;
  Notices notices_;
  BatchSize batch_size_;

  std::mutex clock_mutex_;
  ClockWatch clock_watch_;  // protected by clock_mutex_

  std::mutex claims_mutex_;
  std::set<std::int64_t> claimed_;

  mutable std::mutex decisions_mutex_;
  distribution::Turns turns_;
  std::shared_ptr<const portal::PortalSchema> portal_;  // null: not known yet
  std::shared_ptr<const mapping::Dictionaries> dictionaries_;
  std::string dictionaries_of_;  // hash of the configuration that they belong to

  const std::unique_ptr<Threads> threads_;  // there from the beginning: poke() may come before start()
};

}  // namespace b24gate::delivery
