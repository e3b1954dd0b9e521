#include "people/people.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using namespace b24gate::people;

namespace {

struct NoSecrets final : yaml::SecretSource {
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return fail(ErrorKind::config, "", "no secrets here");
  }
};

struct Reading {
  Roster roster;
  std::string problems;
};

Reading read(const std::string& text) {
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto root = yaml::parse(text, "e.yaml", problems);
  Reading out;
  if (root) out.roster = Roster::read(*root, context);
  out.problems = problems.text();
  return out;
}

const std::string example = R"(
schedules:
  office: { days: mon-fri, hours: "09:00-18:00", time_zone: Europe/Moscow, holidays: ru }
employees:
  ivanov:  { user_id: 12, extension: "101", schedule: office, weight: 2, max_open: 15, title: Иванов Пётр }
  petrova: { user_id: 14, extension: "102", schedule: office }
  hr:      { user_id: 31 }
  sidorova: { user_id: 7 }
groups:
  gpu-siberia: { members: [ivanov, petrova], choose: least_loaded }   # round_robin | weighted | least_loaded
account_manager: sidorova
presence: { from: [timeman, schedule], refresh: 60s, stale_after: 10m }
)";

TimePoint at(std::string_view text) { return *parse_iso(text, TimeZone::utc()); }

}  // namespace

