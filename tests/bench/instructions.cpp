// Instructions of the processor for an accepted request and for a delivered lead: the daemon under callgrind,
// twice, with more requests the second time; what the start costs falls out of the difference.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "bench/load.hpp"
#include "bench/parts.hpp"
#include "bench/world.hpp"

namespace b24gate::bench {
namespace {

constexpr const char* valgrind = "/usr/bin/valgrind";

double total(const std::string& profile) {
  for (const char* key : {"\ntotals: ", "\nsummary: "}) {
    const std::size_t at = profile.rfind(key);
    if (at != std::string::npos) return std::stod(profile.substr(profile.find(' ', at) + 1));
  }
  give_up("callgrind wrote no totals");
}

struct Run {
  double instructions = 0;
  std::string file;
};

Run profiled(World& world, bool deliver, std::int64_t count) {
  world.forget_journal();
  Run out;
  out.file = fmt::format("{}/callgrind.{}.{}", world.folder(), deliver, count);
  world.start({valgrind, "--tool=callgrind", "--quiet", "--callgrind-out-file=" + out.file});
  Load load;
  load.port = world.port();
  load.path = hook;
  load.connections = 16;
  load.requests = count;
  load.first = 1 + count * (deliver ? 1'000 : 2'000);
  load.seconds = 600;
  const auto result = run(load);
  if (result.good != count) give_up("not every request was accepted");
  if (deliver) world.wait_until_none(unfinished, 1'200);
  world.stop();
  out.instructions = total(e2e::read_file(out.file));
  return out;
}

// The functions that the most instructions are spent in themselves.
void consumers(Report& report, const std::string& file) {
  const auto annotated = e2e::command({"/usr/bin/callgrind_annotate", "--threshold=60", file});
  std::istringstream lines(annotated.text);
  std::string line;
  int left = 0;
  while (std::getline(lines, line)) {
    if (line.find("file:function") != std::string::npos) {
      left = 22;
    } else if (left > 0 && !line.empty() && line.find('(') != std::string::npos) {
      report.line(line.substr(0, 180));
      --left;
    }
  }
}

}  // namespace

int instructions(const Options& options, Report& report) {
  const std::int64_t wanted = options.quick ? 20 : options.count > 0 ? options.count : 500;
  for (const bool deliver : {false, true}) {
    // More leads would use up what the portal allows a method in ten minutes.
    const std::int64_t count = deliver ? wanted * 2 / 5 : wanted;
    const std::uint16_t portal = e2e::free_port();
    WorldOptions how;
    how.plan = "{ box: { rate: 1000, burst: 10000 } }";
    how.portal_port = deliver ? portal : 0;
    how.employees = sales_people;
    how.distribution = sales_rules;
    World world(options, deliver ? "deliver" : "accept", how);
    std::unique_ptr<Sandbox> sandbox;
    if (deliver) sandbox = std::make_unique<Sandbox>(world.folder(), portal, 1'000, 10'000);
    const Run few = profiled(world, deliver, count);
    const Run many = profiled(world, deliver, 4 * count);
    report.table(deliver ? "a lead, accepted and delivered" : "an accepted request, the portal away");
    report.row("instructions each", "1000",
               (many.instructions - few.instructions) / 1'000 / static_cast<double>(3 * count));
    report.row("of the start and the rest", "million",
               (few.instructions - (many.instructions - few.instructions) / 3) / 1e6);
    consumers(report, many.file);
  }
  return 0;
}

}  // namespace b24gate::bench
