#include "delivery/periodic.hpp"

namespace b24gate::delivery {

void Periodic::start() {
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  thread_ = std::thread([this] { run(); });
}

void Periodic::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const Milliseconds pause = turn_();
    lock.lock();
    changed_.wait_for(lock, pause, [this] { return stopping_; });
  }
  running_ = false;
  changed_.notify_all();
}

bool Periodic::stop(Milliseconds grace) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  if (!changed_.wait_for(lock, grace, [this] { return !running_; })) return false;
  lock.unlock();
  if (thread_.joinable()) thread_.join();
  return true;
}

bool Periodic::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

}  // namespace b24gate::delivery
