// From the webhook's last byte to the portal, on an idle machine, one enquiry at a time.
#include <fmt/format.h>

#include <chrono>

#include "bench/disk.hpp"
#include "bench/load.hpp"
#include "bench/parts.hpp"
#include "bench/portal_watch.hpp"
#include "bench/world.hpp"

namespace b24gate::bench {
namespace {

using Clock = std::chrono::steady_clock;

double ms(Clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

}  // namespace

int own_time(const Options& options, Report& report) {
  constexpr Milliseconds round_trip{50};
  const std::int64_t count = options.quick ? 3 : options.count > 0 ? options.count : 200;
  const std::uint16_t portal_port = e2e::free_port();
  PortalWatch watch(portal_port, round_trip);
  WorldOptions how;
  how.plan = "{ box: { rate: 1000, burst: 10000 } }";
  how.portal_port = watch.port();
  how.employees = sales_people;
  how.distribution = sales_rules;
  World world(options, "own-time", how);
  const Sandbox sandbox(world.folder(), portal_port, 1'000, 10'000);
  world.start();
  std::vector<double> first;
  std::vector<double> lead;
  std::vector<double> answered;
  const auto syncs = sync_millis(world.folder(), options.quick ? 5 : 200);
  for (std::int64_t number = 1; number <= count; ++number) {
    world.wait_until_none(unfinished, 60);
    Load one;
    one.port = world.port();
    one.path = hook;
    one.connections = 1;
    one.requests = 1;
    one.first = number;
    one.seconds = 30;
    // The request leaves in one piece, after its connection is there.
    const auto began = Clock::now();
    const auto result = run(one);
    if (result.good != 1) give_up("a webhook was not accepted");
    answered.push_back(result.millis.front());
    const std::string phone = Forms::phone(number);
    if (!e2e::wait_until([&] { return watch.made_with(phone).has_value(); })) give_up("no lead was made");
    const auto asked = watch.first_with(phone, began);
    if (!asked) give_up("a lead without a question");
    first.push_back(ms(*asked - began));
    lead.push_back(ms(*watch.made_with(phone) - began) - 2 * static_cast<double>(round_trip.count()));
    watch.forget();
  }
  const double sync = spread(syncs).median;
  report.table(fmt::format("one enquiry on an idle machine, {} times; max is p99", count));
  const auto row = [&](const std::string& what, const std::vector<double>& figures) {
    const Spread all = spread(figures);
    report.row(what, "ms", {all.least, all.median, percentile(figures, 99)}, sync);
  };
  row("one fdatasync of 16 KB", syncs);
  row("the webhook is answered", answered);
  row("the portal has the first request for it", first);
  row("its lead is made, less two round trips of 50 ms", lead);
  return 0;
}

}  // namespace b24gate::bench
