#include "chaos/epoch.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <iterator>
#include <mutex>

#include "chaos/clock.hpp"
#include "chaos/gate.hpp"
#include "chaos/ledger.hpp"
#include "chaos/load.hpp"
#include "chaos/schedule.hpp"
#include "chaos/verdict.hpp"
#include "e2e/world.hpp"

namespace b24gate::chaos {
namespace {

constexpr Milliseconds settle{500};

// Kills the daemon at what passes the gate, in that moment. Thread-safe.
class Killer {
 public:
  void aim(pid_t pid) {
    const std::lock_guard lock(mutex_);
    pid_ = pid;
    fired_ = false;
    left_ = 0;
  }
  void arm(Gate::Moment moment, int count) {
    const std::lock_guard lock(mutex_);
    moment_ = moment;
    left_ = count;
  }
  // Before the process is waited for: afterwards its number may be another's.
  void disarm() {
    const std::lock_guard lock(mutex_);
    pid_ = -1;
    left_ = 0;
  }
  void passed(Gate::Moment moment) {
    const std::lock_guard lock(mutex_);
    if (left_ == 0 || moment != moment_ || --left_ > 0 || pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    fired_ = true;
    changed_.notify_all();
  }
  // True when it has fired, at the latest after `time`.
  bool wait(Milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [&] { return fired_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  pid_t pid_ = -1;
  Gate::Moment moment_ = Gate::Moment::taken;
  int left_ = 0;
  bool fired_ = false;
};

class Run {
 public:
  Run(std::uint64_t seed, int kills)
      : seed_(seed),
        rounds_(schedule(seed, kills)),
        clock_folder_(fmt::format("chaos-clock-{}", seed)),
        clock_(clock_folder_.path() + "/offset"),
        gate_(seed, settle),
        world_({.name = fmt::format("chaos-{}", seed),
                .portal = fmt::format("settle: {}ms, retry: [50ms, 100ms, 200ms]", settle.count()),
                .sources = Load::sources(),
                .portal_through = gate_.port(),
                .environment = clock_.environment()}) {
    world_.folder.write("mappings/distribution.yaml", Load::distribution());
    world_.folder.write("mappings/employees.yaml", Load::employees());
    gate_.forward_to(world_.portal_port);
    gate_.observe([this](Gate::Moment moment, const Gate::Passing& passing) {
      if (moment == Gate::Moment::taken) ledger_.note(passing);
      killer_.passed(moment);
    });
  }

  Epoch run() {
    world_.start_sandbox();
    REQUIRE(e2e::request("POST", world_.portal_port, "/sandbox/limits", R"({"operating_limit":0})",
                         "application/json")
                .status == 200);
    load_ = std::make_unique<Load>(world_.port, seed_);
    for (std::size_t i = 0; i < rounds_.size() && out_.wrong.empty(); ++i) {
      round(rounds_[i]);
      if (rounds_[i].calm && out_.wrong.empty()) calm(i + 1);
    }
    load_->stop();
    if (out_.wrong.empty()) finish();
    for (auto& strange : load_->strange()) out_.wrong.push_back(std::move(strange));
    for (const auto& [what, count] : load_->counts()) out_.counts["enquiries: " + what] += count;
    for (const auto& [what, count] : gate_.counts()) out_.counts["gate: " + what] += count;
    if (!out_.wrong.empty()) world_.folder.keep();
    return std::move(out_);
  }

 private:
  void make_portal(const Round& round) {
    gate_.set(round.weather);
    world_.no_faults();
    // The CRM's search is always a little behind what was just made.
    world_.fault(R"({"kind":"search_lag","delay_ms":300,"count":null})");
    for (const auto& fault : round.sandbox_faults) world_.fault(fault);
  }

  void jump(const std::optional<Milliseconds>& by) {
    if (!by || !MovableClock::possible()) return;
    clock_.set_offset(clock_.offset() + *by);
    ++out_.counts["clock jumps"];
  }

  void round(const Round& round) {
    make_portal(round);
    jump(round.jump_before);
    load_->grant(round.enquiries);
    const std::size_t before = load_->acknowledged();
    if (round.kill == Kill::starting) {
      world_.launch_daemon();
      // It may start on a full disk, or say that it cannot; either way nothing is lost.
      if (round.full_disk && world_.daemon().limit_files(4'096)) ++out_.counts["full disks"];
      killer_.aim(world_.daemon().pid());
      killer_.wait(round.after);
    } else {
      world_.start_daemon();
      killer_.aim(world_.daemon().pid());
      if (round.kill == Kill::taken) killer_.arm(Gate::Moment::taken, round.count);
      if (round.kill == Kill::worked) killer_.arm(Gate::Moment::worked, round.count);
      if (round.jump_during && !killer_.wait(round.jump_after)) jump(round.jump_during);
      if (round.full_disk) fill_disk(round);
      wait_for_kill(round, before);
    }
    kill(round);
  }

  // The disk has room for a little more, or none at all.
  void fill_disk(const Round& round) {
    ++out_.counts["full disks"];
    std::error_code ignored;
    const auto written = std::filesystem::file_size(world_.folder.path() + "/data/b24gate.db-wal", ignored);
    const std::uint64_t room = ignored || round.count % 2 == 0 ? 4'096 : written + 20'000;
    REQUIRE(world_.daemon().limit_files(room));
    killer_.wait(Milliseconds{400});
    if (round.disk_freed) REQUIRE(world_.daemon().limit_files(std::nullopt));
  }

  void wait_for_kill(const Round& round, std::size_t acknowledged_before) {
    // What does not come in time (the portal is ill, the disk is full) is not waited for.
    constexpr Milliseconds longest{1'500};
    switch (round.kill) {
      case Kill::starting:
        return;
      case Kill::time:
        killer_.wait(round.after);
        return;
      case Kill::taken:
      case Kill::worked:
        killer_.wait(longest);
        return;
      case Kill::acks: {
        const auto end = std::chrono::steady_clock::now() + longest;
        const std::size_t wanted = acknowledged_before + static_cast<std::size_t>(round.count);
        e2e::wait_until(
            [&] { return load_->acknowledged() >= wanted || std::chrono::steady_clock::now() > end; });
        return;
      }
    }
  }

  void kill(const Round& round) {
    static constexpr std::array<const char*, 5> kinds{
        "while starting", "at a moment", "after acknowledgements", "before the portal sees a request",
        "before an answer comes"};
    static constexpr std::array<const char*, 4> portals{"well", "down", "stormy", "sick"};
    killer_.disarm();
    world_.daemon().kill();
    ++out_.counts["kills"];
    ++out_.counts[fmt::format("kills: {}", kinds[static_cast<std::size_t>(round.kill)])];
    ++out_.counts[fmt::format("kills: the portal {}", portals[static_cast<std::size_t>(round.portal)])];
  }

  // Everything is well: what was granted is acknowledged, and the backlog drains by itself.
  void calm(std::size_t rounds) {
    make_portal({});
    world_.start_daemon();
    const bool sent = e2e::wait_until([&] { return load_->idle(); }, 60);
    const bool drained = sent && e2e::wait_until([&] { return backlog() == 0; }, 120);
    fmt::print("seed {}: {} of {} kills, {} acknowledged, clock {:+} s\n", seed_, rounds, rounds_.size(),
               load_->acknowledged(), clock_.offset().count() / 1000);
    std::fflush(stdout);
    if (!sent) out_.wrong.emplace_back("the senders are not answered although everything is well");
    if (sent && !drained) tell_backlog();
    if (rounds == rounds_.size()) return;
    world_.daemon().kill();
    ++out_.counts["kills"];
    ++out_.counts["kills: with nothing to do"];
  }

  // Unfinished events by the daemon's metrics; -1: it does not say.
  int backlog() {
    const std::string metrics = e2e::request("GET", world_.admin_port, "/metrics").body;
    int out = 0;
    for (const char* state : {"received", "delivering", "waiting"}) {
      const std::string name = fmt::format("b24gate_queue_events{{state=\"{}\"}} ", state);
      const std::size_t at = metrics.find(name);
      if (at == std::string::npos) return -1;
      out += std::stoi(metrics.substr(at + name.size()));
    }
    return out;
  }

  void tell_backlog() {
    out_.wrong.emplace_back("the backlog does not drain although everything is well");
    out_.wrong.push_back(e2e::request("GET", world_.admin_port, "/readyz").body);
    for (const auto& event : world_.event_list()) {
      const std::string state = event["state"].text();
      if (state != "delivered" && out_.wrong.size() < 6)
        out_.wrong.push_back(fmt::format("{}: {}\n{}", event["key"].text(), state,
                                         world_.run({"show", event["id"].text()}).text));
    }
  }

  void finish() {
    gate_.wait_until_quiet();
    Verdict verdict = judge(world_, load_->enquiries(), ledger_.sent());
    out_.wrong.insert(out_.wrong.end(), std::make_move_iterator(verdict.wrong.begin()),
                      std::make_move_iterator(verdict.wrong.end()));
    for (const auto& [what, count] : verdict.counts) out_.counts["in the end: " + what] += count;
    out_.counts["enquiries: acknowledged"] += load_->acknowledged();
  }

  const std::uint64_t seed_;
  const std::vector<Round> rounds_;
  e2e::Folder clock_folder_;
  MovableClock clock_;
  Killer killer_;
  Ledger ledger_;
  Gate gate_;
  e2e::World world_;
  std::unique_ptr<Load> load_;
  Epoch out_;
};

}  // namespace

Epoch run_epoch(std::uint64_t seed, int kills) { return Run(seed, kills).run(); }

}  // namespace b24gate::chaos
