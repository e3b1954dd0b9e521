#include "intake/rate.hpp"

#include <algorithm>
#include <cmath>

namespace b24gate::intake {

std::optional<Milliseconds> RateLimits::take(std::string_view source, const config::Rate& rate,
                                             SteadyPoint now) {
  const std::lock_guard lock(mutex_);
  auto it = buckets_.find(source);
  if (it == buckets_.end()) it = buckets_.emplace(std::string(source), Bucket{}).first;
  Bucket& bucket = it->second;
  const double per_ms = static_cast<double>(rate.requests) / static_cast<double>(rate.per.count());
  if (bucket.of != rate.requests) {
    bucket = {static_cast<double>(rate.requests), now, rate.requests};
  } else {
    const double came = per_ms * static_cast<double>((now - bucket.filled).count());
    bucket.tokens = std::min(static_cast<double>(rate.requests), bucket.tokens + came);
    bucket.filled = now;
  }
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  return Milliseconds{static_cast<std::int64_t>(std::ceil((1 - bucket.tokens) / per_ms))};
}

}  // namespace b24gate::intake
