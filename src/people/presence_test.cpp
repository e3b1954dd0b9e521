#include "people/presence.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using namespace b24gate::people;
using namespace std::chrono_literals;

namespace {

struct NoSecrets final : yaml::SecretSource {
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return fail(ErrorKind::config, "", "no secrets here");
  }
};

Roster roster_of(const std::string& from) {
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto root = yaml::parse(R"(
schedules:
  office: { days: mon-fri, hours: "09:00-18:00", time_zone: Europe/Moscow, holidays: ru }
  tomsk: { days: mon-fri, hours: "09:00-18:00", time_zone: Asia/Tomsk }
employees:
  ivanov: { user_id: 12, schedule: office }
  petrova: { user_id: 14, schedule: tomsk }
  sidorova: { user_id: 7 }
account_manager: sidorova
presence: { stale_after: 10m, from: )" +
                                    from + " }\n",
                                "e.yaml", problems);
  REQUIRE(root);
  Roster roster = Roster::read(*root, context);
  REQUIRE(problems.text() == "");
  return roster;
}

const TimeZone& moscow() {
  static const TimeZone zone = TimeZone::find("Europe/Moscow").value();
  return zone;
}
TimePoint at(std::string_view text) { return *parse_iso(text, moscow()); }

// Tuesday, half past two in Moscow.
const TimePoint now = at("2026-12-01T14:30");
const TimePoint fresh = now - 40s;
const TimePoint stale = now - 14min;

DaySignal day(TimePoint heard_at, WorkingDay state, std::optional<TimePoint> since = {}) {
  return {heard_at, true, state, since};
}

Signals with_day(DaySignal signal) {
  Signals out;
  out.day = signal;
  return out;
}

Signals with_absence(AbsenceSignal signal, std::optional<DaySignal> working = {}) {
  Signals out;
  out.absence = std::move(signal);
  out.day = working;
  return out;
}

Absence hours(std::string_view from, std::string_view to) { return {at(from), at(to)}; }
Absence days(std::int64_t first, std::int64_t last) { return {{}, {}, first, last}; }
constexpr std::int64_t first_of_december = 20788;  // 2026-12-01

}  // namespace

