// Whoever is not at work gets nothing: the working day, absences, dismissal, a word of an administrator; and
// the load that the portal and we know of.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <map>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

namespace {

constexpr int ivanov = 12;
constexpr int petrova = 14;
constexpr int account_manager = 7;

// Ivanov gets everything, Petrova when he cannot be chosen, whatever time it is.
void write_people(const World& world, const std::string& presence,
                  const std::string& choose = "first_present") {
  world.folder.write("mappings/employees.yaml", fmt::format(R"(
schedules:
  always: {{ days: mon-sun, hours: "00:00-24:00" }}
employees:
  ivanov: {{ user_id: 12, title: Иванов, schedule: always }}
  petrova: {{ user_id: 14, title: Петрова, schedule: always }}
  hr: {{ user_id: 31 }}
  sidorova: {{ user_id: 7 }}
groups:
  gpu: {{ members: [ivanov, petrova], choose: {1} }}
  gpu-siberia: {{ members: [petrova, ivanov] }}
account_manager: sidorova
presence: {0}
)",
                                                            presence, choose));
  world.folder.write("mappings/distribution.yaml", R"(
rules:
  - name: газопоршневые установки
    when: { text: { words: [ГПУ] } }
    assign: gpu
fallback: { assign: account_manager }
)");
}

const std::string often = "{ from: [timeman, absence, schedule], refresh: 1s, stale_after: 10m }";

void seed(const World& world, const std::string& json) {
  REQUIRE(e2e::request("POST", world.portal_port, "/sandbox/seed", json, "application/json").status == 201);
}

json::Value person(const World& world, const std::string& name) {
  const auto answer = e2e::request("GET", world.admin_port, "/api/v1/presence/" + name);
  REQUIRE(answer.status == 200);
  return answer.json();
}

bool becomes(const World& world, const std::string& name, bool present) {
  return e2e::wait_until([&] { return person(world, name)["present"].boolean() == present; });
}

// Posts an enquiry of somebody new; who got it.
struct Given {
  std::int64_t user = 0;
  json::Value assignment;
  [[nodiscard]] std::string why_not(const std::string& employee) const {
    const auto* considered = assignment["considered"].array_if();
    REQUIRE(considered);
    for (const auto& one : *considered) {
      if (one["employee"].text() == employee) return one["skipped"].text();
    }
    return "was not considered";
  }
};

Given enquire(const World& world) {
  static int number = 0;
  const auto answer = world.post(
      "any/any-secret", fmt::format(R"({{"phone":"+7903000{:04}","message":"Нужна ГПУ"}})", ++number),
      "application/json");
  REQUIRE(answer.status == 200);
  REQUIRE(world.settled());
  std::string newest;
  std::int64_t highest = 0;
  for (const auto& event : world.event_list()) {
    const auto n = json::Value(event["id"].text().substr(1)).integer().value_or(0);
    if (n > highest) {
      highest = n;
      newest = event["id"].text();
    }
  }
  const auto story = json::parse(world.run({"show", newest, "--json"}).text);
  REQUIRE(story);
  Given out;
  out.assignment = (*story)["assignment"];
  out.user = out.assignment["user_id"].integer().value_or(0);
  return out;
}

}  // namespace

TEST_CASE("somebody closes the working day: the next enquiry goes to the other, and the reason says so") {
  World world({.name = "presence"});
  write_people(world, often);
  world.start_sandbox();
  world.start_daemon();
  REQUIRE(e2e::wait_until([&] { return person(world, "ivanov")["signals"]["timeman"].is_object(); }));
  CHECK(enquire(world).user == ivanov);

  seed(world, R"({"users":[{"ID":12,"TIMEMAN":"CLOSED"}]})");
  REQUIRE(becomes(world, "ivanov", false));
  const Given closed = enquire(world);
  CHECK(closed.user == petrova);
  CHECK(closed.why_not("ivanov").starts_with("absent since "));
  CHECK(closed.why_not("ivanov").ends_with(" (timeman)"));

  seed(world, R"({"users":[{"ID":12,"TIMEMAN":"OPENED"},{"ID":14,"ACTIVE":false}]})");
  REQUIRE(becomes(world, "ivanov", true));
  CHECK(enquire(world).user == ivanov);
  REQUIRE(becomes(world, "petrova", false));
  CHECK(person(world, "petrova")["why"].text() == "dismissed (portal)");

  // An absence goes before an opened day.
  const auto now = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  seed(world, fmt::format(R"({{"users":[{{"ID":14,"ACTIVE":true}}],
                               "absences":[{{"USER_ID":12,"NAME":"Отпуск","FROM":"{}","TO":"{}"}}]}})",
                          to_iso(now - std::chrono::hours{2}, TimeZone::utc()),
                          to_iso(now + std::chrono::hours{2}, TimeZone::utc())));
  REQUIRE(becomes(world, "ivanov", false));
  REQUIRE(becomes(world, "petrova", true));
  const Given absent = enquire(world);
  CHECK(absent.user == petrova);
  CHECK(absent.why_not("ivanov").ends_with(" (absence)"));
  CHECK(absent.why_not("ivanov").find("Отпуск") == std::string::npos);
}

