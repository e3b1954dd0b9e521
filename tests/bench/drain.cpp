// A backlog after an outage, a lead that arrives in the middle of it, and a surge, at the standard plan.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "bench/load.hpp"
#include "bench/parts.hpp"
#include "bench/portal_watch.hpp"
#include "bench/world.hpp"

namespace b24gate::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double rate = 2;  // requests a second of the standard plan
constexpr int burst = 50;
constexpr double commands_per_request = 50;

double seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }

void post(const World& world, std::int64_t first, std::int64_t count, int connections) {
  Load load;
  load.port = world.port();
  load.path = hook;
  load.connections = connections;
  load.first = first;
  load.requests = count;
  load.seconds = 600;
  const auto result = run(load);
  if (result.good != count) give_up(fmt::format("{} of {} were accepted", result.good, count));
}

// What a portal that was idle for long enough lets through in so many seconds.
double allowance(double time) { return (burst + rate * time) * commands_per_request; }

std::map<std::string, double> calls(const Sandbox& sandbox) {
  std::map<std::string, double> out;
  const json::Value counters = sandbox.counters();
  if (const auto* methods = counters.object_if()) {
    for (const auto& [method, counter] : *methods)
      out[method] = static_cast<double>(counter["calls"].integer().value_or(0));
  }
  return out;
}

class Drain {
 public:
  Drain(const Options& options, Report& report)
      : report_(report),
        quick_(options.quick),
        count_(options.quick       ? 10
               : options.count > 0 ? options.count
                                   : 1'000),
        watch_(portal_port_, Milliseconds{options.quick ? 0 : 50}),
        world_(options, "drain", how(watch_.port())),
        sandbox_(world_.folder(), portal_port_, rate, burst, true) {}

  int run() {
    world_.start();
    outage();
    surge();
    return 0;
  }

 private:
  static WorldOptions how(std::uint16_t port) {
    WorldOptions out;
    out.portal_port = port;
    out.employees = sales_people;
    out.distribution = sales_rules;
    return out;
  }

  void outage() {
    // Well first, so that the start's own questions are over; then away until everything waits.
    post(world_, 1, 1, 1);
    world_.wait_until_none(unfinished, 60);
    watch_.away(true);
    post(world_, 2, 1, 1);
    e2e::wait_until([&] { return world_.number("SELECT count(*) FROM events WHERE state = 'waiting'") > 0; });
    post(world_, 3, count_ - 1, 16);
    wait_for_allowance();
    watch_.forget();
    const auto before = calls(sandbox_);
    const auto well = Clock::now();
    watch_.away(false);
    if (!e2e::wait_until([&] { return watch_.leads() > 0; }, 120)) give_up("nothing is delivered");
    const double resumed = seconds(*watch_.lead_number(1) - well);

    // One in the middle.
    if (!e2e::wait_until([&] { return watch_.leads() >= count_ / 2; }, 3'600))
      give_up("the drain stands still");
    const std::int64_t middle = 10'000'000;
    const auto posted = Clock::now();
    post(world_, middle, 1, 1);
    const std::string phone = Forms::phone(middle);
    if (!e2e::wait_until([&] { return watch_.made_with(phone).has_value(); }, 3'600)) give_up("no lead");
    const double overtaken = seconds(*watch_.made_with(phone) - posted);
    world_.wait_until_none(unfinished, 3'600);
    const double whole = seconds(Clock::now() - well);
    const double leads = seconds(*watch_.lead_number(count_ + 1) - well);
    const auto after = calls(sandbox_);

    report_.table(fmt::format("a backlog of {} at the standard plan, after an outage", count_));
    report_.row("portal well until the first lead", "s", resumed);
    report_.row("until all leads are made", "s", leads);
    report_.row("until everything is delivered", "s", whole);
    report_.row("one that arrives in the middle: until its lead is made", "s", overtaken);
    double all = 0;
    const double made = static_cast<double>(count_ + 1);
    for (const auto& [method, number] : after) {
      const auto found = before.find(method);
      const double more = number - (found == before.end() ? 0 : found->second);
      if (more <= 0) continue;
      if (method != "batch") all += more;
      report_.row("commands per lead: " + method, "", more / made);
    }
    report_.row("commands per lead, all together", "", all / made);
    report_.row("requests", "", static_cast<double>(watch_.requests()));
    report_.row("commands in a request", "", all / static_cast<double>(watch_.requests()),
                commands_per_request);
    report_.row("commands a second; ratio to the rate x 50", "1/s", all / whole, rate * commands_per_request);
    report_.row("commands; ratio to what burst and rate let through", "", all, allowance(whole));
    report_.row("requests; ratio to what burst and rate let through", "",
                static_cast<double>(watch_.requests()), allowance(whole) / commands_per_request);
  }

  void surge() {
    wait_for_allowance();
    watch_.forget();
    const std::int64_t many = std::min<std::int64_t>(300, count_);
    const auto began = Clock::now();
    post(world_, 20'000'000, many, 64);
    const double taken = seconds(Clock::now() - began);
    if (!e2e::wait_until([&] { return watch_.leads() >= many; }, 3'600)) give_up("not all leads are made");
    const double made = seconds(*watch_.lead_number(many) - began);
    const auto requests = static_cast<double>(watch_.requests());
    world_.wait_until_none(unfinished, 3'600);
    report_.table(fmt::format("{} enquiries at once, the portal idle", many));
    report_.row("until all are answered", "s", taken);
    report_.row("until there are so many leads", "s", made);
    report_.row("requests until then (the burst is 50)", "", requests);
    report_.row("until everything is delivered", "s", seconds(Clock::now() - began));
  }

  // Until the portal's bucket is full again.
  void wait_for_allowance() const {
    if (quick_) return;
    const auto until = Clock::now() + std::chrono::seconds{static_cast<int>(burst / rate) + 2};
    e2e::wait_until([&] { return Clock::now() > until; }, 60);
  }

  Report& report_;
  const bool quick_;
  const std::int64_t count_;
  const std::uint16_t portal_port_ = e2e::free_port();
  PortalWatch watch_;
  World world_;
  Sandbox sandbox_;
};

}  // namespace

int drain(const Options& options, Report& report) { return Drain(options, report).run(); }

}  // namespace b24gate::bench
