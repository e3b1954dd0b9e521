// A clock that stands still until a test moves it. Thread-safe.
#pragma once

#include <atomic>

#include "base/time.hpp"

namespace b24gate {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : wall_ms_(to_unix_ms(start)) {}

  [[nodiscard]] TimePoint now() const override { return from_unix_ms(wall_ms_.load()); }
  [[nodiscard]] SteadyPoint steady() const override { return SteadyPoint{Milliseconds{steady_ms_.load()}}; }

  // Time passes: both clocks move.
  void advance(Milliseconds by) {
    wall_ms_ += by.count();
    steady_ms_ += by.count();
  }
  // Somebody sets the wall clock: intervals are not affected.
  void jump_to(TimePoint wall) { wall_ms_ = to_unix_ms(wall); }

 private:
  std::atomic<std::int64_t> wall_ms_;
  std::atomic<std::int64_t> steady_ms_{1'000'000};
};

}  // namespace b24gate
