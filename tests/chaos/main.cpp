// chaos [--seed N] [--minutes M] [--kills K] [--epoch K]: kills, outages, full disks and clock jumps against
// the real daemon; docs/delivery.md says what is checked. Without options: one short epoch of a fixed seed.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "chaos/clock.hpp"
#include "chaos/epoch.hpp"

namespace {

struct Wanted {
  std::uint64_t seed = 1;
  double minutes = 0;
  std::uint64_t kills = 0;
#ifdef B24GATE_SANITIZED
  int epoch = 12;
#else
  int epoch = 100;
#endif
} wanted;

}  // namespace

TEST_CASE("exactly once, in order, and told in full, whatever breaks") {
  if (!b24gate::chaos::MovableClock::possible())
    fmt::print("clock jumps are left out: a library cannot be preloaded under a sanitizer\n");
  const auto began = std::chrono::steady_clock::now();
  const auto minutes = [&] {
    return std::chrono::duration<double, std::ratio<60>>(std::chrono::steady_clock::now() - began).count();
  };
  std::map<std::string, std::uint64_t> counts;
  std::uint64_t seed = wanted.seed;
  bool well = true;
  do {
    const auto epoch = b24gate::chaos::run_epoch(seed, wanted.epoch);
    for (const auto& [what, count] : epoch.counts) counts[what] += count;
    constexpr std::size_t shown = 12;
    for (std::size_t i = 0; i < std::min(shown, epoch.wrong.size()); ++i)
      fmt::print("seed {}: {}\n", seed, epoch.wrong[i]);
    if (epoch.wrong.size() > shown) fmt::print("seed {}: {} wrong in all\n", seed, epoch.wrong.size());
    well = epoch.wrong.empty();
    ++seed;
  } while (well && (minutes() < wanted.minutes || counts["kills"] < wanted.kills));
  fmt::print("{:.1f} minutes, seeds {} to {}\n", minutes(), wanted.seed, seed - 1);
  for (const auto& [what, count] : counts) fmt::print("{:>8}  {}\n", count, what);
  CHECK_MESSAGE(well, fmt::format("to repeat: --seed {} --epoch {}", seed - 1, wanted.epoch));
}

int main(int argc, char** argv) {
  CLI::App app{"Kills, outages, full disks and clock jumps against the real daemon"};
  app.add_option("--seed", wanted.seed, "of the first epoch; each further one has the next");
  app.add_option("--minutes", wanted.minutes, "epochs follow each other at least so long");
  app.add_option("--kills", wanted.kills, "and until there were so many kills");
  app.add_option("--epoch", wanted.epoch, "kills in an epoch");
  CLI11_PARSE(app, argc, argv);
  return doctest::Context().run();
}
