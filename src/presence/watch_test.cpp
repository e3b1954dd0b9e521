// Reading the portal for Staff, against the stand-in portal.
#include "presence/watch.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "journal/records.hpp"
#include "journal/testing/fixture.hpp"
#include "log/log.hpp"
#include "sandbox/portal_fixture.hpp"

using namespace b24gate;
using namespace b24gate::presence;
using namespace std::chrono_literals;
using journal::testing::Fixture;
using portal::Class;
using portal::Command;
using portal::Outcome;

namespace {

struct NoSecrets final : yaml::SecretSource {
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return fail(ErrorKind::config, "", "no secrets here");
  }
};

std::shared_ptr<const config::Configuration> configured(const std::string& presence,
                                                        const std::string& choose = "round_robin") {
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto root = yaml::parse(fmt::format(R"(
schedules:
  office: {{ days: mon-fri, hours: "09:00-18:00", time_zone: Europe/Moscow }}
employees:
  smirnova: {{ user_id: 6, schedule: office }}
  sidorova: {{ user_id: 7, schedule: office }}
  ivanov: {{ user_id: 12, schedule: office }}
  petrova: {{ user_id: 14, schedule: office }}
  morozov: {{ user_id: 25, schedule: office }}
  belova: {{ user_id: 34, schedule: office }}
  novikov: {{ user_id: 37, schedule: office }}
  sokolov: {{ user_id: 40, schedule: office }}
groups:
  gpu: {{ members: [ivanov, petrova], choose: {} }}
account_manager: sidorova
presence: {}
)",
                                            choose, presence),
                                "employees.yaml", problems);
  REQUIRE(root);
  auto out = std::make_shared<config::Configuration>();
  out->roster = people::Roster::read(*root, context);
  REQUIRE(problems.text() == "");
  out->hash = presence + choose;
  out->portal.time_zone = TimeZone::find("Europe/Moscow").value();
  return out;
}

const std::string everything = "{ from: [timeman, absence, schedule], refresh: 60s, stale_after: 10m }";

// The daemon's part: a journal, a Staff, a Watch; the portal is the sandbox, and its clock is everybody's.
struct Bench {
  explicit Bench(std::shared_ptr<const config::Configuration> configuration)
      : current(std::move(configuration)) {
    portal.portal.set_limits(json::parse(R"({"rate":100000,"burst":100000})").value());
    log::set_sink([this](log::Level, std::string_view line) { lines.emplace_back(line); });
    restart();
  }
  ~Bench() { log::set_sink({}); }

  void restart() {
    watch.reset();
    staff.emplace(*fixture.journal, portal.clock);
    REQUIRE(staff->prepare(current.get()->roster));
    watch.emplace(
        current,
        [this](const std::vector<Command>& commands,
               portal::Priority priority) -> std::optional<std::vector<Outcome>> {
          if (closed) return std::nullopt;
          asked.push_back(commands);
          priorities.push_back(priority);
          std::vector<Outcome> out;
          for (const auto& command : commands) out.push_back(answer(command));
          return out;
        },
        *staff, *fixture.journal, portal.clock, &notices);
  }
  Outcome answer(const Command& command) {
    if (silent) return {};
    const auto body = portal.call(command.method, command.params);
    Outcome out;
    if (portal.status != 200) {
      out.cls = Class::auth;
      out.code = body["error"].text();
      return out;
    }
    out.cls = Class::success;
    out.result = body["result"];
    return out;
  }
  void pass(Milliseconds time) {
    portal.clock.advance(time);
    watch->turn();
  }
  [[nodiscard]] people::Presence of(const char* name) {
    const auto configuration = current.get();
    return staff->presence(configuration->roster, configuration->portal.time_zone)(
        *configuration->roster.employee(name), portal.clock.now());
  }
  [[nodiscard]] std::string why(const char* name) { return of(name).why; }
  [[nodiscard]] std::optional<people::Load> load(const char* name) {
    return staff->load()(*current.get()->roster.employee(name));
  }
  [[nodiscard]] std::size_t count(const std::string& method) const {
    std::size_t out = 0;
    for (const auto& commands : asked) {
      for (const auto& command : commands) out += command.method == method ? 1 : 0;
    }
    return out;
  }
  [[nodiscard]] std::size_t told(std::string_view id) const {
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(id) != std::string::npos;
    }));
  }
  void user(std::int64_t id, const std::function<void(sandbox::User&)>& change) {
    portal.portal.with_store([&](sandbox::Store& store, sandbox::Faults&) { change(*store.user(id)); });
  }

  Fixture fixture;
  sandbox::PortalFixture portal;
  config::Current current;
  bool closed = false;
  bool silent = false;  // no answer comes
  std::vector<std::vector<Command>> asked;
  std::vector<portal::Priority> priorities;
  std::vector<std::string> lines;
  delivery::Notices notices;
  std::optional<Staff> staff;
  std::optional<Watch> watch;
};

