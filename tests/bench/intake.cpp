// Durable answers per second of the real daemon, in turn with a bare server that stores nothing, and with the
// disk alone.
#include <fmt/format.h>

#include <algorithm>

#include "bench/disk.hpp"
#include "bench/load.hpp"
#include "bench/parts.hpp"
#include "bench/world.hpp"

namespace b24gate::bench {
namespace {

struct Way {
  std::string name;
  int connections;
  bool keep_alive;
};

struct Figures {
  std::vector<double> rate;
  std::vector<double> p50;
  std::vector<double> p99;
  std::vector<double> processor;  // microseconds of the server for each answer
  std::vector<double> fewest;     // answers of the connection that got the fewest, of those with the most
};

// Every request must have been answered 2xx.
void add(Figures& figures, LoadResult result, double processor_seconds, const std::string& who) {
  if (result.good == 0 || result.good != result.sent || result.millis.empty()) {
    give_up(fmt::format("{}: {} sent, {} good, {} put off, {} refused, {} broken", who, result.sent,
                        result.good, result.put_off, result.refused, result.broken));
  }
  figures.rate.push_back(result.rate());
  figures.processor.push_back(processor_seconds * 1e6 / static_cast<double>(result.good));
  figures.p50.push_back(percentile(result.millis, 50));
  figures.p99.push_back(percentile(result.millis, 99));
  figures.fewest.push_back(static_cast<double>(result.least_of_one) /
                           static_cast<double>(std::max<std::int64_t>(1, result.most_of_one)));
}

void print(Report& report, const std::string& name, const Figures& ours, const Figures& bare) {
  report.table(name);
  report.row("b24gate, durable answers", "1/s", spread(ours.rate), spread(bare.rate).median);
  report.row("bare cpp-httplib, nothing stored", "1/s", spread(bare.rate));
  report.row("b24gate, p50", "ms", spread(ours.p50), spread(bare.p50).median);
  report.row("bare cpp-httplib, p50", "ms", spread(bare.p50));
  report.row("b24gate, p99", "ms", spread(ours.p99), spread(bare.p99).median);
  report.row("bare cpp-httplib, p99", "ms", spread(bare.p99));
  report.row("b24gate, processor time for each", "us", spread(ours.processor), spread(bare.processor).median);
  report.row("bare cpp-httplib, the same", "us", spread(bare.processor));
  report.row("b24gate, the least served connection to the best served", "", spread(ours.fewest));
  report.row("bare cpp-httplib, the same", "", spread(bare.fewest));
}

}  // namespace

int intake(const Options& options, Report& report) {
  World world(options, "intake");
  world.start();
  std::int64_t next = 1;
  const auto load = [&](const auto& server, const Way& way, Figures& figures, const std::string& who) {
    Load out;
    out.port = server.port();
    out.path = hook;
    out.connections = way.connections;
    out.keep_alive = way.keep_alive;
    out.seconds = options.seconds;
    out.first = next;
    const double before = server.processor();
    auto result = run(out);
    next += result.sent;
    add(figures, std::move(result), server.processor() - before, who);
  };
  std::vector<Figures> ours(3);
  std::vector<Figures> bare(3);
  const std::vector<Way> ways{{"64 kept connections", 64, true},
                              {"64 at a time, a new connection for each request", 64, false},
                              {"16 kept connections", 16, true}};
  std::vector<double> disk64;
  std::vector<double> sync;
  const BareServer other(world.folder(), 64);
  for (int i = 0; i < options.runs; ++i) {
    for (std::size_t way = 0; way < ways.size(); ++way) {
      load(other, ways[way], bare[way], "the bare server");
      load(world, ways[way], ours[way], "b24gate");
    }
    disk64.push_back(commits_of_rows(world.folder(), 64, options.seconds / 2));
    const auto syncs = sync_millis(world.folder(), options.quick ? 5 : 200);
    sync.push_back(spread(syncs).median);
  }
  for (std::size_t way = 0; way < ways.size(); ++way) print(report, ways[way].name, ours[way], bare[way]);
  report.table("the disk");
  report.row("SQLite alone, the same rows, 64 to a commit", "1/s", spread(disk64));
  report.row("b24gate, 64 kept connections", "1/s", spread(ours[0].rate), spread(disk64).median);
  report.row("one fdatasync of 16 KB, median of each run", "ms", spread(sync));
  const std::int64_t stored = world.number("SELECT count(*) FROM events");
  std::int64_t answered = 0;
  for (const char* outcome : {"accepted"})
    answered += world.number(fmt::format("SELECT count(*) FROM requests WHERE outcome = '{}'", outcome));
  report.line(fmt::format("in the journal: {} requests accepted, {} events", answered, stored));
  return stored == answered && stored > 0 ? 0 : 1;
}

}  // namespace b24gate::bench
