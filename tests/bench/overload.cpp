// More than can be stored, and connections that waste time.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "bench/load.hpp"
#include "bench/parts.hpp"
#include "bench/world.hpp"

namespace b24gate::bench {
namespace {

class Dribbling {
 public:
  Dribbling(std::uint16_t port, int count) : idlers_(port, count), thread_([this] { run(); }) {}
  ~Dribbling() {
    stopping_ = true;
    thread_.join();
  }
  Dribbling(const Dribbling&) = delete;
  Dribbling& operator=(const Dribbling&) = delete;
  [[nodiscard]] int open_ones() const { return open_; }

 private:
  void run() {
    while (!stopping_) {
      open_ = idlers_.dribble();
      for (int i = 0; i < 10 && !stopping_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
  }
  Idlers idlers_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> open_{0};
  std::thread thread_;
};

}  // namespace

int overload(const Options& options, Report& report) {
  World world(options, "overload");
  world.start();
  std::int64_t next = 1;
  std::int64_t acknowledged = 0;
  const auto load = [&](int connections, bool keep_alive, double seconds, double per_second = 0) {
    Load out;
    out.port = world.port();
    out.path = hook;
    out.connections = connections;
    out.keep_alive = keep_alive;
    out.seconds = seconds;
    out.first = next;
    out.per_second = per_second;
    out.timeout = 10;
    auto result = run(out);
    next += result.sent;
    acknowledged += result.good;
    return result;
  };
  const double quiet_memory = world.memory();
  const double able = load(options.quick ? 64 : 1'000, false, options.seconds).rate();

  report.table("twice what can be stored, a new connection for each request");
  report.row("what can be stored, 1,000 at a time", "1/s", able);
  report.row("resident memory before", "MB", quiet_memory);
  // Beyond server.max_connections, which is 4096.
  for (const int connections : options.quick ? std::vector<int>{200} : std::vector<int>{1'000, 6'000}) {
    std::vector<double> rate;
    std::vector<double> put_off;
    std::vector<double> p99;
    std::vector<double> behind;
    std::vector<double> after;
    LoadResult all;
    for (int i = 0; i < options.runs; ++i) {
      const auto result = load(connections, false, options.seconds, 2 * able);
      rate.push_back(static_cast<double>(result.good) / options.seconds);
      put_off.push_back(static_cast<double>(result.put_off) / options.seconds);
      p99.push_back(percentile(result.millis, 99));
      behind.push_back(result.drained * 1'000);
      after.push_back(percentile(load(1, false, std::min(1.0, options.seconds)).millis, 99));
      all.refused += result.refused;
      all.broken += result.broken;
      all.timed_out += result.timed_out;
      all.not_sent += result.not_sent;
    }
    const std::string name = fmt::format("{} at a time: ", connections);
    report.row(name + "offered", "1/s", 2 * able);
    report.row(name + "stored and acknowledged", "1/s", spread(rate), able);
    report.row(name + "503 or 429 with Retry-After", "1/s", spread(put_off));
    report.row(name + "p99 of the acknowledged", "ms", spread(p99));
    report.row(name + "from the end of the load to the last answer", "ms", spread(behind));
    report.row(name + "p99 of one client in the second after that", "ms", spread(after));
    report.row(name + "refused in another way", "", static_cast<double>(all.refused));
    report.row(name + "closed without an answer", "", static_cast<double>(all.broken - all.timed_out));
    report.row(name + "no answer within 10 s", "", static_cast<double>(all.timed_out));
    report.row(name + "not even sent: no connection was free", "", static_cast<double>(all.not_sent));
  }
  report.row("most resident memory so far", "MB", world.peak_memory());

  report.table("2,000 connections that waste time, 16 honest ones");
  const int wasters = options.quick ? 50 : 2'000;
  for (const bool keep_alive : {true, false}) {
    std::vector<double> alone;
    std::vector<double> beside;
    for (int i = 0; i < options.runs; ++i) {
      alone.push_back(percentile(load(16, keep_alive, options.seconds).millis, 99));
      const Dribbling dribbling(world.port(), wasters);
      beside.push_back(percentile(load(16, keep_alive, options.seconds).millis, 99));
      if (dribbling.open_ones() < wasters / 2) give_up("the idle connections did not stay");
    }
    const std::string name = keep_alive ? "kept: " : "new for each request: ";
    report.row(name + "p99 beside them", "ms", spread(beside), spread(alone).median);
    report.row(name + "p99 without them", "ms", spread(alone));
  }
  const std::int64_t stored = world.number("SELECT count(*) FROM events");
  report.line(fmt::format("acknowledged {}, in the journal {} (those whose answer was lost included)",
                          acknowledged, stored));
  return stored >= acknowledged && acknowledged > 0 ? 0 : 1;
}

}  // namespace b24gate::bench
