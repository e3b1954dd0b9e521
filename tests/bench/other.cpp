// The same load on another server of this machine, in turn with the real daemon: what somebody would have
// instead (tests/bench/others.sh sets some up).
#include <fmt/format.h>

#include "bench/load.hpp"
#include "bench/parts.hpp"
#include "bench/world.hpp"

namespace b24gate::bench {
namespace {

struct Figures {
  std::vector<double> rate, p50, p99;
  std::int64_t bad = 0;  // answers that are not 2xx, and requests that got none
};

void print(Report& report, const std::string& who, const Figures& figures, const Figures* reference) {
  if (figures.rate.empty()) return report.line(who + ": nothing was answered 2xx");
  const auto against = [&](std::vector<double> Figures::*member) {
    return reference && !reference->rate.empty() ? std::optional(spread(reference->*member).median)
                                                 : std::nullopt;
  };
  report.row(who + ", answers", "1/s", spread(figures.rate), against(&Figures::rate));
  report.row(who + ", p50", "ms", spread(figures.p50), against(&Figures::p50));
  report.row(who + ", p99", "ms", spread(figures.p99), against(&Figures::p99));
  if (figures.bad > 0) report.line(fmt::format("{}: {} not answered 2xx", who, figures.bad));
}

}  // namespace

int other(const Options& options, Report& report) {
  if (options.port == 0) give_up("say where it listens: --port, and --path");
  World world(options, "other");
  world.start();
  std::int64_t next = 1;
  for (const bool keep_alive : {true, false}) {
    Figures ours;
    Figures theirs;
    const auto load = [&](std::uint16_t port, const std::string& path, Figures& figures) {
      Load out;
      out.port = port;
      out.path = path;
      out.keep_alive = keep_alive;
      out.seconds = options.seconds;
      out.first = next;
      const auto result = run(out);
      next += result.sent;
      figures.bad += result.sent - result.good;
      if (result.good == 0) return;
      figures.rate.push_back(result.rate());
      figures.p50.push_back(percentile(result.millis, 50));
      figures.p99.push_back(percentile(result.millis, 99));
    };
    for (int i = 0; i < options.runs; ++i) {
      load(options.port, options.path, theirs);
      load(world.port(), hook, ours);
    }
    report.table(keep_alive ? "64 kept connections" : "64 at a time, a new connection for each request");
    print(report, "b24gate", ours, &theirs);
    print(report, "the other", theirs, nullptr);
  }
  return 0;
}

}  // namespace b24gate::bench