std::string added(sandbox::PortalFixture& portal, int type, std::string_view fields) {
  const auto answer = portal.call(
      "crm.item.add", json::Value::object({{"entityTypeId", type}, {"fields", json::parse(fields).value()}}));
  return answer["result"]["item"]["id"].text();
}

void changed(sandbox::PortalFixture& portal, int type, const std::string& id, std::string_view fields) {
  portal.call(
      "crm.item.update",
      json::Value::object({{"entityTypeId", type}, {"id", id}, {"fields", json::parse(fields).value()}}));
  REQUIRE(portal.status == 200);
}

}  // namespace

TEST_CASE("everybody's state is heard in one request, and again every refresh") {
  Bench bench(configured(everything));
  CHECK(bench.why("ivanov") ==
        "within office hours (schedule); absence not heard yet; timeman not heard yet");
  bench.watch->turn();
  CHECK(bench.asked.size() == 1);
  CHECK(bench.why("ivanov") == "at work since 09:00 (timeman)");
  CHECK(bench.why("smirnova") == "absent: the working day of 2026-05-31 09:00 was never closed (timeman)");
  CHECK(bench.why("morozov") == "absent since 2026-05-31 18:00 (timeman)");
  CHECK(bench.why("belova") == "on a break since 11:00 (timeman)");
  CHECK(bench.why("novikov") == "absent since 2026-05-30 11:00 until 2026-06-15 11:00 (absence)");
  CHECK(bench.why("sokolov") == "dismissed (portal)");

  bench.pass(59s);
  CHECK(bench.asked.size() == 1);
  bench.user(12, [](sandbox::User& user) { user.working_day = "PAUSED"; });
  bench.pass(1s);
  CHECK(bench.asked.size() == 2);
  CHECK(bench.why("ivanov") == "on a break since 11:01 (timeman)");
  bench.pass(60s);
  CHECK(bench.why("ivanov") == "on a break since 11:01 (timeman)");  // the same break
  CHECK(bench.count("timeman.settings") == 8);                       // once an hour
}

TEST_CASE("whose working day is not kept is not asked about it, until it is") {
  Bench bench(configured(everything));
  bench.user(25, [](sandbox::User& user) { user.timeman = false; });
  bench.watch->turn();
  CHECK(bench.why("morozov") == "within office hours (schedule)");
  const auto before = bench.count("timeman.status");
  bench.pass(60s);
  CHECK(bench.count("timeman.status") - before == 7);
  CHECK(bench.why("morozov") == "within office hours (schedule)");
  bench.user(25, [](sandbox::User& user) { user.timeman = true; });
  bench.pass(1h);
  CHECK(bench.why("morozov") == "absent since 2026-05-31 18:00 (timeman)");
}

TEST_CASE("schedules alone: only dismissals are asked for, every ten minutes") {
  Bench bench(configured("{ from: [schedule] }"));
  bench.watch->turn();
  CHECK(bench.asked.size() == 1);
  CHECK(bench.asked[0].size() == 1);
  CHECK(bench.asked[0][0].method == "user.get");
  CHECK(bench.why("sokolov") == "dismissed (portal)");
  CHECK(bench.why("morozov") == "within office hours (schedule)");
  bench.pass(9min);
  CHECK(bench.asked.size() == 1);
  bench.pass(1min);
  CHECK(bench.asked.size() == 2);
}

TEST_CASE("a source that is refused: told once, tried with one question, believed until it is old") {
  Bench bench(configured(everything));
  bench.watch->turn();
  bench.portal.fault(
      R"({"kind":"error","method":"timeman.status","status":400,"error":"","error_description":"User does not have access"})");
  const auto before = bench.count("timeman.status");
  bench.pass(60s);
  CHECK(bench.count("timeman.status") - before == 8);
  CHECK(bench.told("B24-6001") == 1);
  CHECK(bench.told("working time") == 1);
  REQUIRE(bench.notices.standing().size() == 1);
  CHECK(bench.notices.standing()[0].topic == "timeman.status");
  CHECK(bench.why("ivanov") == "at work since 09:00 (timeman)");
  CHECK(bench.why("novikov") == "absent since 2026-05-30 11:00 until 2026-06-15 11:00 (absence)");
  for (int minute = 0; minute < 15; ++minute) bench.pass(60s);
  CHECK(bench.count("timeman.status") - before == 10);  // at once, then every ten minutes
  CHECK(bench.told("B24-6001") == 1);
  CHECK(bench.why("ivanov") == "within office hours (schedule); timeman cannot be read: access denied");
  bench.portal.portal.with_store([](sandbox::Store&, sandbox::Faults& faults) { faults.clear(); });
  for (int minute = 0; minute < 6; ++minute) bench.pass(60s);
  CHECK(bench.told("B24-6002") == 1);
  bench.pass(1s);  // everybody else is asked about at once
  CHECK(bench.notices.standing().empty());
  CHECK(bench.why("ivanov") == "at work since 09:00 (timeman)");
}

