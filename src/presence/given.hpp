// How many new leads we gave to whom, for caps per hour and per day.
//
// Not thread-safe: whoever keeps it locks. Loaded from the journal at the start, so that a restart grants
// nobody a second allowance.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "base/time.hpp"

namespace b24gate::presence {

class Given {
 public:
  // What is older than this is forgotten: a day, with its clocks changed, and some more.
  static constexpr std::chrono::hours kept{48};

  // An event gives one lead: told again it replaces what it gave before.
  void add(std::int64_t event, const std::string& employee, TimePoint at);
  // REQUIRES: `since` is not older than `kept`. Logarithmic in what was given.
  [[nodiscard]] int since(const std::string& employee, TimePoint since) const;

 private:
  void remove(std::int64_t event);
  void forget(TimePoint before);

  std::map<std::string, std::deque<TimePoint>, std::less<>> times_;  // each in order
  std::map<std::int64_t, std::pair<std::string, TimePoint>> events_;
  std::deque<std::pair<TimePoint, std::int64_t>> by_time_;  // as they came, replaced ones included
};

}  // namespace b24gate::presence
