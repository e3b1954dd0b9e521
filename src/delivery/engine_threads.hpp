// The engine's worker threads, and what they wait on.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/thread_name.hpp"
#include "delivery/engine.hpp"

namespace b24gate::delivery {

class Engine::Threads {
 public:
  explicit Threads(Engine& engine) : engine_(engine) {}

  void start() {
    const unsigned workers = engine_.options_.workers;
    running_ = workers + engine_.options_.first_hand_workers;
    for (unsigned i = 0; i < running_; ++i)
      threads_.emplace_back([this, i, workers] { run(i < workers ? Share::everything : Share::first_hand); });
  }

  bool stop(Milliseconds grace) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    if (!changed_.wait_for(lock, grace, [&] { return running_ == 0; })) return false;
    lock.unlock();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    return true;
  }

  // Of many in a row, as a group of webhooks gives them, one wakes the workers, until one of those looks.
  void poke() {
    const std::lock_guard lock(mutex_);
    if (is_news_) return;
    is_news_ = true;
    ++pokes_;
    changed_.notify_all();
  }

 private:
  class ThreadWaiter final : public Waiter {
   public:
    explicit ThreadWaiter(Threads& threads) : threads_(threads) {}
    bool wait(Milliseconds time) override {
      std::unique_lock lock(threads_.mutex_);
      threads_.changed_.wait_for(lock, time, [&] { return threads_.stopping_; });
      return !threads_.stopping_;
    }

   private:
    Threads& threads_;
  };

  void run(Share share) {
    name_this_thread(share == Share::everything ? "delivery" : "first-hand");
    ThreadWaiter waiter(*this);
    std::uint64_t seen = 0;
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) break;
        seen = pokes_;
        is_news_ = false;
      }
      if (engine_.run_round(waiter, share) > 0) continue;
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, engine_.options_.poll, [&] { return stopping_ || pokes_ != seen; });
    }
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  }

  Engine& engine_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
  unsigned running_ = 0;
  std::uint64_t pokes_ = 0;
  bool is_news_ = false;  // no worker has begun to look since the last poke
};

}  // namespace b24gate::delivery
