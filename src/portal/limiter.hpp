// When the next request to the portal may go: the portal's leaky bucket and its per-method time budgets, kept
// locally (limits-and-errors: "Required limiter behaviour"). One Limiter per portal, shared by everything
// that calls it.
//
// It never sleeps and never calls out: it answers how long to wait. Thread-safe. Everything is in memory:
// after a restart the bucket is taken as empty, and the portal's own refusals correct that.
//
//   bucket          +1 per HTTP request, -rate per second, at most `burst`; ordinary requests leave a fifth
//   of it
//                   free for urgent ones (a ringing telephone), reading in bulk leaves three fifths free
//   refused         QUERY_LIMIT_EXCEEDED: the bucket counts as full and everything pauses 1, 2, 4 … 30 s with
//   jitter;
//                   then one request at a time until one is answered otherwise
//   time budget     a method above 400 s of `operating` is spaced out, above 450 s held until
//   operating_reset_at method refused  OPERATION_TIME_LIMIT: the method is held until operating_reset_at
//   (unknown or past: 60 s); then
//                   one call at a time until it is answered otherwise
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "portal/command.hpp"

namespace b24gate::portal {

// The portal's plan: 2 and 50 on all cloud plans but Enterprise, 5 and 250 there, the owner's choice on a
// box.
struct Allowance {
  double rate = 2;  // requests per second
  int burst = 50;
};

enum class Priority { low, normal, fresh, urgent };

class Limiter {
 public:
  // `random` gives numbers from 0 (included) to 1 (excluded); it is called under the lock.
  Limiter(Allowance allowance, const Clock& clock, std::function<double()> random);

  // How long until one HTTP request with these commands may go; zero: now. While the answer to a probe is
  // awaited the time is a moment to ask again, not a promise. Takes nothing.
  [[nodiscard]] Milliseconds wait_for(std::span<const Command> commands, Priority priority) const;

  // As wait_for; and when that is zero, counts the request. Whoever took must report() the outcomes, also
  // failures; a report that never comes is forgotten after 75 s (longer than any request may last).
  [[nodiscard]] Milliseconds take(std::span<const Command> commands, Priority priority);

  // A request that nobody asked for permission (a redirect followed): counted, never delayed.
  void count_unasked();

  // What the portal answered to one request with these commands, in the same order.
  void report(std::span<const Command> commands, std::span<const Outcome> outcomes);

  // How long this method alone is held or spaced out; zero: it is not. For leaving it out of a batch.
  [[nodiscard]] Milliseconds method_wait(const std::string& method) const;

  struct MethodState {
    std::string method;
    double operating_s = 0;
    Milliseconds wait{0};
  };
  struct Snapshot {
    double level = 0;  // requests in the bucket now
    int burst = 0;
    double rate = 0;
    Milliseconds pause{0};  // left of the pause after a refusal
    std::uint64_t requests = 0;
    std::uint64_t refusals = 0;
    std::uint64_t method_refusals = 0;
    std::vector<MethodState> methods;  // those that the portal has spoken about
  };
  [[nodiscard]] Snapshot snapshot() const;

 private:
  struct Method {
    double operating_s = 0;
    std::optional<SteadyPoint> reset_at;
    std::optional<SteadyPoint> held_until;
    std::optional<SteadyPoint> last_call;
    bool suspect = false;                // was refused: one call at a time
    std::optional<SteadyPoint> probing;  // since when such a call is under way
  };

  // The rest REQUIRES mutex_ held.
  [[nodiscard]] double level_at(SteadyPoint now) const;
  [[nodiscard]] Milliseconds wait_locked(std::span<const Command> commands, Priority priority,
                                         SteadyPoint now) const;
  [[nodiscard]] Milliseconds bucket_wait(Priority priority, SteadyPoint now) const;
  [[nodiscard]] Milliseconds method_wait_locked(const Method& method, SteadyPoint now) const;
  void count(SteadyPoint now);
  void refused(SteadyPoint now);
  void learn(Method& method, const Outcome& outcome, SteadyPoint now);

  // Constant after construction.
  const Allowance allowance_;
  const Clock& clock_;
  const std::function<double()> random_;

  mutable std::mutex mutex_;
  // State below is protected by mutex_.
  double level_ = 0;
  SteadyPoint level_at_;
  int refusals_in_row_ = 0;
  SteadyPoint pause_until_;
  std::optional<SteadyPoint> probing_;
  std::uint64_t requests_ = 0;
  std::uint64_t refusals_ = 0;
  std::uint64_t method_refusals_ = 0;
  std::map<std::string, Method, std::less<>> methods_;
};

}  // namespace b24gate::portal
