#include "cli/rule_tests.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/compare.hpp"
#include "cli/dry_run.hpp"
#include "mapping/path.hpp"

namespace b24gate::cli {
namespace {

using distribution::Decision;
using distribution::DistributionTest;

// `assign` may name the group as well; `rule` its last name or the whole path; `accept_within` the time
// alone.
bool matches(const std::string& key, const json::Value& expected, const json::Value& found,
             const json::Value& at) {
  if (same(expected, at)) return true;
  if (key == "assign") return same(expected, found["group"]);
  if (key == "accept_within" && !expected.is_object()) return same(expected, at["time"]);
  if (key == "rule") {
    const std::string whole = found["rule"].text();
    const std::string tail = " / " + expected.text();
    return whole.size() > tail.size() && whole.compare(whole.size() - tail.size(), tail.size(), tail) == 0;
  }
  return false;
}

class World {
 public:
  World(const config::Configuration& configuration, const DistributionTest& test, TimePoint now)
      : configuration_(configuration), test_(test), clock_(test.at.value_or(now)), load_(test.load) {
    for (const auto& [name, before] : test.given) {
      auto& given = given_[name];
      // Those of the day but not of the hour were in its first moment.
      const auto* employee = configuration.roster.employee(name);
      if (!employee) continue;
      const TimePoint morning = people::day_begins(configuration.roster, *employee, clock_);
      for (int i = before.hour; i < before.day; ++i) given.push_back(morning);
      for (int i = 0; i < before.hour; ++i) given.push_back(clock_);
    }
  }

  RuleTestRun run() {
    for (const auto& step : test_.steps) {
      clock_ += step.after;
      for (int i = 0; i < step.repeat; ++i) {
        if (i > 0) clock_ += step.every;
        enquiry(step, step.repeat > 1 || test_.steps.size() > 1);
      }
    }
    check_numbers();
    return std::move(out_);
  }

 private:
  void enquiry(const DistributionTest::Step& step, bool one_of_many) {
    const TimeZone& zone = configuration_.portal.time_zone;
    const distribution::Facts facts = facts_of(step);
    distribution::Circumstances circumstances;
    circumstances.presence = supposed_presence(configuration_.roster, step.present);
    circumstances.load = [this](const people::Employee& employee) -> std::optional<int> {
      const auto it = load_.find(employee.name);
      return it == load_.end() ? 0 : it->second;
    };
    circumstances.given = [this](const people::Employee& employee, TimePoint since) {
      const auto it = given_.find(employee.name);
      if (it == given_.end()) return 0;
      return static_cast<int>(
          std::count_if(it->second.begin(), it->second.end(), [&](TimePoint at) { return at >= since; }));
    };
    circumstances.turns = turns_;
    const Decision decision = configuration_.rules.decide(facts, configuration_.roster, circumstances);
    remember(decision);
    ++number_;
    json::Value found = distribution::to_json(decision);
    found["assign"] = decision.keep ? json::Value("keep") : json::Value(decision.employee);
    if (const auto* told = configuration_.roster.by_user_id(decision.tell_manager))
      found["tell_manager"] = told->name;
    for (const auto& [name, value] : decision.set) found["set"][name] = value;
    for (const auto& [name, value] : decision.lead)
      found["lead"][name] = value.evaluate(facts.scope, configuration_.dictionaries, zone).value;
    const std::string which = one_of_many ? fmt::format("enquiry {}: ", number_) : "";
    for (const auto* expected : {&test_.expect, &step.expect}) {
      const auto* lines = expected->object_if();
      if (!lines) continue;
      for (const auto& [key, value] : *lines) {
        const auto path = mapping::Path::parse(key);
        const json::Value* at = path ? path->find(found) : nullptr;
        const json::Value there = at ? *at : json::Value();
        if (matches(key, value, found, there)) continue;
        differ(expected == &step.expect ? step.place : test_.place,
               fmt::format("{}{}: expected {}, found {} ({})", which, key, shown(value), shown(there),
                           decision.reason));
      }
    }
  }

