#include "distribution/choose.hpp"

#include <doctest/doctest.h>

#include "distribution/test_support.hpp"

using namespace b24gate;
using namespace b24gate::distribution;
using namespace b24gate::distribution::testing;

namespace {

Reading to(const std::string& group) { return good("rules:\n  - { name: r, assign: " + group + " }\n"); }

// Carries a decision's turns out, as the journal does; through text, as after a restart.
void carry_out(Turns& turns, const Decision& decision) {
  for (const auto& [key, value] : decision.turns) turns[key] = value;
}

people::LoadOf loads(std::map<std::string, int> known) {
  return [known = std::move(known)](const people::Employee& e) -> std::optional<int> {
    const auto it = known.find(e.name);
    return it == known.end() ? std::nullopt : std::optional(it->second);
  };
}

Decision with_absent(const Reading& reading, const std::string& absent, const Turns& turns = {}) {
  return reading.rules.decide(
      facts(), reading.roster,
      [&](const people::Employee& e, TimePoint) -> people::Presence {
        return {absent.find(e.name) == std::string::npos, "absent since 09:40 (timeman)", ""};
      },
      {}, turns);
}

std::string skipped(const Decision& decision) {
  std::string out;
  for (const auto& one : decision.considered) out += one.employee + ": " + one.skipped + "\n";
  return out;
}

}  // namespace

TEST_CASE("round robin is exactly fair and goes on after a restart") {
  const auto reading = to("gpu");
  Turns turns;
  std::map<std::string, int> count;
  std::string first_four;
  for (int i = 0; i < 1000; ++i) {
    // Each decision starts from the stored turns alone: nothing is remembered in the rules.
    const auto decision = decide(reading, facts(), turns);
    carry_out(turns, decision);
    ++count[decision.employee];
    if (i < 4) first_four += decision.employee + " ";
  }
  CHECK(first_four == "ivanov petrova orlov ivanov ");
  CHECK(count == std::map<std::string, int>{{"ivanov", 334}, {"petrova", 333}, {"orlov", 333}});
  CHECK(turns == Turns{{"gpu", "ivanov"}});
}

TEST_CASE("round robin goes on behind the last one, past those who are absent") {
  const auto reading = to("gpu");
  const auto decision = with_absent(reading, "petrova", {{"gpu", "ivanov"}});
  CHECK(decision.employee == "orlov");
  CHECK(decision.group == "gpu");
  CHECK(decision.reason == "next in turn of 2 present");
  CHECK(skipped(decision) ==
        "petrova: absent since 09:40 (timeman)\nivanov: not in turn: it is the turn of orlov\n");
  CHECK(decision.turns == Turns{{"gpu", "orlov"}});
  // Somebody who is no longer in the group had the last turn: from the beginning.
  CHECK(decide(reading, facts(), {{"gpu", "gone"}}).employee == "ivanov");
}

TEST_CASE("weighted shares are exact and spread out") {
  const auto reading = to("shares");
  Turns turns;
  std::map<std::string, int> count;
  std::string round;
  for (int i = 0; i < 1000; ++i) {
    const auto decision = decide(reading, facts(), turns);
    carry_out(turns, decision);
    ++count[decision.employee];
    if (i < 4) round += decision.employee + " ";
  }
  CHECK(round == "ivanov petrova orlov ivanov ");
  CHECK(count == std::map<std::string, int>{{"ivanov", 500}, {"petrova", 250}, {"orlov", 250}});
  const auto decision = decide(reading, facts(), turns);
  CHECK(decision.reason == "next by weight of 3 present (weight 2 of 4)");
  // Stored text that means nothing and counters of other weights do not decide for long.
  CHECK(decide(reading, facts(), {{"shares/petrova", "nonsense"}}).employee == "ivanov");
  CHECK(decide(reading, facts(), {{"shares/petrova", "999999999"}}).turns.at("shares/petrova") == "1");
}

TEST_CASE("least loaded: by load per weight, ties by turn, an unknown load is none") {
  const auto reading = to("gpu-siberia");
  const auto one = decide(reading, facts(), {}, loads({{"ivanov", 3}, {"petrova", 1}}));
  CHECK(one.employee == "petrova");
  CHECK(one.reason == "least loaded of 2 present (1 open lead)");
  CHECK(skipped(one) == "ivanov: more loaded: 3 open leads, weight 2\n");
  // 3 leads at weight 2 are less than 2 at weight 1.
  CHECK(decide(reading, facts(), {}, loads({{"ivanov", 3}, {"petrova", 2}})).employee == "ivanov");
  const auto unknown = decide(reading, facts(), {}, loads({{"ivanov", 1}}));
  CHECK(unknown.employee == "petrova");
  CHECK(unknown.reason == "least loaded of 2 present (load not known, counted as 0)");
  const auto tie =
      decide(reading, facts(), {{"gpu-siberia", "ivanov"}}, loads({{"ivanov", 2}, {"petrova", 1}}));
  CHECK(tie.employee == "petrova");
  CHECK(skipped(tie) == "ivanov: as loaded (2 open leads, weight 2), but it is the turn of petrova\n");
  CHECK(decide(reading, facts(), {{"gpu-siberia", "petrova"}}, loads({{"ivanov", 2}, {"petrova", 1}}))
            .employee == "ivanov");
}

TEST_CASE("max_open passes somebody over when the load is known") {
  const auto reading = to("gpu");
  const auto full = decide(reading, facts(), {}, loads({{"ivanov", 15}}));
  CHECK(full.employee == "petrova");
  CHECK(skipped(full).find("ivanov: has 15 open leads of at most 15\n") != std::string::npos);
  CHECK(full.sentence.find("не выбраны: Иванов (открытых лидов 15 при пределе 15)") != std::string::npos);
  CHECK(decide(reading, facts(), {}, loads({{"ivanov", 14}})).employee == "ivanov");
  CHECK(decide(reading, facts()).employee == "ivanov");
}

TEST_CASE("first present takes the list as an order and nobody's turn") {
  const auto reading = to("line");
  const auto decision = decide(reading, facts(), {{"line", "petrova"}});
  CHECK(decision.employee == "petrova");
  CHECK(decision.turns.empty());
  CHECK(skipped(decision) == "orlov: stands after petrova in the list\n");
  CHECK(with_absent(reading, "petrova").employee == "orlov");
}
