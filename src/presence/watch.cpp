#include "presence/watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "delivery/ask.hpp"
#include "journal/records.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::presence {
namespace {

// Nobody is loaded by what nobody asks about.
bool needs_load(const people::Roster& roster) {
  const auto& groups = roster.groups();
  const auto& employees = roster.employees();
  return std::any_of(groups.begin(), groups.end(),
                     [](const auto& group) { return group.choose == people::Choose::least_loaded; }) ||
         std::any_of(employees.begin(), employees.end(),
                     [](const auto& employee) { return employee.max_open.has_value(); });
}

bool asks(const people::PresenceSettings& settings, std::string_view source) {
  return std::find(settings.from.begin(), settings.from.end(), source) != settings.from.end();
}

// {"since": …, "whole_at": …} in Unix milliseconds.
struct LoadMark {
  std::optional<TimePoint> since;
  std::optional<TimePoint> whole_at;
};

LoadMark load_mark_of(const std::string& text) {
  const auto read = json::parse(text);
  if (!read) return {};
  const json::Value& document = *read;
  const auto time = [&](const char* name) {
    const auto value = document[name].integer();
    return value ? std::optional(from_unix_ms(*value)) : std::nullopt;
  };
  return {time("since"), time("whole_at")};
}

std::string text_of(const LoadMark& mark) {
  auto out = json::Value::object();
  if (mark.since) out["since"] = to_unix_ms(*mark.since);
  if (mark.whole_at) out["whole_at"] = to_unix_ms(*mark.whole_at);
  return json::write(out);
}

// Rows of one job: a webhook that waits behind it waits for some milliseconds.
constexpr std::size_t cards_per_job = 500;

}  // namespace

Watch::Watch(const config::Current& current, portal::Client& client, portal::Limiter& limiter,
             delivery::Engine& engine, Staff& staff, journal::Journal& journal, const Clock& clock,
             WatchOptions options)
    : Watch(
          current,
          [&](const std::vector<portal::Command>& commands, portal::Priority priority) {
            return delivery::ask(engine, limiter, client, commands, priority);
          },
          staff, journal, clock, &engine.notices(), options) {}

Watch::Watch(const config::Current& current, Ask ask, Staff& staff, journal::Journal& journal,
             const Clock& clock, delivery::Notices* notices, WatchOptions options)
    : current_(current),
      ask_(std::move(ask)),
      staff_(staff),
      journal_(journal),
      clock_(clock),
      notices_(notices),
      options_(options),
      thread_([this] {
        turn();
        return options_.tick;
      }) {}

bool Watch::due(const Due& last, Milliseconds every) const {
  return !last || clock_.steady() - *last >= every;
}

void Watch::wait_first(Milliseconds grace) {
  std::unique_lock lock(first_mutex_);
  first_changed_.wait_for(lock, grace, [this] { return first_; });
}

void Watch::first_done() {
  const std::lock_guard lock(first_mutex_);
  first_ = true;
  first_changed_.notify_all();
}

void Watch::turn() {
  const auto configuration = current_.get();
  read_presence(*configuration);
  first_done();
  if (!thread_.stopping()) read_load(*configuration);
}

Questions Watch::questions(const people::Roster& roster) {
  Questions out;
  const auto known = staff_.known();
  const bool timeman = asks(roster.presence(), "timeman");
  const bool absence = asks(roster.presence(), "absence");
  const bool timeman_open = known->silence.timeman.empty();
  const bool absence_open = known->silence.absence.empty();
  const bool settings = timeman && timeman_open && due(settings_read_, options_.settings_every);
  settings_asked_ = settings;
  for (const auto& employee : roster.employees()) {
    const auto found = known->by_user.find(employee.user_id);
    const bool untracked = found != known->by_user.end() && found->second.day && !found->second.day->tracked;
    out.users.push_back(employee.user_id);
    if (absence && absence_open) out.absences.push_back(employee.user_id);
    if (timeman && timeman_open && (settings || !untracked)) out.days.push_back(employee.user_id);
    if (settings) out.settings.push_back(employee.user_id);
  }
  // A source that was refused is tried with one question.
  const auto probe = [&](bool wanted, Due& tried, std::vector<std::int64_t>& into) {
    if (!wanted || out.users.empty() || !due(tried, options_.refused_every)) return;
    tried = clock_.steady();
    into.push_back(out.users.front());
  };
  probe(timeman && !timeman_open, timeman_tried_, out.days);
  probe(absence && !absence_open, absence_tried_, out.absences);
  return out;
}