TEST_CASE("away: by the command and over HTTP, while the daemon runs and while it does not") {
  World world({.name = "away"});
  write_people(world, often);
  world.start_sandbox();
  world.start_daemon();
  CHECK(enquire(world).user == ivanov);

  CHECK(world.run({"away", "ivanov", "--until", "2h", "--why", "у зубного"}).code == 0);
  const Given given = enquire(world);  // at once: no reading of the portal is waited for
  CHECK(given.user == petrova);
  CHECK(given.why_not("ivanov").starts_with("away until "));
  CHECK(given.why_not("ivanov").find("зубного") == std::string::npos);
  const auto listed = json::parse(world.run({"away", "--json"}).text);
  REQUIRE(listed);
  CHECK((*listed).at(0)["employee"].text() == "ivanov");
  CHECK((*listed).at(0)["why"].text() == "у зубного");
  CHECK(person(world, "ivanov")["signals"]["away"]["why"].text() == "у зубного");

  const auto put = e2e::request("PUT", world.admin_port, "/api/v1/presence/petrova",
                                R"({"away_until":"2099-01-01T09:00","why":"отпуск"})", "application/json");
  CHECK(put.status == 400);  // more than a year away
  const auto tomorrow = e2e::request("PUT", world.admin_port, "/api/v1/presence/petrova",
                                     R"({"away_until":"tomorrow"})", "application/json");
  CHECK(tomorrow.status == 200);
  CHECK(tomorrow.json()["present"].boolean() == false);
  CHECK(enquire(world).user == account_manager);

  // What was set survives a restart; while the daemon is down the command works on the journal alone.
  world.daemon().signal(SIGTERM);
  REQUIRE(world.daemon().wait() == 0);
  CHECK(world.run({"away", "petrova", "--back"}).code == 0);
  world.start_daemon();
  CHECK_FALSE(*person(world, "ivanov")["present"].boolean());
  CHECK(enquire(world).user == petrova);
  CHECK(e2e::request("DELETE", world.admin_port, "/api/v1/presence/ivanov").json()["present"].boolean() ==
        true);
  CHECK(enquire(world).user == ivanov);

  const auto everybody = e2e::request("GET", world.admin_port, "/api/v1/presence").json();
  CHECK(everybody["employees"].size() == 4);
  CHECK(everybody["employees"].at(3)["employee"].text() == "sidorova");
  const auto nobody =
      e2e::request("PUT", world.admin_port, "/api/v1/presence/ivanv", "{}", "application/json");
  CHECK(nobody.status == 404);
  CHECK(nobody.json()["message"].text().find("did you mean ivanov?") != std::string::npos);
  const auto typo = world.run({"away", "ivanv", "--until", "2h"});
  CHECK(typo.code == 2);
  CHECK(typo.errors.find("did you mean 'ivanov'?") != std::string::npos);
  CHECK(world.run({"away", "ivanov", "--until", "soon"}).code == 2);
  CHECK(world.run({"away", "ivanov"}).code == 2);
  CHECK(e2e::request("POST", world.admin_port, "/api/v1/presence/ivanov").status == 405);
}

