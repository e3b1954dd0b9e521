// Memory, the program's file, and the start with a long journal.
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "bench/grown.hpp"
#include "bench/load.hpp"
#include "bench/parts.hpp"
#include "bench/world.hpp"

namespace b24gate::bench {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

LoadResult post(const World& world, std::int64_t first, std::int64_t count) {
  Load load;
  load.port = world.port();
  load.path = hook;
  load.connections = 64;
  load.first = first;
  load.requests = count;
  load.seconds = 600;
  auto result = run(load);
  if (result.good != count) give_up(fmt::format("{} of {} were accepted", result.good, count));
  return result;
}

void program(const World& world, Report& report) {
  report.table("the program");
  const std::string stripped = world.folder() + "/stripped";
  if (e2e::command({"/usr/bin/strip", "-o", stripped, e2e::program()}).code != 0) give_up("no strip");
  report.row("its file, stripped", "MB", static_cast<double>(std::filesystem::file_size(stripped)) / 1e6);
}

// Some are delivered, the rest are the same ones again: nothing is left to do.
void empty_backlog(const Options& options, Report& report, std::int64_t count) {
  const std::uint16_t portal = e2e::free_port();
  WorldOptions how;
  how.plan = "{ box: { rate: 1000, burst: 10000 } }";
  how.portal_port = portal;
  World world(options, "size-empty", how);
  const Sandbox sandbox(world.folder(), portal, 1'000, 10'000);
  world.start();
  const double before = world.memory();
  const std::int64_t fresh = std::min<std::int64_t>(count, 1'500);
  post(world, 1, fresh);
  world.wait_until_none(unfinished, 1'200);
  const double delivered = world.memory();
  for (std::int64_t done = fresh; done < count; done += fresh) post(world, 1, std::min(fresh, count - done));
  report.table("resident memory, nothing waits");
  report.row("after the start", "MB", before);
  report.row(fmt::format("after {} leads in the portal", fresh), "MB", delivered);
  report.row(fmt::format("after {} requests", count), "MB", world.memory());
  report.row("most so far", "MB", world.peak_memory());
}

void backlog(const Options& options, Report& report, std::int64_t count) {
  World world(options, "size-backlog");
  world.start();
  post(world, 1, count);
  const double posted = world.memory();
  // The probes of the portal go on meanwhile.
  std::this_thread::sleep_for(std::chrono::seconds{options.quick ? 1 : 15});
  report.table("resident memory, the portal is away");
  report.row(fmt::format("a backlog of {}", world.number(unfinished)), "MB", posted);
  report.row("a little later", "MB", world.memory());
  report.row("most so far", "MB", world.peak_memory());
  world.stop();
  world.start();
  report.row("after a restart with it", "MB", world.memory());
}

// From the start of the process to the answer of the first webhook.
double start_ms(World& world, std::int64_t number) {
  const auto began = Clock::now();
  world.launch();
  Forms forms(hook, false);
  const std::string request = forms.request(number);
  const std::string body = request.substr(request.find("\r\n\r\n") + 4);
  while (ms_since(began) < 60'000) {
    if (e2e::request("POST", world.port(), hook, body).status == 200) return ms_since(began);
    std::this_thread::sleep_for(std::chrono::microseconds{500});
  }
  give_up("the daemon does not start");
}

void start(const Options& options, Report& report, std::int64_t events) {
  World world(options, "size-start");
  report.table("start to the first accepted webhook");
  std::int64_t number = 1;
  double first = 0;
  for (const std::int64_t size : {std::int64_t{1'000}, events}) {
    std::filesystem::create_directories(world.folder() + "/data");
    {
      Grown grown(world.folder() + "/data");
      grown.add(size, true);
    }
    std::vector<double> clean;
    std::vector<double> killed;
    for (int i = 0; i < options.runs; ++i) {
      clean.push_back(start_ms(world, number++));
      world.daemon().kill();
      killed.push_back(start_ms(world, number++));
      world.stop();
    }
    if (first == 0) first = spread(clean).median;
    report.row(fmt::format("{} events, after an orderly end", size), "ms", spread(clean), first);
    report.row(fmt::format("{} events, after a SIGKILL", size), "ms", spread(killed), first);
    world.forget_journal();
  }
}

}  // namespace

int size(const Options& options, Report& report) {
  const std::int64_t count = options.quick ? 300 : options.count > 0 ? options.count : 100'000;
  {
    const World world(options, "size");
    program(world, report);
  }
  empty_backlog(options, report, count);
  backlog(options, report, count);
  start(options, report, count * 10);
  return 0;
}

}  // namespace b24gate::bench
