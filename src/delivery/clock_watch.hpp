// Notices that somebody set the wall clock while the process runs, by comparing it with the steady one.
// Not thread-safe.
#pragma once

#include "base/time.hpp"

namespace b24gate::delivery {

class ClockWatch {
 public:
  explicit ClockWatch(const Clock& clock) : clock_(clock), ahead_(ahead()) {}

  // By how much the wall clock was set since accept() (back: negative). Zero for less than a second: that is
  // NTP at its work, or the two clocks being read one after the other.
  [[nodiscard]] Milliseconds moved() const {
    constexpr Milliseconds nothing{1'000};
    const Milliseconds by = ahead() - ahead_;
    return by < nothing && by > -nothing ? Milliseconds{0} : by;
  }
  // What depended on the old clock has been moved by `by`.
  void accept(Milliseconds by) { ahead_ += by; }

 private:
  [[nodiscard]] Milliseconds ahead() const {
    return clock_.now().time_since_epoch() - clock_.steady().time_since_epoch();
  }

  const Clock& clock_;
  Milliseconds ahead_;
};

}  // namespace b24gate::delivery
