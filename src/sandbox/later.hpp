// Work that waits for its time on a thread of its own: answers that a fault makes slow.
//
// Thread-safe. At most 10,000 pieces wait; one more is done at once. Stopping drops what still waits, undone.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/time.hpp"

namespace b24gate::sandbox {

class Later {
 public:
  explicit Later(const Clock& clock);
  ~Later();
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

  // Runs `work` on the thread when `delay` has passed on the steady clock.
  void after(Milliseconds delay, std::function<void()> work);
  // Looks at the clock again: for clocks that are moved by hand.
  void wake();
  void stop();

 private:
  void loop();

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<SteadyPoint, std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace b24gate::sandbox
