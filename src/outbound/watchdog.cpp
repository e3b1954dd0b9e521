#include "outbound/watchdog.hpp"

#include <algorithm>

namespace b24gate::outbound {

Watchdog::Watchdog() : thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Watchdog::Entry Watchdog::watch(Deadline deadline, std::shared_ptr<SocketHandle> handle) {
  const std::lock_guard lock(mutex_);
  const auto entry = running_.emplace(deadline, std::move(handle));
  changed_.notify_all();
  return entry;
}

void Watchdog::forget(Entry entry) {
  const std::lock_guard lock(mutex_);
  running_.erase(entry);
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    // A call that was cut stays listed until it returns: only those still to come are waited for.
    const auto next = std::find_if(running_.begin(), running_.end(),
                                   [](const auto& entry) { return !entry.second->was_cut(); });
    if (next == running_.end()) {
      changed_.wait(lock);
    } else if (next->first <= std::chrono::steady_clock::now()) {
      next->second->cut();
    } else {
      changed_.wait_until(lock, Deadline(next->first));
    }
  }
}

}  // namespace b24gate::outbound
