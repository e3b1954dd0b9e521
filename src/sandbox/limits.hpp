// The two limits of the real portal: requests per second and execution time per method.
// Source: bitrix24/limits-and-errors.md. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace b24gate::sandbox {

// The counter grows by one with each request and falls by `rate` each second; while it is above `burst`
// requests are refused (and do not count).
class LeakyBucket {
 public:
  LeakyBucket(double rate, int burst) : rate_(rate), burst_(burst) {}

  // False: QUERY_LIMIT_EXCEEDED.
  bool admit(SteadyPoint now);
  [[nodiscard]] double level(SteadyPoint now) const;
  // Keeps the counter.
  void set(double rate, int burst);
  [[nodiscard]] double rate() const { return rate_; }
  [[nodiscard]] int burst() const { return burst_; }

 private:
  double rate_;
  int burst_;
  double level_ = 0;
  SteadyPoint at_{};
};

// Seconds that each method has used in a sliding window of ten one-minute buckets. Calls of 0.1 s and less
// are not added. Bounded: only methods that exist are named.
class OperatingTime {
 public:
  void add(std::string_view method, double seconds, TimePoint now);
  [[nodiscard]] double spent(std::string_view method, TimePoint now) const;
  // Unix seconds at which the oldest bucket in use drops out; ten minutes from now when none is in use.
  [[nodiscard]] std::int64_t reset_at(std::string_view method, TimePoint now) const;

 private:
  std::map<std::string, std::map<std::int64_t, double>, std::less<>> minutes_;  // method -> minute -> seconds
};

}  // namespace b24gate::sandbox
