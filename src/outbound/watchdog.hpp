// Ends calls that last too long: httplib bounds single waits only, and a peer that sends a byte now and then
// would hold a thread for ever.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "outbound/socket_handle.hpp"

namespace b24gate::outbound {

// One thread for all calls of an owner. Thread-safe.
class Watchdog {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  using Entry = std::multimap<Deadline, std::shared_ptr<SocketHandle>>::iterator;

  Watchdog();
  // REQUIRES: no call is watched.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Cuts the handle at the deadline unless it is forgotten before.
  Entry watch(Deadline deadline, std::shared_ptr<SocketHandle> handle);
  void forget(Entry entry);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::multimap<Deadline, std::shared_ptr<SocketHandle>> running_;
  std::thread thread_;
};

}  // namespace b24gate::outbound
