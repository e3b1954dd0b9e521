#include "chaos/schedule.hpp"

#include <fmt/format.h>

#include <array>

namespace b24gate::chaos {
namespace {

constexpr int rounds_between_calms = 20;
// After a calm there is no backlog, and a while with little to do: what goes out alone goes another way than
// what fills a batch.
constexpr int quiet_rounds = 5;

// std's distributions differ between libraries; a remainder does not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  int below(int bound) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(bound)); }
  int between(int low, int high) { return low + below(high - low + 1); }
  bool chance(int percent) { return below(100) < percent; }
  template <class T, std::size_t n>
  const T& one_of(const std::array<T, n>& all) {
    return all[static_cast<std::size_t>(below(n))];
  }

 private:
  std::mt19937_64 engine_;
};

Weather storm(Dice& dice) {
  Weather out;
  // One fault in the lead, the others now and then.
  for (auto& one : out.per_mille) one = dice.between(0, 40);
  out.per_mille[static_cast<std::size_t>(dice.below(fault_count))] += dice.between(100, 500);
  return out;
}

std::string sickness(Dice& dice) {
  // Refusals that hold everything back for minutes (a method's budget, a block by the vendor) are not here:
  // they are time, not chaos, and have tests of their own.
  static constexpr std::array<const char*, 12> kinds{"error_500",        "html_502",   "drop_before",
                                                     "broken_json",      "empty_body", "error_500_after",
                                                     "html_502_after",   "drop_after", "broken_json_after",
                                                     "empty_body_after", "slow",       "insufficient_scope"};
  static constexpr std::array<const char*, 6> methods{"null",
                                                      R"("crm.item.add")",
                                                      R"("crm.timeline.comment.add")",
                                                      R"("crm.item.list")",
                                                      R"("tasks.task.add")",
                                                      R"("batch")"};
  std::string kind = dice.one_of(kinds);
  std::string method = dice.one_of(methods);
  if (kind == "insufficient_scope") method = R"("im.notify.system.add")";
  const int probability = dice.between(10, 60);
  const int delay = dice.between(20, 300);
  const int seed = dice.between(1, 1'000'000);
  return fmt::format(R"({{"kind":"{}","method":{},"count":null,"probability":0.{},"seed":{},"delay_ms":{}}})",
                     kind, method, probability, seed, delay);
}

Milliseconds jump(Dice& dice) {
  static constexpr std::array<std::int64_t, 6> sizes{1'500,     40'000,         900'000,
                                                     3'600'000, 26 * 3'600'000, 49 * 3'600'000};
  const std::int64_t size = dice.one_of(sizes);
  return Milliseconds{dice.chance(50) ? size : -size};
}

void draw_portal(Dice& dice, Round& round) {
  const int portal = dice.below(100);
  if (portal < 20) {
    round.portal = Portal::well;
  } else if (portal < 45) {
    round.portal = Portal::down;
    round.weather.refuse = true;
  } else if (portal < 80) {
    round.portal = Portal::stormy;
    round.weather = storm(dice);
  } else {
    round.portal = Portal::sick;
    for (int i = dice.between(1, 2); i > 0; --i) round.sandbox_faults.push_back(sickness(dice));
    if (dice.chance(10)) round.sandbox_faults.push_back(R"({"kind":"throttle","method":null,"count":1})");
    if (dice.chance(10)) round.sandbox_faults.push_back(R"({"kind":"wrong_secret","method":null,"count":2})");
  }
}

void draw_kill(Dice& dice, Round& round) {
  const int kill = dice.below(100);
  const bool reachable = round.portal != Portal::down;
  if (kill < 8) {
    round.kill = Kill::starting;
    round.after = Milliseconds{dice.between(0, 250)};
  } else if (kill < 30) {
    round.kill = Kill::time;
    // Mostly short; now and then long enough for what is unclear to settle and be looked for.
    round.after = Milliseconds{dice.chance(25) ? dice.between(500, 1'500) : dice.between(0, 300)};
  } else if (kill < 55 || !reachable) {
    round.kill = Kill::acks;
    round.count = dice.between(1, round.enquiries);
  } else {
    round.kill = kill < 78 ? Kill::taken : Kill::worked;
    round.count = dice.between(1, 12);
  }
}

}  // namespace

std::vector<Round> schedule(std::uint64_t seed, int kills) {
  Dice dice(seed);
  std::vector<Round> out;
  for (int i = 1; i <= kills; ++i) {
    Round round;
    const bool quiet = (i - 1) % rounds_between_calms < quiet_rounds;
    round.enquiries = quiet ? dice.between(1, 3) : dice.between(4, 18);
    draw_portal(dice, round);
    draw_kill(dice, round);
    if (dice.chance(12)) round.jump_before = jump(dice);
    if (dice.chance(12)) round.jump_during = jump(dice);
    round.jump_after = Milliseconds{dice.between(0, 400)};
    round.full_disk = dice.chance(10);
    round.disk_freed = dice.chance(50);
    round.calm = i % rounds_between_calms == 0 || i == kills;
    out.push_back(std::move(round));
  }
  return out;
}

}  // namespace b24gate::chaos