TEST_CASE("it gives way to deliveries while what it knows is young, and asks nothing of a closed lane") {
  Bench bench(configured(everything));
  bench.watch->turn();
  bench.pass(60s);
  CHECK(bench.priorities.at(0) == portal::Priority::urgent);
  CHECK(bench.priorities.at(1) == portal::Priority::low);
  bench.closed = true;
  for (int minute = 0; minute < 14; ++minute) bench.pass(60s);
  CHECK(bench.asked.size() == 2);
  CHECK(bench.why("ivanov") ==
        "within office hours (schedule); absence last heard 14 min ago; timeman last heard 14 min ago");
  bench.closed = false;
  bench.pass(1s);
  CHECK(bench.priorities.back() == portal::Priority::urgent);
  CHECK(bench.why("ivanov") == "at work since 09:00 (timeman)");
}

TEST_CASE("a portal that does not answer is asked again soon, not after the next refresh") {
  Bench bench(configured(everything));
  bench.silent = true;
  bench.watch->turn();
  bench.pass(4s);
  CHECK(bench.asked.size() == 1);
  bench.pass(1s);
  CHECK(bench.asked.size() == 2);
  CHECK(bench.told("B24-6001") == 0);
  bench.silent = false;
  bench.pass(5s);
  CHECK(bench.why("ivanov") == "at work since 09:00 (timeman)");
  bench.pass(59s);
  CHECK(bench.asked.size() == 3);
}

TEST_CASE("a restart believes what is young, and no more") {
  Bench bench(configured(everything));
  bench.watch->turn();
  bench.portal.clock.advance(9min);
  bench.restart();
  CHECK(bench.why("belova") == "on a break since 11:00 (timeman)");
  CHECK(bench.why("novikov") == "absent since 2026-05-30 11:00 until 2026-06-15 11:00 (absence)");
  CHECK(bench.why("sokolov") == "dismissed (portal)");
  bench.portal.clock.advance(2min);
  CHECK(bench.why("belova") ==
        "within office hours (schedule); absence last heard 11 min ago; timeman last heard 11 min ago");
}

TEST_CASE("other people after a reload are asked about at once") {
  Bench bench(configured("{ from: [schedule] }"));
  bench.watch->turn();
  bench.current.swap(configured(everything));
  bench.pass(1s);
  CHECK(bench.why("belova") == "on a break since 11:00 (timeman)");
}

TEST_CASE("away: set here and by another process, seen at once") {
  Bench bench(configured("{ from: [schedule] }"));
  CHECK(bench.of("ivanov").present);
  const TimePoint until = bench.portal.clock.now() + 1h;
  {
    auto other = journal::Journal::open({bench.fixture.path(), "", false, false}, bench.portal.clock);
    REQUIRE(other);
    REQUIRE((*other)->write_now([&](journal::Tx& tx) {
      return journal::set_away(tx, "ivanov", {bench.portal.clock.now(), until, ""});
    }));
  }
  CHECK(bench.why("ivanov") == "away until 12:00 (set by hand)");
  bench.staff->set_away("petrova", {bench.portal.clock.now(), until, ""},
                        [](const Done& done) { CHECK(done); });
  REQUIRE(bench.fixture.journal->write_now([](journal::Tx&) { return Done(); }));  // behind it in the queue
  CHECK_FALSE(bench.of("petrova").present);
  bench.restart();
  CHECK_FALSE(bench.of("ivanov").present);
  bench.staff->set_back("ivanov", [](const Done& done) { CHECK(done); });
  REQUIRE(bench.fixture.journal->write_now([](journal::Tx&) { return Done(); }));
  CHECK(bench.of("ivanov").present);
  bench.portal.clock.advance(1h);
  CHECK(bench.of("petrova").present);
}

TEST_CASE("nobody reads cards while nobody asks how loaded people are") {
  Bench bench(configured("{ from: [schedule] }"));
  bench.watch->turn();
  CHECK(bench.count("crm.item.list") == 0);
  CHECK_FALSE(bench.load("ivanov"));
}

