// Presence: what is asked, and what answers mean, against shapes of the vendor's documentation.
#include "presence/reading.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <numeric>
#include <sstream>

using namespace b24gate;
using namespace b24gate::presence;
using people::WorkingDay;
using portal::Class;
using portal::Outcome;

namespace {

const TimeZone& moscow() {
  static const TimeZone zone = TimeZone::find("Europe/Moscow").value();
  return zone;
}
TimePoint at(std::string_view text) { return *parse_iso(text, moscow()); }
const TimePoint now = at("2026-12-01T14:30");

Outcome says(std::string_view text) {
  Outcome out;
  out.cls = Class::success;
  out.result = json::parse(text).value();
  return out;
}

Outcome refused(Class cls, std::string code, portal::Scope scope = portal::Scope::object) {
  Outcome out;
  out.cls = cls;
  out.code = std::move(code);
  out.scope = scope;
  return out;
}

}  // namespace

TEST_CASE("what is asked: 50 commands a request, users and calendars 50 at a time") {
  std::vector<std::int64_t> all(80);
  std::iota(all.begin(), all.end(), 1);
  Reading reading({all, {}, all, all}, moscow(), now);
  std::size_t requests = 0;
  std::map<std::string, int> methods;
  for (auto commands = reading.next(); !commands.empty(); commands = reading.next()) {
    ++requests;
    CHECK(commands.size() <= 50);
    for (const auto& command : commands) ++methods[command.method];
    reading.take(std::vector<Outcome>(commands.size(), refused(Class::ambiguous, "")), now);
  }
  CHECK(requests == 2);
  CHECK(methods["timeman.status"] == 80);
  CHECK(methods["user.get"] == 2);
  CHECK(methods["calendar.accessibility.get"] == 2);
  CHECK(reading.heard().days.empty());
  CHECK(reading.heard().timeman.refused.empty());

  const auto commands = Reading({{12}, {12}, {12}, {12, 14}}, moscow(), now).next();
  REQUIRE(commands.size() == 4);
  CHECK(commands[1].params["users"] == json::Value(json::Array{12, 14}));
  CHECK(commands[1].params["from"].text() == "2026-11-30");
  CHECK(commands[1].params["to"].text() == "2026-12-02");
  CHECK(commands[2].method == "timeman.settings");
}

TEST_CASE("the working day: every state, with what comes with it and without") {
  struct Row {
    const char* answer;
    std::optional<WorkingDay> state;
    std::optional<TimePoint> since;
  };
  const Row rows[] = {
      {R"({"STATUS":"OPENED","TIME_START":"2026-12-01T09:02:00+03:00","TIME_FINISH":null})",
       WorkingDay::opened, at("2026-12-01T09:02")},
      {R"({"STATUS":"CLOSED","TIME_START":"2026-12-01T09:02:00+03:00","TIME_FINISH":"2026-12-01T13:40:00+03:00"})",
       WorkingDay::closed, at("2026-12-01T13:40")},
      {R"({"STATUS":"CLOSED"})", WorkingDay::closed, std::nullopt},  // never opened a day
      {R"({"STATUS":"PAUSED","TIME_START":"2026-12-01T09:02:00+03:00"})", WorkingDay::paused, now},
      {R"({"STATUS":"EXPIRED","TIME_START":"2026-11-30T08:00:01+03:00","TIME_FINISH":null})",
       WorkingDay::expired, at("2026-11-30T08:00:01")},
      {R"({"STATUS":"OPENED","TIME_START":""})", WorkingDay::opened, std::nullopt},
      {R"({"STATUS":"SOMETHING"})", std::nullopt, std::nullopt},
      {R"([])", std::nullopt, std::nullopt},
  };
  for (const auto& row : rows) {
    CAPTURE(row.answer);
    Reading reading({{}, {}, {12}, {}}, moscow(), now);
    reading.take({says(row.answer)}, now);
    const auto& days = reading.heard().days;
    REQUIRE(days.contains(12) == row.state.has_value());
    if (!row.state) continue;
    CHECK(days.at(12).state == *row.state);
    CHECK(days.at(12).since == row.since);
    CHECK(days.at(12).heard_at == now);
  }
}