  [[nodiscard]] distribution::Facts facts_of(const DistributionTest::Step& step) const {
    const TimeZone& zone = configuration_.portal.time_zone;
    const event::Event event = event::from_json(step.event, zone);
    const std::string source = step.event["source"].text();
    const config::Source* known = configuration_.source(source);
    distribution::Facts facts;
    facts.scope =
        mapping::scope_of(event::to_json(event, zone), source, known ? known->title : source,
                          known ? std::string(known->connector->name()) : step.event["connector"].text());
    facts.at = clock_;
    // Whoever has a manager is known.
    facts.client.known = step.known == "client" || step.known == "open-lead" || !step.manager.empty();
    facts.client.open_lead = step.known == "open-lead" ? 1 : 0;
    if (const auto* manager = configuration_.roster.employee(step.manager))
      facts.client.manager_user_id = manager->user_id;
    facts.dictionaries = &configuration_.dictionaries;
    facts.created_by = step.created_by;
    return facts;
  }

  void remember(const Decision& decision) {
    if (!decision.rule.empty()) out_.rules.insert(decision.rule);
    for (const auto& [key, turn] : decision.turns) turns_[key] = turn;
    if (decision.employee.empty()) return;
    ++got_[decision.employee];
    ++load_[decision.employee];
    if (!decision.keep && decision.waits_for.empty()) given_[decision.employee].push_back(clock_);
  }

  void check_numbers() {
    if (!test_.counts.empty() && !fits([&](const std::string& name, int got) {
          const auto it = test_.counts.find(name);
          return got == (it == test_.counts.end() ? 0 : it->second);
        }))
      differ(test_.place, fmt::format("counts: expected {}, found {}", text_of(test_.counts), text_of(got_)));
    if (test_.shares.empty()) return;
    std::int64_t whole = 0;
    for (const auto& [name, share] : test_.shares) whole += share;
    // To one enquiry: what is left when the number of enquiries cannot be divided.
    if (!fits([&](const std::string& name, int got) {
          const auto it = test_.shares.find(name);
          const std::int64_t share = it == test_.shares.end() ? 0 : it->second;
          const std::int64_t off = got * whole - number_ * share;
          return share == 0 ? got == 0 : off >= -whole && off <= whole;
        })) {
      differ(test_.place, fmt::format("shares: expected {} of {} enquiries, found {}", text_of(test_.shares),
                                      number_, text_of(got_)));
    }
  }

  template <class Right>
  [[nodiscard]] bool fits(Right right) const {
    const auto& employees = configuration_.roster.employees();
    return std::all_of(employees.begin(), employees.end(), [&](const people::Employee& employee) {
      const auto it = got_.find(employee.name);
      return right(employee.name, it == got_.end() ? 0 : it->second);
    });
  }

  static std::string text_of(const std::map<std::string, int>& numbers) {
    std::string out;
    for (const auto& [name, number] : numbers)
      out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", name, number);
    return "{ " + out + " }";
  }

  void differ(const yaml::Place& place, std::string what) {
    yaml::Place opened = place;
    opened.file = configuration_.path_of(place.file);
    out_.differences.push_back({std::move(opened), std::move(what)});
  }

  const config::Configuration& configuration_;
  const DistributionTest& test_;
  TimePoint clock_;
  distribution::Turns turns_;
  std::map<std::string, int> load_;
  std::map<std::string, std::vector<TimePoint>> given_;
  std::map<std::string, int> got_;
  std::int64_t number_ = 0;
  RuleTestRun out_;
};

}  // namespace

RuleTestRun run_rule_test(const config::Configuration& configuration, const DistributionTest& test,
                          TimePoint now) {
  return World(configuration, test, now).run();
}

}  // namespace b24gate::cli
