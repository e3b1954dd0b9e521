#include "people/presence.hpp"

#include <date/date.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace b24gate::people {
namespace {

constexpr std::array<std::pair<WorkingDay, std::string_view>, 4> days{{{WorkingDay::opened, "opened"},
                                                                       {WorkingDay::paused, "paused"},
                                                                       {WorkingDay::closed, "closed"},
                                                                       {WorkingDay::expired, "expired"}}};

std::int64_t local_day(TimePoint t, const TimeZone& zone) {
  return date::floor<date::days>(zone.to_local(t)).time_since_epoch().count();
}

std::string day_text(std::int64_t day) {
  const date::year_month_day ymd{date::sys_days{date::days{day}}};
  return fmt::format("{:04}-{:02}-{:02}", int{ymd.year()}, unsigned{ymd.month()}, unsigned{ymd.day()});
}

std::string russian_day(std::int64_t day) {
  const date::year_month_day ymd{date::sys_days{date::days{day}}};
  return fmt::format("{:02}.{:02}.{:04}", unsigned{ymd.day()}, unsigned{ymd.month()}, int{ymd.year()});
}

std::string hour_text(TimePoint t, const TimeZone& zone) {
  const auto local = zone.to_local(t);
  const date::hh_mm_ss<Milliseconds> time{local - date::floor<date::days>(local)};
  return fmt::format("{:02}:{:02}", time.hours().count(), time.minutes().count());
}

std::string russian_clock(TimePoint t, TimePoint now, const TimeZone& zone) {
  const std::int64_t day = local_day(t, zone);
  return (day == local_day(now, zone) ? "" : russian_day(day) + " ") + hour_text(t, zone);
}

// "14 min", "3 h": how old something is.
std::string age_text(Milliseconds age) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(age).count();
  if (minutes < 1) return fmt::format("{} s", std::chrono::duration_cast<Seconds>(age).count());
  if (minutes < 120) return fmt::format("{} min", minutes);
  return minutes < 48 * 60 ? fmt::format("{} h", minutes / 60) : fmt::format("{} days", minutes / (24 * 60));
}

class Judge {
 public:
  Judge(const Employee& employee, const Signals& signals, const Silence& silence, const Roster& roster,
        const TimeZone& zone, TimePoint now)
      : employee_(employee),
        signals_(signals),
        silence_(silence),
        roster_(roster),
        zone_(zone_of(employee, roster, zone)),
        now_(now) {}

  Presence run() {
    Presence out = decide();
    for (const auto& note : notes_) out.why += "; " + note;
    return out;
  }

 private:
  Presence decide() {
    if (signals_.away && now_ < signals_.away->until) return away(*signals_.away);
    // Whoever was dismissed does not come back because we have not heard of it for a while.
    if (signals_.user && !signals_.user->active) return {false, "dismissed (portal)", "уволен"};
    // What can be asked is looked at in any case, so that its age is told.
    const auto absent = asks("absence") ? absence() : std::nullopt;
    if (absent) return *absent;
    for (const auto& source : roster_.presence().from) {
      if (source == "schedule") break;
      if (source != "timeman") continue;
      if (auto day = working_day()) return *std::move(day);
    }
    return schedule();
  }

  [[nodiscard]] bool asks(std::string_view source) const {
    const auto& from = roster_.presence().from;
    return std::find(from.begin(), from.end(), source) != from.end();
  }

  // Null, with a note why, when the signal cannot be believed.
  template <class Signal>
  const Signal* believed(const std::optional<Signal>& signal, std::string_view source,
                         const std::string& silence) {
    if (signal && now_ - signal->heard_at <= roster_.presence().stale_after) return &*signal;
    std::string note = fmt::format("{} not heard yet", source);
    if (signal) note = fmt::format("{} last heard {} ago", source, age_text(now_ - signal->heard_at));
    if (!silence.empty()) note = fmt::format("{} cannot be read: {}", source, silence);
    notes_.push_back(std::move(note));
    return nullptr;
  }

  [[nodiscard]] Presence away(const Away& away) const {
    return {false, fmt::format("away until {} (set by hand)", clock_text(away.until, now_, zone_)),
            "отсутствует до " + russian_clock(away.until, now_, zone_)};
  }

