// What the tests of distribution share: reading rules from a text, events from a few lines.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "distribution/distribution.hpp"
#include "mapping/mapping.hpp"

namespace b24gate::distribution::testing {

struct NoSecrets final : yaml::SecretSource {
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return fail(ErrorKind::config, "", "no secrets here");
  }
};

inline const std::string employees = R"(
schedules:
  office: { days: mon-fri, hours: "09:00-18:00", time_zone: Europe/Moscow, holidays: ru }
  night: { days: mon-sun, hours: "22:00-06:00" }
employees:
  ivanov:  { user_id: 12, extension: "101", schedule: office, weight: 2, max_open: 15, title: Иванов }
  petrova: { user_id: 14, extension: "102", schedule: office, title: Петрова }
  orlov: { user_id: 15, schedule: office }
  hr:      { user_id: 31, schedule: office }
  sidorova: { user_id: 7, schedule: office, title: Сидорова }
  call-centre: { user_id: 50 }
groups:
  gpu-siberia: { members: [ivanov, petrova], choose: least_loaded }
  gpu: { members: [ivanov, petrova, orlov] }
  shares: { members: [ivanov, petrova, orlov], choose: weighted }
  line: { members: [petrova, orlov], choose: first_present }
account_manager: sidorova
)";

struct Reading {
  people::Roster roster;
  Rules rules;
  std::string problems;
};

inline mapping::Dictionaries dictionaries() {
  mapping::Dictionary directions;
  directions.name = "directions";
  directions.entries = {{"гпу", "45"}, {"когенерация", "46"}};
  return mapping::Dictionaries({directions});
}

inline Reading read(const std::string& text, const std::string& people = employees) {
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  Reading out;
  const auto roster = yaml::parse(people, "employees.yaml", problems);
  if (roster) out.roster = people::Roster::read(*roster, context);
  const auto root = yaml::parse(text, "mappings/distribution.yaml", problems);
  if (root) out.rules = Rules::read(*root, out.roster, dictionaries(), context);
  out.problems = problems.text();
  return out;
}

inline Reading good(const std::string& text) {
  auto out = read(text);
  CHECK(out.problems == "");
  return out;
}

inline TimePoint at(std::string_view text) {
  const auto t = parse_iso(text, TimeZone::utc());
  REQUIRE(t);
  return *t;
}

// `json` is an event's JSON.
inline Facts facts(std::string_view json = "{}", std::string_view when = "2026-03-03T12:00:00+03:00") {
  const auto event = json::parse(json);
  REQUIRE(event);
  Facts out;
  out.scope = mapping::scope_of(*event, "site-tilda", "Сайт", "tilda");
  out.at = at(when);
  return out;
}

inline Decision decide(const Reading& reading, const Facts& facts, const Turns& turns = {},
                       const people::LoadOf& load = {}) {
  return reading.rules.decide(facts, reading.roster,
                              {people::presence_by_schedule(reading.roster), load, {}, turns});
}

// Whether `when` holds for the event.
inline bool holds(const std::string& when, std::string_view json,
                  std::string_view time = "2026-03-03T12:00:00+03:00") {
  const auto reading = good("rules:\n  - { name: r, when: " + when + ", assign: hr }\n");
  return decide(reading, facts(json, time)).rule == "r";
}

}  // namespace b24gate::distribution::testing
