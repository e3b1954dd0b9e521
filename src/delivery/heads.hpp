// Who heads whom: users and departments of the portal, read at start and daily, for `auditor: head`.
//
// A thread of its own, which waits on a condition and asks the portal with one batch; until the first answer
// nobody has a head. start() and stop() from one thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/time.hpp"
#include "delivery/engine.hpp"
#include "portal/client.hpp"
#include "portal/limiter.hpp"

namespace b24gate::delivery {

class Heads {
 public:
  // All must outlive it.
  Heads(portal::Client& client, portal::Limiter& limiter, Engine& engine, const Clock& clock);
  ~Heads();

  void start();
  void stop();

 private:
  void run();
  // False: the portal could not be asked now.
  bool refresh();

  portal::Client& client_;
  portal::Limiter& limiter_;
  Engine& engine_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace b24gate::delivery
