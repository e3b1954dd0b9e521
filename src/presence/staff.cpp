#include "presence/staff.hpp"

#include "journal/records.hpp"
#include "json/value.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::presence {
namespace {

constexpr std::chrono::minutes settles{1};

people::Away away_of(const journal::AwayRow& row) { return {row.since, row.until, row.why}; }

// The new word on an employee's day; a break that goes on began when we first heard of it.
people::DaySignal merged(const std::optional<people::DaySignal>& before, people::DaySignal now) {
  const bool goes_on = before && before->state == now.state && now.state == people::WorkingDay::paused;
  if (goes_on && before->since) now.since = before->since;
  if (before) now.tracked = before->tracked;
  return now;
}

}  // namespace

std::string load_mark(std::string_view kind) { return "load:" + std::string(kind); }

Staff::Staff(journal::Journal& journal, const Clock& clock) : journal_(journal), clock_(clock) {}

Done Staff::prepare(const people::Roster& roster) {
  auto reader = journal_.reader();
  if (!reader) return fail(std::move(reader.error()));
  const auto signals = journal::mark(*reader, signals_mark);
  if (!signals) return fail(signals.error());
  const auto cards = journal::open_cards(*reader);
  if (!cards) return fail(cards.error());
  const auto given = journal::given_since(*reader, clock_.now() - Given::kept);
  if (!given) return fail(given.error());
  const auto pending = journal::given_not_landed(*reader);
  if (!pending) return fail(pending.error());
  std::array<bool, 2> whole{};
  for (std::size_t i = 0; i < load_kinds.size(); ++i) {
    const auto mark = journal::mark(*reader, load_mark(load_kinds.at(i)));
    if (!mark) return fail(mark.error());
    whole.at(i) = !mark->empty();
  }
  const std::lock_guard lock(mutex_);
  known_ = std::make_shared<const Known>(known_from(*signals));
  for (const auto& row : *given) given_.add(row.event_id, row.employee, row.at);
  loads_.restore(*cards, whole);
  for (const auto& row : *pending) {
    if (const auto* employee = roster.employee(row.employee))
      loads_.gave(row.event_id, employee->user_id, row.at);
  }
  return {};
}

std::shared_ptr<const Known> Staff::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

// Another process's commit is noticed by its number, our own changes are taken in when they are committed.
std::shared_ptr<const std::map<std::string, people::Away>> Staff::fresh_away() {
  const std::int64_t version = journal_.changes_by_others();
  std::uint64_t changes = 0;
  {
    const std::lock_guard lock(mutex_);
    if (version == away_version_) return away_;
    changes = away_changes_;
  }
  auto reader = journal_.reader();
  const auto rows = reader ? journal::away(*reader) : tl::unexpected(reader.error());
  const std::lock_guard lock(mutex_);
  if (!rows) {
    log::write(log::journal_unreadable, {log::error(rows.error())});
    return away_;
  }
  std::map<std::string, people::Away> all;
  for (const auto& [employee, row] : *rows) all.emplace(employee, away_of(row));
  away_ = std::make_shared<const std::map<std::string, people::Away>>(std::move(all));
  // What was committed while we read may not be in it.
  away_version_ = changes == away_changes_ ? version : unread;
  return away_;
}

std::map<std::string, people::Away> Staff::away() { return *fresh_away(); }

void Staff::set_away(std::string employee, people::Away away, std::function<void(Done)> done) {
  journal_.write(
      [employee, away](journal::Tx& tx) {
        return journal::set_away(tx, employee, {away.since, away.until, away.why});
      },
      [this, done = std::move(done)](const Done& written) {
        note_change(written);
        done(written);
      });
}

void Staff::set_back(std::string employee, std::function<void(Done)> done) {
  journal_.write(
      [employee](journal::Tx& tx) -> Done {
        auto was = journal::set_back(tx, employee);
        return was ? Done() : fail(std::move(was.error()));
      },
      [this, done = std::move(done)](const Done& written) {
        note_change(written);
        done(written);
      });
}

// The next question reads the journal again.
void Staff::note_change(const Done& written) {
  if (!written) return;
  const std::lock_guard lock(mutex_);
  ++away_changes_;
  away_version_ = unread;
}

people::PresenceOf Staff::presence(const people::Roster& roster, const TimeZone& portal_zone) {
  return [&roster, &portal_zone, known = known(), away = fresh_away()](const people::Employee& employee,
                                                                       TimePoint at) {
    const auto found = known->by_user.find(employee.user_id);
    people::Signals signals = found == known->by_user.end() ? people::Signals() : found->second;
    if (const auto by_hand = away->find(employee.name); by_hand != away->end())
      signals.away = by_hand->second;
    return people::judge(employee, signals, known->silence, roster, portal_zone, at);
  };
}

people::LoadOf Staff::load() {
  return [this](const people::Employee& employee) {
    const std::lock_guard lock(mutex_);
    return loads_.of(employee.user_id);
  };
}

people::GivenOf Staff::given() {
  return [this](const people::Employee& employee, TimePoint since) {
    const std::lock_guard lock(mutex_);
    return given_.since(employee.name, since);
  };
}

void Staff::gave(std::int64_t event, const people::Employee& employee, TimePoint at) {
  const std::lock_guard lock(mutex_);
  given_.add(event, employee.name, at);
  loads_.gave(event, employee.user_id, at);
}

void Staff::landed(std::int64_t event, std::int64_t lead) {
  const std::lock_guard lock(mutex_);
  loads_.landed(event, lead, clock_.now());
}

void Staff::hear(const Reading::Heard& heard) {
  const std::lock_guard lock(mutex_);
  Known next = *known_;
  for (const auto& [user, signal] : heard.users) next.by_user[user].user = signal;
  for (const auto& [user, signal] : heard.days) {
    auto& day = next.by_user[user].day;
    day = merged(day, signal);
  }
  for (const auto& [user, tracked] : heard.tracked) {
    auto& day = next.by_user[user].day;
    if (!day && tracked) continue;
    if (!day) day = people::DaySignal{clock_.now()};
    day->tracked = tracked;
  }
  for (const auto& [user, signal] : heard.absences) next.by_user[user].absence = signal;
  const auto listen = [](std::string& silence, const Source& source) {
    if (source.answered) silence.clear();
    if (!source.refused.empty()) silence = source.refused;
  };
  listen(next.silence.timeman, heard.timeman);
  listen(next.silence.absence, heard.absence);
  known_ = std::make_shared<const Known>(std::move(next));
}

journal::Journal::Job Staff::remember() const {
  return [text = to_text(*known())](journal::Tx& tx) { return journal::set_mark(tx, signals_mark, text); };
}

std::vector<journal::OpenCard> Staff::take(const LoadReading::Kind& kind, TimePoint begun) {
  const std::lock_guard lock(mutex_);
  return loads_.take(kind, begun);
}

void Staff::settle() {
  auto reader = journal_.reader();
  const auto open = reader ? journal::given_not_landed(*reader) : tl::unexpected(reader.error());
  if (!open) {
    log::write(log::journal_unreadable, {log::error(open.error())});
    return;
  }
  std::set<std::int64_t> events;
  for (const auto& row : *open) events.insert(row.event_id);
  const std::lock_guard lock(mutex_);
  loads_.settle(events, clock_.now() - settles);
}

}  // namespace b24gate::presence