void Watch::read_presence(const config::Configuration& configuration) {
  const people::PresenceSettings& settings = configuration.roster.presence();
  const bool asked = asks(settings, "timeman") || asks(settings, "absence");
  const Milliseconds every = asked ? settings.refresh : std::max(settings.refresh, options_.users_every);
  if (config_hash_ != configuration.hash) {
    // Other people, other questions.
    config_hash_ = configuration.hash;
    reading_.reset();
    presence_read_.reset();
    settings_read_.reset();
  }
  if (!reading_) {
    if (!due(presence_read_, every) || (presence_again_ && clock_.steady() < *presence_again_)) return;
    reading_.emplace(questions(configuration.roster), configuration.portal.time_zone, clock_.now());
  }
  // Deliveries first, until we are about to know nothing any more: a backlog that takes the whole allowance
  // must not be given out blindly.
  const bool young = presence_read_ && !due(presence_read_, std::max(every, settings.stale_after / 2));
  const auto priority = young ? portal::Priority::low : portal::Priority::urgent;
  for (std::size_t requests = 0; requests < options_.requests_per_tick; ++requests) {
    const auto commands = reading_->next();
    if (commands.empty()) {
      finish_presence(configuration);
      return;
    }
    const TimePoint asked_at = clock_.now();
    const auto outcomes = ask_(commands, priority);
    if (!outcomes || thread_.stopping()) return;  // the rest comes soon
    reading_->take(*outcomes, asked_at);
  }
}

void Watch::finish_presence(const config::Configuration& configuration) {
  const Reading::Heard heard = reading_->heard();
  reading_.reset();
  if (!heard.answered) {
    presence_again_ = clock_.steady() + options_.again_after;
    return;
  }
  presence_again_.reset();
  presence_read_ = clock_.steady();
  if (settings_asked_) {
    // Where nobody's can be read they are tried now and then: without them everybody's day counts as kept.
    const bool in_vain = heard.tracked.empty();
    settings_read_ =
        clock_.steady() - (in_vain ? options_.settings_every - options_.refused_every : Milliseconds{0});
  }
  const people::Silence before = staff_.known()->silence;
  staff_.hear(heard);
  const auto known = staff_.known();
  // A source that answers again has been asked about one person only.
  if ((!before.timeman.empty() && known->silence.timeman.empty()) ||
      (!before.absence.empty() && known->silence.absence.empty()))
    presence_read_.reset();
  const auto tell = [&](std::string_view source, const std::string& refused) {
    report(source, refused, refused.empty() ? std::string() : refusal_advice(source, refused));
  };
  const auto& settings = configuration.roster.presence();
  if (asks(settings, "timeman")) tell("timeman", known->silence.timeman);
  if (asks(settings, "absence")) tell("absence", known->silence.absence);
  // A restart believes what is young enough: often enough for that, seldom enough for the disk.
  if (due(signals_stored_, settings.stale_after / 4) && store(staff_.remember()))
    signals_stored_ = clock_.steady();
}

bool Watch::begin_load(const config::Configuration& configuration) {
  auto reader = journal_.reader();
  if (!reader) return false;  // the disk: the journal tells of it
  std::array<std::optional<TimePoint>, 2> since;
  for (std::size_t i = 0; i < load_kinds.size(); ++i) {
    const auto text = journal::mark(*reader, load_mark(load_kinds.at(i)));
    if (!text) return false;
    const LoadMark mark = load_mark_of(*text);
    const bool whole = !mark.whole_at || clock_.now() - *mark.whole_at >= options_.whole_every ||
                       *mark.whole_at > clock_.now();
    if (!whole) since.at(i) = mark.since;
  }
  load_begun_ = clock_.now();
  load_reading_.emplace(since, configuration.portal.time_zone);
  return true;
}