TEST_CASE("the example of the product is read whole") {
  const auto [roster, problems] = read(example);
  CHECK(problems == "");
  REQUIRE(roster.employees().size() == 4);
  const auto* ivanov = roster.employee("ivanov");
  REQUIRE(ivanov);
  CHECK(ivanov->user_id == 12);
  CHECK(ivanov->title == "Иванов Пётр");
  CHECK(ivanov->extension == "101");
  CHECK(ivanov->weight == 2);
  CHECK(ivanov->max_open == 15);
  CHECK(ivanov->place.text() == "e.yaml:5:3");
  CHECK(roster.employee("petrova")->title == "petrova");
  CHECK(roster.employee("petrova")->weight == 1);
  CHECK_FALSE(roster.employee("petrova")->max_open);
  CHECK(roster.by_user_id(14) == roster.employee("petrova"));
  CHECK(roster.by_extension("101") == ivanov);
  CHECK(roster.by_extension("") == nullptr);
  CHECK(roster.by_user_id(0) == nullptr);
  CHECK(roster.employee("ivan") == nullptr);
  REQUIRE(roster.group("gpu-siberia"));
  CHECK(roster.group("gpu-siberia")->members == std::vector<std::string>{"ivanov", "petrova"});
  CHECK(name(roster.group("gpu-siberia")->choose) == "least_loaded");
  CHECK(roster.account_manager()->name == "sidorova");
  CHECK(roster.presence().from == std::vector<std::string>{"timeman", "schedule"});
  CHECK(roster.presence().stale_after == Milliseconds{600'000});
  CHECK(roster.schedule_names() == std::vector<std::string>{"office"});
  CHECK(roster.assignable_names() ==
        std::vector<std::string>{"ivanov", "petrova", "hr", "sidorova", "gpu-siberia"});
}

TEST_CASE("presence by the schedule says why in both languages") {
  const auto [roster, problems] = read(example);
  const auto presence = presence_by_schedule(roster);
  const auto late = presence(*roster.employee("ivanov"), at("2026-03-02T23:10:00+03:00"));
  CHECK_FALSE(late.present);
  CHECK(late.why == "outside office hours (schedule)");
  CHECK(late.why_russian == "вне рабочего времени");
  CHECK(presence(*roster.employee("ivanov"), at("2026-03-02T10:00:00+03:00")).present);
  CHECK(presence(*roster.employee("hr"), at("2026-03-02T23:10:00+03:00")).present);
}

TEST_CASE("a day begins at midnight of the schedule's zone") {
  const auto [roster, problems] = read(R"(
schedules:
  tomsk: { hours: "09:00-18:00", time_zone: Asia/Tomsk }
employees:
  there: { user_id: 1, schedule: tomsk, max_per_day: 5, max_per_hour: 2 }
  anywhere: { user_id: 2 }
account_manager: anywhere
)");
  CHECK(problems == "");
  CHECK(roster.employee("there")->max_per_day == 5);
  CHECK(roster.employee("there")->max_per_hour == 2);
  const TimePoint t = at("2026-03-02T22:30:00+03:00");
  CHECK(day_begins(roster, *roster.employee("there"), t) == at("2026-03-03T00:00:00+07:00"));
  CHECK(day_begins(roster, *roster.employee("anywhere"), t) == at("2026-03-02T00:00:00+03:00"));
}

TEST_CASE("what does not fit together is found, all of it") {
  const auto problems = read(R"(schedules:
  office: { hours: "09:00-18:00" }
employees:
  ivanov: { user_id: 12, extension: "101", schedule: ofice }
  petrova: { user_id: 12, extension: "101" }
  sidorov: { user_id: 0, weight: 0, max_open: 0, max_per_day: 0, max_per_hour: -1 }
  orlov: { user_id: abc, weigth: 2 }
  head: { user_id: 40 }
groups:
  ivanov: { members: [petrova] }
  gpu: { members: [petrov, sidorov, sidorov], choose: random }
  empty: { members: [] }
account_manager: sidorow
presence: { from: [timeman, skedule], refresh: 0s }
)")
                            .problems;
  CHECK(problems ==
        "e.yaml:4:54: unknown schedule 'ofice'; did you mean 'office'?\n"
        "e.yaml:5:23: 'ivanov' and 'petrova' have one user_id: 12\n"
        "e.yaml:5:38: 'ivanov' and 'petrova' have one extension: 101\n"
        "e.yaml:6:23: user_id: expected the id of a portal user, 1 or more\n"
        "e.yaml:6:34: weight: expected 1 or more, found 0\n"
        "e.yaml:6:47: max_open: expected 1 or more, found 0\n"
        "e.yaml:6:63: max_per_day: expected 1 or more, found 0\n"
        "e.yaml:6:80: max_per_hour: expected 1 or more, found -1\n"
        "e.yaml:7:21: expected a whole number, found 'abc'\n"
        "e.yaml:7:26: unknown key 'weigth'; did you mean 'weight'?\n"
        "e.yaml:8:3: 'head' is a word with a meaning of its own; choose another name\n"
        "e.yaml:10:3: group 'ivanov' is named like an employee; rules could not tell them apart\n"
        "e.yaml:11:20: unknown employee 'petrov'; did you mean 'petrova'?\n"
        "e.yaml:11:37: 'sidorov' is in group 'gpu' twice\n"
        "e.yaml:11:55: unknown value 'random'; known: round_robin, weighted, least_loaded, first_present\n"
        "e.yaml:12:3: group 'empty' has no members: nobody could be chosen\n"
        "e.yaml:13:18: unknown employee 'sidorow'; did you mean 'sidorov'?\n"
        "e.yaml:14:29: unknown value 'skedule'; did you mean 'schedule'?\n"
        "e.yaml:14:48: expected a duration longer than nothing\n");
  CHECK(read("employees: [ivanov]\n").problems ==
        "e.yaml:1:1: missing value: 'account_manager:' is required\n"
        "e.yaml:1:12: expected a map of names, found a list\n");
  CHECK(read("employees:\n  'a,b': { user_id: 1 }\naccount_manager: 'a,b'\n").problems ==
        "e.yaml:2:3: 'a,b' cannot be a name: it is empty, or has a comma, a slash or outer spaces\n");
}

TEST_CASE("the schema names every key and closes the maps") {
  yaml::Schemas schemas;
  const auto schema = schemas.document("employees", Roster::schema(schemas));
  CHECK(schema["$schema"].text() == "http://json-schema.org/draft-07/schema#");
  CHECK(schema["additionalProperties"].boolean() == false);
  const auto& employee = schema["properties"]["employees"]["additionalProperties"];
  CHECK(employee["properties"].object_if()->find("max_open"));
  CHECK(employee["required"].at(0).text() == "user_id");
  const auto& schedule = schema["properties"]["schedules"]["additionalProperties"];
  CHECK(schedule["properties"].object_if()->find("holidays"));
}