TEST_CASE("settings, dismissal: in any of the portal's spellings") {
  const std::pair<const char*, std::optional<bool>> settings[] = {
      {R"({"UF_TIMEMAN":true})", true},
      {R"({"UF_TIMEMAN":"N"})", false},
      {R"({"UF_TIMEMAN":false,"ADMIN":true})", false},
      {R"({"UF_TIMEMAN":"Y"})", true},
      {R"({})", std::nullopt},
  };
  for (const auto& row : settings) {
    CAPTURE(row.first);
    Reading reading({{}, {12}, {}, {}}, moscow(), now);
    reading.take({says(row.first)}, now);
    const auto& tracked = reading.heard().tracked;
    CHECK((tracked.contains(12) ? std::optional(tracked.at(12)) : std::nullopt) == row.second);
  }
  Reading reading({{12, 14, 31}, {}, {}, {}}, moscow(), now);
  reading.take({says(R"([{"ID":"12","ACTIVE":true},{"ID":"14","ACTIVE":false}])")}, now);
  CHECK(reading.heard().users.at(12).active);
  CHECK_FALSE(reading.heard().users.at(14).active);
  CHECK_FALSE(reading.heard().users.contains(31));
}

TEST_CASE("absences: absent ones only, hours by their instants, whole days by their dates") {
  Reading reading({{}, {}, {}, {1, 34, 12}}, moscow(), now);
  // 2026-12-01 12:00 to 15:00 in Moscow; whole days 2026-12-01 to 03 told in UTC, and in the portal's zone.
  reading.take({says(R"({"1":[
     {"DATE_FROM_TS_UTC":"1796115600","DATE_TO_TS_UTC":"1796126400","DT_SKIP_TIME":"N","ACCESSIBILITY":"absent"},
     {"DATE_FROM_TS_UTC":"1796115600","DATE_TO_TS_UTC":"1796126400","DT_SKIP_TIME":"N","ACCESSIBILITY":"busy"},
     {"DATE_FROM_TS_UTC":"1796083200","DATE_TO_TS_UTC":"1796256000","DT_SKIP_TIME":"Y","ACCESSIBILITY":"absent"},
     {"DATE_FROM_TS_UTC":"1796072400","DATE_TO_TS_UTC":"1796245200","DT_SKIP_TIME":"Y","ACCESSIBILITY":"absent"},
     {"DATE_FROM_TS_UTC":"","DATE_TO_TS_UTC":"1","DT_SKIP_TIME":"N","ACCESSIBILITY":"absent"}],"34":[]})")},
               now);
  const auto& one = reading.heard().absences.at(1).absences;
  REQUIRE(one.size() == 3);
  CHECK(one[0].from == at("2026-12-01T12:00"));
  CHECK(one[0].to == at("2026-12-01T15:00"));
  CHECK_FALSE(one[0].first_day);
  CHECK(one[1].first_day == 20788);
  CHECK(one[1].last_day == 20790);
  CHECK(one[2].first_day == 20788);
  CHECK(one[2].last_day == 20790);
  CHECK(reading.heard().absences.at(34).absences.empty());
  CHECK(reading.heard().absences.at(12).absences.empty());

  Reading nobody({{}, {}, {}, {12}}, moscow(), now);
  nobody.take({says("[]")}, now);
  CHECK(nobody.heard().absences.contains(12));
}

TEST_CASE("refused is what nobody is answered for; one person's refusal is theirs") {
  Reading all({{}, {}, {12, 14}, {}}, moscow(), now);
  all.take({refused(Class::permanent, ""), refused(Class::permanent, "")}, now);
  CHECK(all.heard().timeman.refused == "access denied");

  Reading one({{}, {}, {12, 14}, {}}, moscow(), now);
  one.take({refused(Class::permanent, ""), says(R"({"STATUS":"OPENED"})")}, now);
  CHECK(one.heard().timeman.refused.empty());
  CHECK(one.heard().days.size() == 1);

  Reading scope({{}, {}, {}, {12}}, moscow(), now);
  scope.take({refused(Class::auth, "insufficient_scope", portal::Scope::method)}, now);
  CHECK(scope.heard().absence.refused == "insufficient_scope");

  // What concerns the whole portal is the lane's to tell.
  Reading portal({{}, {}, {12}, {}}, moscow(), now);
  portal.take({refused(Class::auth, "NO_AUTH_FOUND", portal::Scope::portal)}, now);
  CHECK(portal.heard().timeman.refused.empty());

  CHECK(refusal_advice("timeman", "insufficient_scope").find("tick timeman") != std::string::npos);
  CHECK(refusal_advice("absence", "insufficient_scope").find("tick calendar") != std::string::npos);
  CHECK(refusal_advice("timeman", "access denied").find("working time") != std::string::npos);
}
