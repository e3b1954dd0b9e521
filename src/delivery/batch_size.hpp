// How many commands that may take long fit into one batch. The portal ends a request after 60 s and then
// nobody knows how much of it ran (limits.md), and whatever makes or changes a card runs its robots first,
// 1-2 s on a busy portal, a tenth of that on an idle one: so the portal's own figures decide.
//
// Thread-safe. In memory only: after a start the cautious number holds until the portal has answered.
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <string_view>

#include "base/time.hpp"

namespace b24gate::delivery {

class BatchSize {
 public:
  // `first` before anything is known.
  explicit BatchSize(std::size_t first) : first_(first) {}

  static bool is_slow(std::string_view method) {
    return method == "crm.item.add" || method == "crm.item.update";
  }

  [[nodiscard]] std::size_t most() const {
    const std::lock_guard lock(mutex_);
    if (mean_s_ <= 0) return first_;
    return std::clamp(static_cast<std::size_t>(budget_s / mean_s_), least, largest);
  }
  // What one such command has taken, by the portal's clock.
  void learn(Milliseconds took) {
    const std::lock_guard lock(mutex_);
    const double seconds = std::max(0.001, static_cast<double>(took.count()) / 1000);
    // One that is slower than the mean counts at once, a faster one by and by.
    mean_s_ = mean_s_ <= 0 || seconds > mean_s_ ? seconds : mean_s_ + (seconds - mean_s_) / 8;
  }

 private:
  static constexpr double budget_s = 40;  // of the 60 that the portal grants; the mean leans to the slow side
  static constexpr std::size_t least = 4;
  static constexpr std::size_t largest = 50;

  const std::size_t first_;
  mutable std::mutex mutex_;
  double mean_s_ = 0;
};

}  // namespace b24gate::delivery
