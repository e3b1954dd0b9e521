// A TCP gate between the daemon and the portal: every request passes through it, and it does to them what
// networks, front-ends and portals do.
//
// Knows as much HTTP/1.1 as its two ends speak: a head, a body of Content-Length bytes, no pipelining. Each
// request goes to the portal on a connection of its own.
//
// Keeps the portal's one promise about time, on which exactly-once rests (docs/delivery.md: after
// `portal.settle` whatever was sent has run or never will): a request that was taken more than `settle` after
// another goes to the portal only when that one has been answered there, however slow the machine is. What
// the gate has not read whole never reaches the portal.
//
// An answer is only ever made unreadable, never another answer: Fault::corrupt writes bytes 0x01 into the
// body, which JSON allows nowhere (RFC 8259: control characters must be escaped in strings, and are no white
// space).
//
// Threads: one accepts, one for each connection. Every method may be called from any thread but the
// observer's.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "base/time.hpp"
#include "http/fd.hpp"

namespace b24gate::chaos {

enum class Fault {
  cut_request,  // the connection ends inside the request; the portal never sees it
  stall,        // the request is taken, nothing is said, the connection ends; the portal never sees it
  late,         // the connection ends at once; the portal does the work a little later, within `settle`
  swallow,      // the portal does the work; the connection ends instead of an answer
  cut_head,     // the answer ends inside its head
  cut_body,     // … inside its body
  corrupt,      // the answer's body cannot be read
  slow,         // the answer comes in small pieces
};
inline constexpr std::size_t fault_count = 8;
std::string_view name(Fault fault);

struct Weather {
  bool refuse = false;  // nobody listens, and open connections have ended
  // How many of a thousand requests each fault strikes, in the order of Fault.
  std::array<int, fault_count> per_mille{};
};

class Gate {
 public:
  enum class Moment {
    taken,   // the whole request is in the gate; the portal has seen none of it
    worked,  // the portal has answered; the daemon has seen none of it
  };
  struct Passing {
    std::uint64_t number = 0;  // from 1
    std::string target;        // path and query
    std::string body;
  };
  // Called on a connection's thread; may kill the daemon. Must not call the gate.
  using Observer = std::function<void(Moment, const Passing&)>;

  // Listens on a free port of loopback at once. The same seed chooses the same faults in the same order.
  Gate(std::uint64_t seed, Milliseconds settle);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // REQUIRES: before the first connection.
  void forward_to(std::uint16_t portal_port) { portal_port_ = portal_port; }
  void observe(Observer observer) { observer_ = std::move(observer); }

  // Holds for requests that are taken from now on; refusing is in force when this returns.
  void set(const Weather& weather);
  // Waits until nothing that was taken can still reach the portal.
  void wait_until_quiet();
  [[nodiscard]] std::map<std::string, std::uint64_t> counts() const;

 private:
  struct Connection;
  struct Choice {
    int fault = -1;  // -1: none
    std::uint64_t random = 0;
  };

  void accept_loop();
  [[nodiscard]] http::Fd listen() const;
  void serve(Connection& connection);
  bool exchange(Connection& connection);
  Choice choose();
  void taken(Passing& passing, SteadyPoint at);
  void done(SteadyPoint at);
  [[nodiscard]] std::string portal_answer(const std::string& request, SteadyPoint taken_at);
  bool pause(Milliseconds time);
  void end_connections();
  void join_ended();

  const Milliseconds settle_;
  std::uint16_t port_ = 0;
  std::uint16_t portal_port_ = 0;
  Observer observer_;
  http::Fd reserved_;  // bound, never listening: the port stays ours while nobody listens
  http::Fd wake_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Weather weather_;
  bool listening_ = false;
  bool stopping_ = false;
  std::mt19937_64 random_;
  std::uint64_t requests_ = 0;
  std::uint64_t connections_seen_ = 0;
  std::array<std::uint64_t, fault_count> struck_{};
  std::multiset<SteadyPoint> under_way_;  // when they were taken
  std::list<Connection> connections_;
  std::thread acceptor_;
};

}  // namespace b24gate::chaos
