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
      {[&](const people::Employee& e, TimePoint) -> people::Presence {
         return {absent.find(e.name) == std::string::npos, "absent since 09:40 (timeman)", ""};
       },
       {},
       {},
       turns});
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

namespace {

const std::string capped = R"(
schedules:
  office: { days: mon-sun, hours: "00:00-24:00", time_zone: Asia/Novosibirsk }
employees:
  ivanov:  { user_id: 12, schedule: office, max_per_day: 3, max_per_hour: 2 }
  petrova: { user_id: 14, schedule: office, max_per_hour: 4 }
  orlov: { user_id: 15, max_per_day: 1 }
groups:
  team: { members: [ivanov, petrova, orlov] }
account_manager: orlov
)";

// What was given, with the moments; a driven model of what the journal counts.
struct Given {
  std::vector<std::pair<std::string, TimePoint>> all;
  [[nodiscard]] people::GivenOf of() const {
    return [this](const people::Employee& e, TimePoint since) {
      return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const auto& one) {
        return one.first == e.name && one.second >= since;
      }));
    };
  }
};

}  // namespace

TEST_CASE("nobody is given more than a day or an hour may bring") {
  const auto reading = read("rules:\n  - { name: r, assign: team }\n", capped);
  CHECK(reading.problems == "");
  Given given;
  Turns turns;
  const auto at_time = [&](std::string_view when) {
    Facts known = facts();
    known.at = at(when);
    const auto decision = reading.rules.decide(known, reading.roster, {{}, {}, given.of(), turns});
    if (!decision.fallback) given.all.emplace_back(decision.employee, known.at);
    carry_out(turns, decision);
    return decision;
  };
  std::string order;
  for (int i = 0; i < 7; ++i) order += at_time("2026-03-03T23:30:00+07:00").employee + " ";
  CHECK(order == "ivanov petrova orlov ivanov petrova petrova petrova ");
  const auto full = at_time("2026-03-03T23:30:00+07:00");
  CHECK(full.fallback);
  CHECK(skipped(full) ==
        "ivanov: was given 2 of at most 2 in the last hour\n"
        "petrova: was given 4 of at most 4 in the last hour\n");
  REQUIRE(full.considered.size() == 2);
  CHECK(full.considered[0].cause == "max_per_hour");
  CHECK(full.sentence.find("ivanov (получено за час 2 при пределе 2)") != std::string::npos);
  // Midnight in Novosibirsk begins a new day there, but the hour is not over; for whom no schedule names a
  // zone the day is that of Moscow.
  const auto midnight = at_time("2026-03-04T00:05:00+07:00");
  CHECK(midnight.fallback);
  CHECK(at_time("2026-03-04T00:30:00.001+07:00").employee == "ivanov");
  CHECK(at_time("2026-03-04T01:00:00+07:00").employee == "petrova");
  const auto later = at_time("2026-03-04T03:59:59+07:00");
  CHECK(later.employee == "ivanov");
  CHECK(at_time("2026-03-04T04:00:00+07:00").employee == "petrova");
  CHECK(at_time("2026-03-04T04:00:00+07:00").employee == "orlov");
  // Ivanov's third of the day; then he is full although the hour is over.
  CHECK(at_time("2026-03-04T06:00:00+07:00").employee == "ivanov");
  CHECK(at_time("2026-03-04T06:00:00+07:00").employee == "petrova");
  const auto day = at_time("2026-03-04T08:00:00+07:00");
  CHECK(day.employee == "petrova");
  CHECK(skipped(day).find("ivanov: was given 3 of at most 3 today\n") != std::string::npos);
  CHECK(skipped(day).find("orlov: was given 1 of at most 1 today\n") != std::string::npos);
  // Whoever does not know what was given holds nobody back.
  CHECK(decide(reading, facts(), {{"team", "petrova"}}).employee == "orlov");
}

TEST_CASE("a burst of a hundred is spread fairly") {
  std::map<std::string, int> open;
  const people::LoadOf load = [&](const people::Employee& e) -> std::optional<int> { return open[e.name]; };
  for (const auto& one : {std::pair<std::string, std::map<std::string, int>>{
                              "gpu", {{"ivanov", 34}, {"petrova", 33}, {"orlov", 33}}},
                          {"shares", {{"ivanov", 50}, {"petrova", 25}, {"orlov", 25}}},
                          {"gpu-siberia", {{"ivanov", 66}, {"petrova", 34}}}}) {
    const std::string& group = one.first;
    CAPTURE(group);
    // Without max_open, which would end the burst early.
    const std::string people =
        std::string(employees).replace(employees.find(", max_open: 15"), std::size(", max_open: 15") - 1, "");
    const auto reading = read("rules:\n  - { name: r, assign: " + group + " }\n", people);
    open.clear();
    Turns turns;
    for (int i = 0; i < 100; ++i) {
      const auto decision = decide(reading, facts(), turns, load);
      carry_out(turns, decision);
      ++open[decision.employee];
    }
    CHECK(open == one.second);
  }
}

TEST_CASE("whoever declined is not given it again") {
  const auto reading = to("gpu");
  Facts known = facts();
  known.declined = {"ivanov", "orlov"};
  const auto decision = decide(reading, known);
  CHECK(decision.employee == "petrova");
  CHECK(skipped(decision) ==
        "ivanov: had it and did not accept it in time\norlov: had it and did not accept it in time\n");
  CHECK(decision.considered[0].cause == "declined");
  known.declined.emplace_back("petrova");
  CHECK(decide(reading, known).fallback);
}
