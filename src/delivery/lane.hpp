// The lane to the portal: open, or closed by something that concerns every delivery alike (the network, a
// revoked secret, an expired plan, a block by the vendor). While it is closed nothing is sent but a probe at
// a civil pace; when a probe succeeds the lane opens by itself. Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "portal/command.hpp"

namespace b24gate::delivery {

enum class LaneTrouble {
  unreachable,  // no connection, or answers that are none: probed every 2 s
  refused,      // secret, rights, plan: probed on the retry schedule, 10 minutes at most
  blocked,      // by the vendor: probed hourly
};

struct LaneState {
  bool open = true;
  LaneTrouble trouble = LaneTrouble::unreachable;
  std::string reason;  // the portal's code, never its words; or what the network said
  std::string advice;  // what a person must do; empty when nothing
  TimePoint since{};
  TimePoint next_probe{};
  int failed_probes = 0;
};

class Lane {
 public:
  // The trouble that an outcome tells of, if it concerns the whole portal.
  static std::optional<LaneTrouble> trouble_of(const portal::Outcome& outcome);

  // True when this closes it: the first to notice reports it.
  bool close(LaneTrouble trouble, std::string reason, std::string advice, TimePoint now);
  // True for the one caller who is to probe now.
  bool claim_probe(TimePoint now);
  // What is wrong now stands in the state from here on. True when it is trouble of another kind than before:
  // that is worth another report.
  bool probe_failed(LaneTrouble trouble, std::string reason, std::string advice,
                    const std::vector<Milliseconds>& retry, TimePoint now);
  // Nothing can be sent now: it is closed, and no probe is due or one is under way.
  [[nodiscard]] bool is_shut(TimePoint now) const;
  // Returns how it was before; the caller wakes what waited when `failed_probes` is not 0.
  LaneState opened();
  [[nodiscard]] LaneState state() const;
  // The wall clock was set by so much: the next probe stays as far away as it was.
  void clock_moved(Milliseconds by);

 private:
  mutable std::mutex mutex_;
  LaneState state_;
  bool probing_ = false;
};

}  // namespace b24gate::delivery