TEST_CASE("a signal that grows old is not believed: the schedule decides and the reason says so") {
  World world({.name = "stale"});
  write_people(world, "{ from: [timeman, schedule], refresh: 1s, stale_after: 3s }");
  world.start_sandbox();
  seed(world, R"({"users":[{"ID":12,"TIMEMAN":"CLOSED"}]})");
  world.start_daemon();
  REQUIRE(becomes(world, "ivanov", false));
  CHECK(enquire(world).user == petrova);
  world.fault(R"({"kind":"insufficient_scope","method":"timeman.status"})");
  REQUIRE(becomes(world, "ivanov", true));
  const std::string why = person(world, "ivanov")["why"].text();
  CHECK(why.find("within always hours (schedule); timeman cannot be read: insufficient_scope") == 0);
  CHECK(enquire(world).user == ivanov);
  REQUIRE(e2e::wait_until([&] { return world.log().find("B24-6001") != std::string::npos; }));
  CHECK(world.log().find("tick timeman") != std::string::npos);
}

TEST_CASE("a burst is spread by load: what the portal has, and what was given a moment ago") {
  World world({.name = "burst"});
  write_people(world, "{ from: [schedule] }", "least_loaded");
  world.start_sandbox();
  for (int i = 0; i < 6; ++i)
    seed(world, R"({"entityTypeId":1,"fields":{"title":"в работе","assignedById":12}})");
  seed(world, R"({"entityTypeId":1,"fields":{"title":"закрыт","assignedById":14,"stageId":"JUNK"}})");
  seed(world, R"({"entityTypeId":2,"fields":{"title":"сделка","assignedById":14}})");
  world.start_daemon();
  REQUIRE(e2e::wait_until([&] { return person(world, "ivanov")["load"]["leads"].integer() == 6; }));
  REQUIRE(e2e::wait_until([&] { return person(world, "petrova")["load"]["deals"].integer() == 1; }));
  for (int i = 0; i < 25; ++i) {
    REQUIRE(world
                .post("any/any-secret",
                      fmt::format(R"({{"phone":"+7903001{:04}","message":"Нужна ГПУ"}})", i),
                      "application/json")
                .status == 200);
  }
  REQUIRE(world.settled());
  std::map<std::string, int> given;
  for (const auto& lead : world.leads()) ++given[lead["assignedById"].text()];
  CHECK(given["12"] == 10);  // 6 and 10
  CHECK(given["14"] == 15);  // 1 and 15
  CHECK(person(world, "ivanov")["load"]["leads"].integer() == 16);
  CHECK(person(world, "petrova")["load"]["leads"].integer() == 15);
  const auto story = json::parse(world.run({"show", "e25", "--json"}).text);
  REQUIRE(story);
  CHECK((*story)["assignment"]["reason"].text().find("least loaded of 2 present") != std::string::npos);
}

TEST_CASE("check --portal says when working days or calendars cannot be read") {
  World world({.name = "check-presence"});
  write_people(world, often);
  world.start_sandbox();
  CHECK(world.run({"check", "--portal"}).code == 0);
  world.fault(R"({"kind":"insufficient_scope","method":"timeman.status"})");
  const auto refused = world.run({"check", "--portal"});
  CHECK(refused.code == 1);
  CHECK(refused.text.find(
            "presence: timeman cannot be read from the portal (insufficient_scope): edit the inbound "
            "webhook in the portal, tick timeman") != std::string::npos);
  CHECK(refused.text.find("employees.yaml:13:") != std::string::npos);
}

TEST_CASE("a cap per day holds over a restart") {
  World world({.name = "caps"});
  write_people(world, "{ from: [schedule] }");
  std::string people = e2e::read_file(world.folder.path() + "/mappings/employees.yaml");
  const std::string ivanov_is = "user_id: 12,";
  people.replace(people.find(ivanov_is), ivanov_is.size(), ivanov_is + " max_per_day: 2,");
  world.folder.write("mappings/employees.yaml", people);
  world.start_sandbox();
  world.start_daemon();
  CHECK(enquire(world).user == ivanov);
  CHECK(enquire(world).user == ivanov);
  world.daemon().signal(SIGTERM);
  REQUIRE(world.daemon().wait() == 0);
  world.start_daemon();
  const Given third = enquire(world);
  CHECK(third.user == petrova);
  CHECK(third.why_not("ivanov") == "was given 2 of at most 2 today");
}
