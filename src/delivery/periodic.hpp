// A thread that does its turn again and again, with a pause between two, until it is told to stop.
//
// start() and stop() from one thread; stopping() from any, so that a long turn can end early.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/time.hpp"

namespace b24gate::delivery {

class Periodic {
 public:
  // `turn` runs on the thread and gives the pause before the next one.
  explicit Periodic(std::function<Milliseconds()> turn) : turn_(std::move(turn)) {}
  ~Periodic() { stop(std::chrono::hours{1}); }
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  void start();
  // False: a turn is still under way after `grace`; the destructor waits for it.
  bool stop(Milliseconds grace);
  [[nodiscard]] bool stopping() const;

 private:
  void run();

  const std::function<Milliseconds()> turn_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool running_ = false;
  std::thread thread_;
};

}  // namespace b24gate::delivery