void Watch::read_load(const config::Configuration& configuration) {
  if (!needs_load(configuration.roster)) {
    load_reading_.reset();
    return;
  }
  if (!load_reading_) {
    if (!due(load_read_, options_.load_every) || !begin_load(configuration)) return;
  }
  if (load_again_ && clock_.steady() < *load_again_) return;
  load_again_.reset();
  for (std::size_t requests = 0; requests < options_.requests_per_tick; ++requests) {
    const auto commands = load_reading_->next();
    if (commands.empty()) {
      finish_load();
      return;
    }
    const auto outcomes = ask_(commands, portal::Priority::low);
    if (!outcomes || thread_.stopping()) return;  // the rest comes soon
    if (load_reading_->take(*outcomes)) continue;
    load_again_ = clock_.steady() + options_.again_after;
    return;
  }
}

void Watch::finish_load() {
  const LoadReading reading = *std::exchange(load_reading_, std::nullopt);
  load_read_ = clock_.steady();
  std::array<std::vector<journal::OpenCard>, 2> changed;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const auto& kind = reading.kinds().at(i);
    report(kind.name, kind.refused, "give the webhook's owner the right to read that kind of card");
    if (kind.done) changed.at(i) = staff_.take(kind, load_begun_);
  }
  for (std::size_t i = 0; i < changed.size(); ++i) {
    if (reading.kinds().at(i).done) store_load(reading.kinds().at(i), changed.at(i));
  }
  staff_.settle();
}

// What could not be stored is read again after a restart: the mark stays.
void Watch::store_load(const LoadReading::Kind& kind, const std::vector<journal::OpenCard>& changed) {
  for (std::size_t from = 0; from < changed.size(); from += cards_per_job) {
    const std::size_t to = std::min(from + cards_per_job, changed.size());
    std::vector<journal::OpenCard> part(changed.begin() + static_cast<std::ptrdiff_t>(from),
                                        changed.begin() + static_cast<std::ptrdiff_t>(to));
    const bool stored =
        store([part = std::move(part)](journal::Tx& tx) { return journal::store_cards(tx, part); });
    if (!stored) return;
  }
  auto reader = journal_.reader();
  const auto text = reader ? journal::mark(*reader, load_mark(kind.name)) : tl::unexpected(reader.error());
  if (!text) return;
  const LoadMark mark{kind.next_since(), kind.whole() ? load_begun_ : load_mark_of(*text).whole_at};
  store([name = load_mark(kind.name), written = text_of(mark)](journal::Tx& tx) {
    return journal::set_mark(tx, name, written);
  });
}

bool Watch::store(journal::Journal::Job job) { return journal_.write_now(std::move(job)).has_value(); }

// What a person must mend is told once, until it is something else or mended.
void Watch::report(std::string_view what, const std::string& refused, const std::string& advice) {
  std::string& told = told_[std::string(what)];
  if (told == refused) return;
  const bool load = what == "lead" || what == "deal";
  if (!refused.empty()) {
    log::write(load ? log::load_not_read : log::presence_not_read,
               {log::id("source", what), log::id("code", refused), log::id("advice", advice)});
  } else {
    log::write(load ? log::load_read : log::presence_read, {log::id("source", what)});
  }
  told = refused;
  if (load || notices_ == nullptr) return;
  const std::string method = what == "timeman" ? "timeman.status" : "calendar.accessibility.get";
  if (refused.empty()) {
    notices_->settle(delivery::Notice::Kind::method, method);
  } else {
    notices_->raise(
        {delivery::Notice::Kind::method, method, refused,
         fmt::format("the portal refuses {} ({}): schedules decide who is at work", method, refused), advice,
         clock_.now(), 1});
  }
}

}  // namespace b24gate::presence
