#include "presence/given.hpp"

#include <algorithm>

namespace b24gate::presence {

void Given::add(std::int64_t event, const std::string& employee, TimePoint at) {
  forget(at - kept);
  remove(event);
  auto& times = times_[employee];
  times.insert(std::upper_bound(times.begin(), times.end(), at), at);
  events_[event] = {employee, at};
  by_time_.emplace_back(at, event);
}

int Given::since(const std::string& employee, TimePoint since) const {
  const auto found = times_.find(employee);
  if (found == times_.end()) return 0;
  const auto& times = found->second;
  return static_cast<int>(times.end() - std::lower_bound(times.begin(), times.end(), since));
}

void Given::remove(std::int64_t event) {
  const auto found = events_.find(event);
  if (found == events_.end()) return;
  auto& times = times_[found->second.first];
  const auto time = std::lower_bound(times.begin(), times.end(), found->second.second);
  if (time != times.end() && *time == found->second.second) times.erase(time);
  events_.erase(found);
}

void Given::forget(TimePoint before) {
  while (!by_time_.empty() && by_time_.front().first < before) {
    const auto [at, event] = by_time_.front();
    by_time_.pop_front();
    const auto found = events_.find(event);
    if (found != events_.end() && found->second.second == at) remove(event);
  }
}

}  // namespace b24gate::presence