TEST_CASE("presence: every signal, every age") {
  struct Row {
    const char* what;
    const char* from;
    Signals signals;
    bool present;
    const char* why;
    const char* russian = "";
    Silence silence = {};
    TimePoint when = now;
  };
  const std::string all = "[timeman, absence, schedule]";
  const Signals nothing;
  Signals away = with_day(day(fresh, WorkingDay::opened, at("2026-12-01T09:02")));
  away.away = Away{now - 1h, at("2026-12-02T09:00"), "отгул"};
  Signals back = away;
  back.away->until = now;
  Signals dismissed = with_day(day(fresh, WorkingDay::opened, at("2026-12-01T09:02")));
  dismissed.user = UserSignal{now - 100h, false};
  Signals untracked = with_day(day(fresh, WorkingDay::closed));
  untracked.day->tracked = false;
  const auto open = day(fresh, WorkingDay::opened, at("2026-12-01T09:02"));
  const Row rows[] = {
      {"opened", "[timeman]", with_day(open), true, "at work since 09:02 (timeman)"},
      {"closed today", "[timeman]", with_day(day(fresh, WorkingDay::closed, at("2026-12-01T09:40"))), false,
       "absent since 09:40 (timeman)", "рабочий день закрыт с 09:40"},
      {"closed yesterday", "[timeman]", with_day(day(fresh, WorkingDay::closed, at("2026-11-30T18:00"))),
       false, "absent since 2026-11-30 18:00 (timeman)", "рабочий день закрыт с 30.11.2026 18:00"},
      {"never opened", "[timeman]", with_day(day(fresh, WorkingDay::closed)), false,
       "absent: has not opened a working day (timeman)", "рабочий день не открыт"},
      {"on a break", "[timeman]", with_day(day(fresh, WorkingDay::paused, at("2026-12-01T13:05"))), false,
       "on a break since 13:05 (timeman)", "перерыв с 13:05"},
      {"never closed", "[timeman]", with_day(day(fresh, WorkingDay::expired, at("2026-11-30T09:00"))), false,
       "absent: the working day of 2026-11-30 09:00 was never closed (timeman)", "рабочий день не начат"},
      {"not tracked: the schedule", "[timeman]", untracked, true, "within office hours (schedule)"},
      {"stale: the schedule, and the age", "[timeman, schedule]",
       with_day(day(stale, WorkingDay::closed, at("2026-12-01T09:40"))), true,
       "within office hours (schedule); timeman last heard 14 min ago"},
      {"just not stale", "[timeman]", with_day(day(now - 10min, WorkingDay::closed)), false,
       "absent: has not opened a working day (timeman)", "рабочий день не открыт"},
      {"stale at night: the schedule says no",
       "[timeman]",
       with_day(day(at("2026-12-01T20:00"), WorkingDay::opened)),
       false,
       "outside office hours (schedule); timeman last heard 3 h ago",
       "вне рабочего времени",
       {},
       at("2026-12-01T23:10")},
      {"opened at night",
       "[timeman, schedule]",
       with_day(day(at("2026-12-01T23:09"), WorkingDay::opened, at("2026-12-01T22:00"))),
       true,
       "at work since 22:00 (timeman)",
       "",
       {},
       at("2026-12-01T23:10")},
      {"never heard", "[timeman]", nothing, true, "within office hours (schedule); timeman not heard yet"},
      {"refused",
       "[timeman]",
       nothing,
       true,
       "within office hours (schedule); timeman cannot be read: insufficient_scope",
       "",
       {"insufficient_scope", ""}},
      {"the schedule first decides alone", "[schedule, timeman]", with_day(day(fresh, WorkingDay::closed)),
       true, "within office hours (schedule)"},
      {"not asked about", "[schedule]", with_day(day(fresh, WorkingDay::closed)), true,
       "within office hours (schedule)"},
      {"absent for hours", all.c_str(),
       with_absence({fresh, {hours("2026-12-01T12:00", "2026-12-01T15:00")}}, open), false,
       "absent since 12:00 until 15:00 (absence)", "отсутствует до 15:00"},
      {"an absence that is over", all.c_str(),
       with_absence({fresh, {hours("2026-12-01T12:00", "2026-12-01T14:30")}}, open), true,
       "at work since 09:02 (timeman)"},
      {"an absence to come", all.c_str(),
       with_absence({fresh, {hours("2026-12-01T14:31", "2026-12-01T15:00")}}, open), true,
       "at work since 09:02 (timeman)"},
      {"whole days, the last one", all.c_str(),
       with_absence({fresh, {days(first_of_december - 13, first_of_december)}}, open), false,
       "absent up to 2026-12-01 (absence)", "отсутствует по 01.12.2026"},
      {"whole days, over", all.c_str(),
       with_absence({fresh, {days(first_of_december - 13, first_of_december - 1)}}, open), true,
       "at work since 09:02 (timeman)"},
      {"no absence says nothing of being there", "[absence, timeman]",
       with_absence({fresh, {}}, day(fresh, WorkingDay::closed, at("2026-12-01T09:40"))), false,
       "absent since 09:40 (timeman)", "рабочий день закрыт с 09:40"},
      {"absence alone, none", "[absence]", with_absence({fresh, {}}), true, "within office hours (schedule)"},
      {"an old absence is not believed", all.c_str(),
       with_absence({stale, {hours("2026-12-01T12:00", "2026-12-01T15:00")}}, open), true,
       "at work since 09:02 (timeman); absence last heard 14 min ago"},
      {"absence refused",
       all.c_str(),
       with_day(open),
       true,
       "at work since 09:02 (timeman); absence cannot be read: insufficient_scope",
       "",
       {"", "insufficient_scope"}},
      {"set away", all.c_str(), away, false, "away until 2026-12-02 09:00 (set by hand)",
       "отсутствует до 02.12.2026 09:00"},
      {"away is over", "[timeman]", back, true, "at work since 09:02 (timeman)"},
      {"dismissed, whatever its age", "[schedule]", dismissed, false, "dismissed (portal)", "уволен"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const Roster roster = roster_of(row.from);
    const auto found =
        judge(*roster.employee("ivanov"), row.signals, row.silence, roster, moscow(), row.when);
    CHECK(found.present == row.present);
    CHECK(found.why == row.why);
    CHECK(found.why_russian == row.russian);
  }
}

TEST_CASE("presence: whole days are days where the employee works, times are told in their zone") {
  const Roster roster = roster_of("[absence, timeman]");
  const auto* petrova = roster.employee("petrova");
  // Half past midnight of the 2nd in Tomsk is half past eight in the evening of the 1st in Moscow.
  const TimePoint late = at("2026-12-01T20:30");
  const auto signals = with_absence({late, {days(first_of_december, first_of_december)}},
                                    day(late, WorkingDay::opened, at("2026-12-01T20:15")));
  const auto found = judge(*petrova, signals, {}, roster, moscow(), late);
  CHECK(found.present);
  CHECK(found.why == "at work since 00:15 (timeman)");
  // Without a schedule the portal's zone counts.
  CHECK_FALSE(judge(*roster.employee("sidorova"), signals, {}, roster, moscow(), late).present);
}

TEST_CASE("until when somebody is away, as a person writes it") {
  const std::pair<const char*, const char*> good[] = {
      {"2026-12-02T09:00", "2026-12-02T09:00"},
      {"2026-12-02T09:00:00+07:00", "2026-12-02T05:00"},
      {"2026-12-03", "2026-12-03T00:00"},
      {"18:00", "2026-12-01T18:00"},
      {"tomorrow", "2026-12-02T00:00"},
      {"2h", "2026-12-01T16:30"},
      {"7d", "2026-12-08T14:30"},
  };
  for (const auto& row : good) {
    CAPTURE(row.first);
    const auto until = parse_until(row.first, moscow(), now);
    REQUIRE(until);
    CHECK(*until == at(row.second));
  }
  for (const char* text : {"", "soon", "14:30", "2026-12-01T14:29", "2026-13-01", "2029-01-01", "0s",
                           "999999d", "9223372036854775807d"}) {
    CAPTURE(text);
    const auto until = parse_until(text, moscow(), now);
    REQUIRE_FALSE(until);
    CHECK(until.error().kind == ErrorKind::input);
  }
}
