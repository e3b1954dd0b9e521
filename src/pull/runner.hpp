// Reads from vendors what no webhook brought: runs each source's connector::Pull on a schedule, makes its
// calls, hands on what it finds and remembers how far it came once all of that is stored.
//
// A run that fails is not repeated before the next one is due, and no two runs of a source begin within two
// minutes, restarts included: vendors close their API for those who ask wrongly again and again.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/time.hpp"
#include "connector/connector.hpp"
#include "outbound/fetch.hpp"

namespace b24gate::pull {

// A source that is pulled. Whether its options allow it the connector says.
struct Job {
  std::string name;
  const connector::Connector* connector = nullptr;  // lives for the program's life
  connector::Source source;
  Milliseconds interval{
      3'600'000};  // from the end of a run to the beginning of the next; two minutes at least
};

enum class Taken { fresh, known };

// What the runner needs of the rest. All are called by whoever calls run_due(); those that may fail say so.
struct Parts {
  std::function<Result<outbound::Fetched>(const connector::HttpCall&, const outbound::FetchOptions&)> fetch;
  // Stores a found request as if the vendor had sent it; `known` when everything in it was there already.
  std::function<Result<Taken>(const std::string& source, connector::Request)> store;
  // The mark of the last complete run, null for none; and keeping a new one.
  std::function<Result<json::Value>(const std::string& source)> mark;
  std::function<Done(const std::string& source, const json::Value& mark)> remember;
  // A number from 0 up to 1: runs of many installations do not meet at the full hour.
  std::function<double()> jitter;
  // How a source fares, told when it changes: an error, or nothing when it is well again.
  std::function<void(const std::string& source, const std::optional<Error>& error)> report;
};

struct Limits {
  std::size_t max_bytes = 256 * 1024 * 1024;  // of one answer
  Milliseconds max_time{60'000};              // of one call
  int max_calls = 2'000;                      // of one run
  Milliseconds max_wait{600'000};             // before one call
};

// How a source fares. Counts are since the program began.
struct State {
  std::string name;
  bool enabled = true;   // false: the connector pulls nothing for these options
  bool running = false;  // between two calls of a run
  SteadyPoint next_at{};
  std::optional<TimePoint> last_complete;
  std::string last_error;  // of the last run; empty when it was complete
  std::int64_t runs = 0;   // that were complete
  std::int64_t found = 0;
  std::int64_t fresh = 0;
};

class Runner {
 public:
  // REQUIRES: `clock` and what `parts` refer to outlive this.
  Runner(Parts parts, const Clock& clock, Limits limits = {});
  ~Runner();  // stops
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // The sources from now on; one that was there under the same name keeps its schedule and counts, but a run
  // that is under way begins afresh when next it is due. Thread-safe; does not wait for a call.
  void configure(std::vector<Job> jobs);

  // Makes at most one call for each source that is due at `now` (of Clock::steady) and says when to come
  // again; nullopt: not before the next configure(). Sleeps nowhere: a wait between two calls is a later time
  // to come. One thread at a time; not beside start().
  std::optional<SteadyPoint> run_due(SteadyPoint now);

  // A thread of its own that calls run_due() until stop(), which waits for a call that is under way, for at
  // most `grace`. False: the call is still open; the destructor waits for it.
  void start();
  bool stop(Milliseconds grace);

  [[nodiscard]] std::vector<State> states() const;  // thread-safe

 private:
  struct Entry;

  void take_over(SteadyPoint now);
  void advance(Entry& entry, SteadyPoint now);
  Done begin(Entry& entry);
  Done step(Entry& entry);
  Done hand_on(Entry& entry);
  Done finish(Entry& entry);
  void end(Entry& entry, const Done& result, SteadyPoint now);
  void tell(Entry& entry, const std::optional<Error>& error);
  void publish();
  void loop();

  const Parts parts_;
  const Clock& clock_;
  const Limits limits_;
  std::map<std::string, std::unique_ptr<Entry>> entries_;  // of the thread that runs

  mutable std::mutex mutex_;
  std::condition_variable changed_;             // stop or configure
  std::optional<std::vector<Job>> configured_;  // protected by mutex_: not taken over yet
  std::vector<State> published_;                // protected by mutex_
  bool stopping_ = false;                       // protected by mutex_
  bool running_ = false;                        // protected by mutex_: the thread is at work
  std::thread thread_;
};

// The bounds of a call: only the host that it is for; plain http and this machine only when `pull_private:
// yes` is set.
[[nodiscard]] outbound::FetchOptions fetch_options(const connector::HttpCall& call,
                                                   const json::Value& source_options, const Limits& limits);

}  // namespace b24gate::pull
