// How many requests a source may send in a time: one token bucket per source. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "config/configuration.hpp"

namespace b24gate::intake {

class RateLimits {
 public:
  // Takes one request of `source`; nullopt when it may go on, else the time after which it may come again.
  std::optional<Milliseconds> take(std::string_view source, const config::Rate& rate, SteadyPoint now);

 private:
  struct Bucket {
    double tokens = 0;
    SteadyPoint filled{};
    int of = 0;  // the rate's size when it was filled; a reload may change it
  };
  std::mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace b24gate::intake