TEST_CASE("open leads and deals: read whole once, then what changed; closed and reassigned ones move") {
  Bench bench(configured("{ from: [schedule] }", "least_loaded"));
  auto& portal = bench.portal;
  std::string last;
  for (int i = 0; i < 120; ++i) last = added(portal, 1, R"({"title":"x","assignedById":12})");
  added(portal, 1, R"({"title":"x","assignedById":12,"stageId":"JUNK"})");
  const auto deal = added(portal, 2, R"({"title":"x","assignedById":14})");
  bench.watch->turn();
  CHECK(bench.load("ivanov")->leads == 120);
  CHECK(bench.load("ivanov")->deals == 0);
  CHECK(bench.load("petrova")->total() == 1);

  changed(portal, 1, last, R"({"assignedById":14})");
  changed(portal, 2, deal, R"({"stageId":"WON"})");
  bench.asked.clear();
  bench.pass(60s);
  CHECK(bench.load("ivanov")->leads == 119);
  CHECK(bench.load("petrova")->leads == 1);
  CHECK(bench.load("petrova")->deals == 0);

  // Nothing changes for an hour: one request a minute of two short pages.
  portal.clock.advance(1h);
  bench.pass(60s);
  bench.asked.clear();
  bench.pass(60s);
  CHECK(bench.count("crm.item.list") == 2);
  CHECK(bench.load("ivanov")->leads == 119);

  // A restart goes on where it was.
  bench.restart();
  CHECK(bench.load("ivanov")->leads == 119);
  bench.asked.clear();
  bench.watch->turn();
  CHECK(bench.count("crm.item.list") == 2);

  // What was deleted is found by the next whole pass.
  portal.call("crm.item.delete", json::Value::object({{"entityTypeId", 1}, {"id", last}}));
  bench.pass(60s);
  CHECK(bench.load("petrova")->leads == 1);
  bench.pass(24h);
  CHECK(bench.load("petrova")->leads == 0);
  CHECK(bench.load("ivanov")->leads == 119);
}

TEST_CASE(
    "a page that does not come is asked for again after a while, and nothing is counted before the last") {
  Bench bench(configured("{ from: [schedule] }", "least_loaded"));
  for (int i = 0; i < 60; ++i) added(bench.portal, 1, R"({"title":"x","assignedById":12})");
  bench.watch->turn();  // dismissals and the whole pass
  bench.restart();
  bench.asked.clear();
  bench.silent = true;
  bench.pass(1s);
  const auto asked = bench.count("crm.item.list");
  CHECK(asked == 2);
  bench.pass(1s);
  CHECK(bench.count("crm.item.list") == asked);
  bench.silent = false;
  bench.pass(5s);
  CHECK(bench.load("ivanov")->leads == 60);
  CHECK(bench.count("crm.item.list") == asked + 3);  // 60 cards are two pages
}

TEST_CASE("what we give counts at once and survives a restart; caps as well") {
  Bench bench(configured("{ from: [schedule] }", "least_loaded"));
  bench.watch->turn();
  const auto roster = bench.current.get();
  const auto& ivanov = *roster->roster.employee("ivanov");
  const TimePoint now = bench.portal.clock.now();
  const std::int64_t event = bench.fixture.add("k1");
  bench.staff->gave(event, ivanov, now);
  CHECK(bench.load("ivanov")->leads == 1);
  CHECK(bench.staff->given()(ivanov, now) == 1);
  journal::Plan plan;
  plan.assigned = "ivanov";
  plan.decision = "{}";
  plan.assignment = journal::Assignment{now, "ivanov", true, "", "group", R"({"absent":{}})", {}};
  REQUIRE(bench.fixture.journal->write_now([&](journal::Tx& tx) { return journal::plan(tx, event, plan); }));
  bench.restart();
  CHECK(bench.load("ivanov")->leads == 1);
  CHECK(bench.staff->given()(ivanov, now) == 1);
  CHECK(bench.staff->given()(ivanov, now + 1ms) == 0);
  {
    auto reader = bench.fixture.journal->reader();
    CHECK(journal::circumstances_of(*reader, event).value() == R"({"absent":{}})");
  }

  SUBCASE("it lands, and the portal tells of it") {
    const auto id = added(bench.portal, 1, R"({"title":"x","assignedById":12})");
    bench.staff->landed(event, json::Value(id).integer().value());
    CHECK(bench.load("ivanov")->leads == 1);
    bench.pass(60s);
    CHECK(bench.load("ivanov")->leads == 1);
    CHECK(bench.staff->given()(ivanov, now) == 1);
  }
  SUBCASE("another process discards it") {
    REQUIRE(bench.fixture.journal->write_now(
        [&](journal::Tx& tx) { return journal::discard(tx, event, "not wanted", now); }));
    bench.pass(60s);
    bench.pass(60s);
    CHECK(bench.load("ivanov")->leads == 0);
  }
}
