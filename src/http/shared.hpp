// What all loops of a server share.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "http/server.hpp"
#include "http/tls.hpp"

namespace b24gate::http {

class Loop;

struct Shared {
  Shared(const Clock& the_clock, Handler the_handler, const Options& options)
      : clock(the_clock),
        handler(std::move(the_handler)),
        server_name(options.server_name),
        max_connections(options.limits.max_connections),
        max_buffered(options.limits.max_buffered) {}

  const Clock& clock;
  const Handler handler;
  const std::string server_name;

  std::atomic<std::size_t> max_connections;
  std::atomic<std::size_t> max_buffered;
  std::atomic<std::size_t> connections{0};  // within the bound
  std::atomic<std::size_t> buffered{0};     // bytes of requests being read

  // Set before the loops run, unchanged after.
  std::vector<std::unique_ptr<Loop>> loops;

  // A place within the bound on connections.
  bool take_place() {
    std::size_t taken = connections.load(std::memory_order_relaxed);
    while (taken < max_connections.load(std::memory_order_relaxed)) {
      if (connections.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  void leave_place() { connections.fetch_sub(1, std::memory_order_relaxed); }

  [[nodiscard]] std::shared_ptr<const tls::Context> tls() {
    const std::lock_guard lock(tls_mutex_);
    return tls_;
  }
  void set_tls(std::shared_ptr<const tls::Context> context) {
    const std::lock_guard lock(tls_mutex_);
    tls_ = std::move(context);
  }

 private:
  std::mutex tls_mutex_;
  std::shared_ptr<const tls::Context> tls_;  // null: in clear
};

}  // namespace b24gate::http
