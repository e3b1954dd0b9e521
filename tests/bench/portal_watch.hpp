// What passes between the daemon and the portal, seen from the middle: chaos::Gate without its faults, with a
// delay in each direction, and with moments.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "chaos/gate.hpp"

namespace b24gate::bench {

class PortalWatch {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // `round_trip`: half of it passes before the portal sees a request, half after its answer.
  PortalWatch(std::uint16_t portal_port, Milliseconds round_trip);

  [[nodiscard]] std::uint16_t port() const { return gate_.port(); }
  // Nobody listens, or somebody again.
  void away(bool away);

  // When a request that has `text` in it came whole, after `since`: the first one.
  [[nodiscard]] std::optional<Moment> first_with(const std::string& text, Moment since) const;
  // When the portal had made the lead with `text` in it, and its answer had reached the daemon's side.
  [[nodiscard]] std::optional<Moment> made_with(const std::string& text) const;
  // Leads made so far, and requests that were passed on.
  [[nodiscard]] std::int64_t leads() const;
  [[nodiscard]] std::int64_t requests() const;
  // When the number of leads came to so many.
  [[nodiscard]] std::optional<Moment> lead_number(std::int64_t count) const;
  void forget();

 private:
  struct Seen {
    Moment at;
    std::string what;  // target and body
  };
  void observe(chaos::Gate::Moment moment, const chaos::Gate::Passing& passing);

  const Milliseconds half_;
  mutable std::mutex mutex_;
  std::vector<Seen> taken_;
  std::vector<Seen> made_;
  std::vector<Moment> leads_;  // one for each lead
  std::int64_t requests_ = 0;
  chaos::Gate gate_;  // last: its threads use the above
};

}  // namespace b24gate::bench