  std::optional<Presence> absence() {
    const auto* heard = believed(signals_.absence, "absence", silence_.absence);
    if (heard == nullptr) return std::nullopt;
    for (const auto& absence : heard->absences) {
      if (absence.first_day && absence.last_day) {
        const std::int64_t today = local_day(now_, zone_);
        if (today < *absence.first_day || today > *absence.last_day) continue;
        return Presence{false, fmt::format("absent up to {} (absence)", day_text(*absence.last_day)),
                        "отсутствует по " + russian_day(*absence.last_day)};
      }
      if (now_ < absence.from || now_ >= absence.to) continue;
      return Presence{false,
                      fmt::format("absent since {} until {} (absence)", clock_text(absence.from, now_, zone_),
                                  clock_text(absence.to, now_, zone_)),
                      "отсутствует до " + russian_clock(absence.to, now_, zone_)};
    }
    return std::nullopt;
  }

  std::optional<Presence> working_day() {
    if (signals_.day && !signals_.day->tracked) return std::nullopt;
    const auto* heard = believed(signals_.day, "timeman", silence_.timeman);
    if (heard == nullptr) return std::nullopt;
    const auto since = [&](std::string_view before) {
      return heard->since ? fmt::format("{}{}", before, clock_text(*heard->since, now_, zone_))
                          : std::string();
    };
    const auto russian = [&] {
      return heard->since ? " с " + russian_clock(*heard->since, now_, zone_) : std::string();
    };
    switch (heard->state) {
      case WorkingDay::opened:
        return Presence{true, fmt::format("at work{} (timeman)", since(" since ")), ""};
      case WorkingDay::paused:
        return Presence{false, fmt::format("on a break{} (timeman)", since(" since ")),
                        "перерыв" + russian()};
      case WorkingDay::closed:
        if (!heard->since)
          return Presence{false, "absent: has not opened a working day (timeman)", "рабочий день не открыт"};
        return Presence{false, fmt::format("absent{} (timeman)", since(" since ")),
                        "рабочий день закрыт" + russian()};
      case WorkingDay::expired:
        return Presence{false,
                        fmt::format("absent: the working day{} was never closed (timeman)", since(" of ")),
                        "рабочий день не начат"};
    }
    return std::nullopt;
  }

  [[nodiscard]] Presence schedule() const { return presence_by_schedule(roster_)(employee_, now_); }

  const Employee& employee_;
  const Signals& signals_;
  const Silence& silence_;
  const Roster& roster_;
  const TimeZone& zone_;
  const TimePoint now_;
  std::vector<std::string> notes_;
};

}  // namespace

std::string_view name(WorkingDay day) {
  for (const auto& [value, word] : days) {
    if (value == day) return word;
  }
  return "closed";
}

std::optional<WorkingDay> parse_working_day(std::string_view name) {
  for (const auto& [value, word] : days) {
    if (word == name) return value;
  }
  return std::nullopt;
}

Presence judge(const Employee& employee, const Signals& signals, const Silence& silence, const Roster& roster,
               const TimeZone& zone, TimePoint now) {
  return Judge(employee, signals, silence, roster, zone, now).run();
}

const TimeZone& zone_of(const Employee& employee, const Roster& roster, const TimeZone& portal_zone) {
  const WorkingTime* hours = roster.schedule(employee.schedule);
  return hours ? hours->zone() : portal_zone;
}

std::string clock_text(TimePoint t, TimePoint now, const TimeZone& zone) {
  const std::int64_t day = local_day(t, zone);
  return (day == local_day(now, zone) ? "" : day_text(day) + " ") + hour_text(t, zone);
}

Result<TimePoint> parse_until(std::string_view text, const TimeZone& zone, TimePoint now) {
  constexpr std::chrono::hours longest{24 * 366};
  const std::int64_t today = local_day(now, zone);
  const auto midnight_of = [&](std::int64_t day) {
    return zone.to_instant(TimePoint{Milliseconds{date::days{day}}});
  };
  std::optional<TimePoint> until = parse_iso(text, zone);
  if (!until) until = parse_iso(std::string(text) + "T00:00", zone);
  if (!until) until = parse_iso(day_text(today) + "T" + std::string(text), zone);
  if (!until && text == "tomorrow") until = midnight_of(today + 1);
  if (!until) {
    if (const auto span = yaml::parse_duration(text); span && *span <= longest) until = now + *span;
  }
  const auto refuse = [&](std::string why) { return fail(ErrorKind::input, "until", std::move(why)); };
  if (!until) {
    return refuse(
        fmt::format("'{}' is no time; write 2026-12-01T09:00, 2026-12-01, 14:30, tomorrow or 2h", text));
  }
  if (*until <= now)
    return refuse(fmt::format("{} is not in the future", to_iso(std::chrono::floor<Seconds>(*until), zone)));
  if (*until - now > longest) return refuse("more than a year away; remove whoever has left from the roster");
  return *until;
}

}  // namespace b24gate::people
