#include "sandbox/later.hpp"

#include <utility>

namespace b24gate::sandbox {
namespace {

constexpr std::size_t max_waiting = 10'000;

}  // namespace

Later::Later(const Clock& clock) : clock_(clock), thread_([this] { loop(); }) {}

Later::~Later() { stop(); }

void Later::after(Milliseconds delay, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    if (waiting_.size() < max_waiting) {
      waiting_.emplace(clock_.steady() + delay, std::move(work));
      changed_.notify_all();
      return;
    }
  }
  work();
}

void Later::wake() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Later::stop() {
  std::multimap<SteadyPoint, std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Later::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto first = waiting_.begin();
    const auto left = first->first - clock_.steady();
    if (left.count() > 0) {
      changed_.wait_for(lock, left);
      continue;
    }
    const auto work = std::move(first->second);
    waiting_.erase(first);
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace b24gate::sandbox
