// One event loop: a thread, an epoll set, the connections that belong to it and their deadlines.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/connection.hpp"
#include "http/fd.hpp"
#include "http/mailbox.hpp"
#include "http/shared.hpp"
#include "http/timers.hpp"

namespace b24gate::http {

// Written by the loop's thread, read by any.
struct alignas(64) LoopCounters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused_requests{0};
  std::atomic<std::uint64_t> timed_out{0};

  static void add(std::atomic<std::uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }
};

class Loop final : public Mailbox::Owner {
 public:
  // `listener` belongs to the server and is shared by all loops.
  Loop(Shared& shared, const Limits& limits, int listener);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // For the server's thread.
  Done start(unsigned number);
  void stop(SteadyPoint give_up_at);
  void join();
  void set_limits(const Limits& limits);
  void wake() { mailbox_->wake(); }
  [[nodiscard]] const LoopCounters& counters() const { return counters_; }

  // For the loop's own connections, on its thread.
  [[nodiscard]] SteadyPoint now() const { return now_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] Shared& shared() { return shared_; }
  [[nodiscard]] LoopCounters& count() { return counters_; }
  [[nodiscard]] std::array<char, 32 * 1024>& scratch() { return scratch_; }
  [[nodiscard]] std::string_view date();
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] std::uint64_t next_exchange() { return ++exchange_; }
  [[nodiscard]] Responder responder(Ticket ticket);
  void set_deadline(Connection& connection, SteadyPoint deadline) { timers_.set(connection, deadline); }
  // The connection gets another turn after the others.
  void enqueue(Connection& connection);
  // The connection may be closed for a new one: it goes to the end of the list of those.
  void may_be_evicted(Connection& connection);
  void must_not_be_evicted(Connection& connection);
  // The connection has closed its socket; it is destroyed when this turn of the loop is over.
  void retire(Connection& connection);

  void answer(const Answer& answer) override;

 private:
  using Connections = std::list<std::unique_ptr<Connection>>;
  static constexpr std::int64_t none_idle = std::numeric_limits<std::int64_t>::max();

  void run();
  [[nodiscard]] int wait_ms() const;
  void take_mail();
  void deliver(const Answer& answer, bool drive);
  void begin_stop(SteadyPoint give_up_at);
  void run_ready();
  void expire();
  void bury();
  void publish_oldest_idle();

  [[nodiscard]] bool watch_listener();
  void accept_some();
  bool shed();
  void take_reserve();
  void pause_accepting();
  void place(Arrival arrival);
  void adopt(Arrival arrival);
  bool evict_one();
  void refuse(Arrival arrival);
  Connection* open(Arrival arrival, bool refused);

  Shared& shared_;
  Limits limits_;
  const int listener_;
  const std::shared_ptr<Mailbox> mailbox_;
  LoopCounters counters_;
  std::thread thread_;
  Fd epoll_;
  Fd reserve_;  // given up for a moment to accept and close when the process has no descriptors left

  // Asked by the other loops when they place a connection.
  std::atomic<std::size_t> load_{0};
  std::atomic<std::int64_t> oldest_idle_{none_idle};

  SteadyPoint now_{};
  SteadyPoint accept_again_at_ = SteadyPoint::max();
  SteadyPoint give_up_at_ = SteadyPoint::max();
  bool stopping_ = false;
  std::uint64_t exchange_ = 0;
  std::size_t refused_open_ = 0;

  Connections active_;
  Connections idle_;  // the longest idle first
  Connections buried_;
  std::vector<Connection*> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<Connection*> ready_;
  std::vector<Connection*> running_;
  Mailbox::Mail mail_;
  Timers timers_;

  std::int64_t date_second_ = -1;
  std::string date_;
  std::array<char, 32 * 1024> scratch_{};
};

}  // namespace b24gate::http
