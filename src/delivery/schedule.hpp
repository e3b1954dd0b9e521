// When to try again: the waits of portal.retry, the last one for ever, each spread by a fifth so that what
// failed together does not come back together.
#pragma once

#include <vector>

#include "base/time.hpp"

namespace b24gate::delivery {

// `attempts` failures in a row so far (0: the first one); `random` in [0, 1).
inline Milliseconds wait_before_retry(const std::vector<Milliseconds>& retry, int attempts, double random) {
  if (retry.empty()) return Milliseconds{60'000};
  const auto last = retry.size() - 1;
  const auto base = retry[attempts < 0                                ? 0
                          : static_cast<std::size_t>(attempts) < last ? static_cast<std::size_t>(attempts)
                                                                      : last];
  return Milliseconds{static_cast<std::int64_t>(static_cast<double>(base.count()) * (0.8 + 0.4 * random))};
}

}  // namespace b24gate::delivery
