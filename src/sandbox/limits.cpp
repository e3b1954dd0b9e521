#include "sandbox/limits.hpp"

#include <algorithm>

namespace b24gate::sandbox {
namespace {

constexpr std::int64_t window_minutes = 10;
constexpr double not_counted = 0.1;

std::int64_t minute_of(TimePoint t) { return to_unix_ms(t) / 60'000; }

}  // namespace

double LeakyBucket::level(SteadyPoint now) const {
  const double seconds = std::chrono::duration<double>(now - at_).count();
  return std::max(0.0, level_ - std::max(0.0, seconds) * rate_);
}

bool LeakyBucket::admit(SteadyPoint now) {
  level_ = level(now);
  at_ = now;
  if (level_ > burst_) return false;
  level_ += 1;
  return true;
}

void LeakyBucket::set(double rate, int burst) {
  rate_ = rate;
  burst_ = burst;
}

void OperatingTime::add(std::string_view method, double seconds, TimePoint now) {
  if (seconds <= not_counted) return;
  auto found = minutes_.find(method);
  if (found == minutes_.end()) found = minutes_.try_emplace(std::string(method)).first;
  auto& minutes = found->second;
  minutes[minute_of(now)] += seconds;
  minutes.erase(minutes.begin(), minutes.upper_bound(minute_of(now) - window_minutes));
}

double OperatingTime::spent(std::string_view method, TimePoint now) const {
  const auto found = minutes_.find(method);
  if (found == minutes_.end()) return 0;
  double sum = 0;
  for (const auto& [minute, seconds] : found->second) {
    if (minute > minute_of(now) - window_minutes) sum += seconds;
  }
  return sum;
}

std::int64_t OperatingTime::reset_at(std::string_view method, TimePoint now) const {
  const auto found = minutes_.find(method);
  if (found != minutes_.end()) {
    const auto oldest = found->second.upper_bound(minute_of(now) - window_minutes);
    if (oldest != found->second.end()) return (oldest->first + window_minutes) * 60;
  }
  return to_unix_ms(now) / 1000 + window_minutes * 60;
}

}  // namespace b24gate::sandbox
