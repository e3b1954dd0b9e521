#include "delivery/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "delivery/engine_threads.hpp"
#include "delivery/round_planner.hpp"
#include "delivery/schedule.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::delivery {
namespace {

using portal::Class;

constexpr std::size_t commands_per_batch = 50;
constexpr Milliseconds backlog_age{10'000};  // what has waited for so long is one
constexpr Milliseconds fresh_age{10'000};
constexpr std::size_t fresh_per_round = 5;
constexpr std::size_t few_events = 3;  // of one round, for which a request of their own is no matter
// The code of what did not leave this machine.
constexpr std::string_view held_here = "held back";

void log_stopped(const portal::Outcome& outcome) {
  log::write(log::portal_stopped,
             {log::id("reason", portal::reason(outcome)), log::id("advice", outcome.advice)});
}

}  // namespace

Engine::Engine(const config::Current& current, journal::Journal& journal, portal::Client& client,
               portal::Limiter& limiter, metrics::Metrics& metrics, const Clock& clock,
               std::function<double()> random, EngineOptions options)
    : current_(current),
      journal_(journal),
      client_(client),
      limiter_(limiter),
      metrics_(metrics),
      clock_(clock),
      random_(std::move(random)),
      options_(options),
      batch_size_(options.slow_per_batch),
      clock_watch_(clock),
      threads_(std::make_unique<Threads>(*this)) {}

Engine::~Engine() { stop(std::chrono::hours{1}); }

Done Engine::prepare() {
  std::int64_t unclear = 0;
  const auto recovered = journal_.write_now([&unclear, now = clock_.now()](journal::Tx& tx) -> Done {
    auto count = journal::recover(tx, now);
    if (!count) return tl::unexpected(count.error());
    unclear = *count;
    return {};
  });
  if (!recovered) return recovered;
  if (unclear > 0) log::write(log::journal_recovered, {{"deliveries", unclear}});
  auto reader = journal_.reader();
  if (!reader) return tl::unexpected(reader.error());
  auto turns = journal::turns(*reader);
  if (!turns) return tl::unexpected(turns.error());
  const std::lock_guard lock(decisions_mutex_);
  turns_ = std::move(*turns);
  return {};
}

void Engine::start() { threads_->start(); }

bool Engine::stop(Milliseconds grace) { return threads_->stop(grace); }

void Engine::poke() {
  // The workers would look and find nothing to do, for each of the webhooks that an outage lets pile up.
  if (!lane_.is_shut(clock_.now())) threads_->poke();
}

EnquiryPlan Engine::hand_over(const config::Source& source, const event::Event& event,
                              const json::Value& scope, const ClientFacts& client, const std::string& number,
                              const HandOver& hand_over,
                              const std::function<std::int64_t(EnquiryPlan&)>& commit) {
  return RoundPlanner(*this, current_.get())
      .hand_over(source, event, scope, client, number, hand_over, commit);
}

std::shared_ptr<const portal::PortalSchema> Engine::portal() const {
  const std::lock_guard lock(decisions_mutex_);
  return portal_;
}

void Engine::set_portal(std::shared_ptr<const portal::PortalSchema> schema) {
  const std::lock_guard lock(decisions_mutex_);
  portal_ = std::move(schema);
}

void Engine::set_dictionaries(std::shared_ptr<const mapping::Dictionaries> dictionaries,
                              std::string config_hash) {
  const std::lock_guard lock(decisions_mutex_);
  dictionaries_ = std::move(dictionaries);
  dictionaries_of_ = std::move(config_hash);
}

// Moments in the journal and in the lane are of the wall clock: when somebody sets it, they are set with it.
void Engine::watch_clock() {
  const std::lock_guard lock(clock_mutex_);
  const Milliseconds by = clock_watch_.moved();
  if (by.count() == 0) return;
  const Done moved = journal_.write_now(
      [by, now = clock_.now()](journal::Tx& tx) { return journal::clock_moved(tx, by, now); });
  if (!moved) return;  // the journal says so itself; tried again with the next round
  lane_.clock_moved(by);
  clock_watch_.accept(by);
  log::write(log::clock_set, {{"seconds", std::chrono::duration_cast<Seconds>(by).count()}});
}

std::size_t Engine::run_round(Waiter& waiter, Share share) {
  watch_clock();
  if (!lane_.state().open) {
    if (!lane_.claim_probe(clock_.now())) return 0;
    probe();
    if (!lane_.state().open) return 0;
  }
  RoundPlanner planner(*this, current_.get());
  Claimed claimed = claim(planner, share);
  planner.backlog = claimed.ids.size() > few_events;
  Exchange last = Exchange::more;
  while (last == Exchange::more) last = exchange(claimed.works, share, waiter);
  if (last == Exchange::done) {
    for (const auto& work : claimed.works) {
      note_lead(*work);
      report(*work);
    }
  }
  release(claimed.ids);
  // While the journal cannot be written a round achieves nothing: the caller waits before the next one.
  return last == Exchange::done ? claimed.ids.size() : 0;
}

// REQUIRES: claims_mutex_ is held.
Result<std::vector<journal::EventRow>> Engine::due(journal::Reader& snapshot, Share share) const {
  const TimePoint now = clock_.now();
  const std::size_t most = options_.events_per_round + claimed_.size();
  if (share == Share::everything) return journal::due(snapshot, now, most);
  auto calls = journal::due_urgent(snapshot, now, most);
  if (!calls || !calls->empty()) return calls;
  // Whoever writes now should not wait behind yesterday's outage. Without a backlog the others are as quick,
  // and their requests are fuller.
  const auto oldest = journal::oldest_due(snapshot, now);
  if (!oldest) return fail(oldest.error());
  if (!*oldest || now - **oldest < backlog_age) return std::vector<journal::EventRow>();
  return journal::due_fresh(snapshot, now, now - fresh_age, fresh_per_round + claimed_.size());
}

Engine::Claimed Engine::claim(Planner& planner, Share share) {
  Claimed out;
  auto reader = journal_.reader();
  if (!reader) {
    log::write(log::journal_unreadable, {log::error(reader.error())});
    return out;
  }
  const auto configuration = current_.get();
  const std::lock_guard lock(claims_mutex_);
  // More than a round's worth is asked for, since some of it may be in other workers' hands.
  const Done read = reader->snapshot([&](journal::Reader& snapshot) -> Done {
    auto found = due(snapshot, share);
    if (!found) return tl::unexpected(found.error());
    for (auto& row : *found) {
      if (out.ids.size() >= (share == Share::everything ? options_.events_per_round : fresh_per_round)) break;
      if (claimed_.count(row.id)) continue;
      auto deliveries = journal::deliveries_of(snapshot, row.id);
      if (!deliveries) return tl::unexpected(deliveries.error());
      auto identities = journal::identities_of(snapshot, row.id);
      if (!identities) return tl::unexpected(identities.error());
      auto lead = journal::known_lead(snapshot, *identities, row.id);
      if (!lead) return tl::unexpected(lead.error());
      Result<journal::Conversation> conversation = journal::Conversation();
      if (std::any_of(identities->begin(), identities->end(),
                      [](const auto& one) { return one.kind == journal::conversation_kind; }))
        conversation = journal::conversation_of(snapshot, row.id);
      if (!conversation) return tl::unexpected(conversation.error());
      Result<journal::ClientCalls> calls = journal::ClientCalls();
      if (row.kind == event::name(event::Kind::call) && !row.urgent)
        calls = journal::calls_of(snapshot, *identities, row.id);
      if (!calls) return tl::unexpected(calls.error());
      const std::int64_t id = row.id;
      out.works.push_back(std::make_unique<Work>(
          configuration,
          Claim{std::move(row), std::move(*deliveries), *lead, std::move(*conversation), std::move(*calls)},
          planner));
      out.ids.push_back(id);
    }
    return {};
  });
  if (!read) log::write(log::journal_unreadable, {log::error(read.error())});
  claimed_.insert(out.ids.begin(), out.ids.end());
  return out;
}

void Engine::release(const std::vector<std::int64_t>& ids) {
  const std::lock_guard lock(claims_mutex_);
  for (const auto id : ids) claimed_.erase(id);
}

// One step of every work: what they changed is committed, their wishes are sent.
Engine::Exchange Engine::exchange(std::vector<std::unique_ptr<Work>>& works, Share share, Waiter& waiter) {
  for (auto& work : works) work->advance();
  if (!commit(works)) return Exchange::broken;
  bool replanned = false;
  for (auto& work : works) {
    if (!work->needs_reload()) continue;
    if (!reload(*work)) return Exchange::broken;
    replanned = true;
  }
  if (replanned) return Exchange::more;

  // Batches are filled up; only commands that may take long are few in each.
  Part part;
  std::size_t commands = 0;
  std::size_t slow = 0;
  const std::size_t most_slow = batch_size_.most();
  bool any = false;
  const auto flush = [&] {
    if (!part.empty()) send(part, share, waiter);
    part.clear();
    commands = slow = 0;
  };
  for (auto& work : works) {
    auto wishes = work->wishes();
    if (wishes.empty()) continue;
    any = true;
    if (const auto parked = longest_hold(wishes); parked.count() > 0) {
      // A method that is held back holds back what needs it, and nothing else.
      work->postpone("a method of the portal has used up its time budget", clock_.now() + parked);
      continue;
    }
    const auto new_slow =
        static_cast<std::size_t>(std::count_if(wishes.begin(), wishes.end(), [](const Wish& wish) {
          return BatchSize::is_slow(wish.command.method);
        }));
    const bool full =
        commands + wishes.size() > commands_per_batch || (slow > 0 && slow + new_slow > most_slow);
    if (full) flush();
    commands += wishes.size();
    slow += new_slow;
    part.emplace_back(work.get(), std::move(wishes));
  }
  flush();
  if (!any) return Exchange::done;
  return commit(works) ? Exchange::more : Exchange::broken;
}

Milliseconds Engine::longest_hold(const std::vector<Wish>& wishes) const {
  // Being spaced out by a moment is the sender's to wait for; more than that is not.
  constexpr Milliseconds moment{2'000};
  Milliseconds longest{0};
  for (const auto& wish : wishes) longest = std::max(longest, limiter_.method_wait(wish.command.method));
  return longest > moment ? longest : Milliseconds{0};
}

void Engine::send(const Part& part, Share share, Waiter& waiter) {
  if (const LaneState lane = lane_.state(); !lane.open) {
    for (const auto& [work, wishes] : part)
      work->postpone("the portal: " + lane.reason + (lane.advice.empty() ? "" : "; " + lane.advice),
                     lane.next_probe);
    return;
  }
  // What REST 3.0 or telephony takes goes alone, the rest together.
  std::vector<Wish> together;
  std::vector<Wish> alone;
  for (const auto& [work, wishes] : part) {
    for (const auto& wish : wishes) (wish.alone ? alone : together).push_back(wish);
  }
  auto outcomes = together.empty() ? std::vector<portal::Outcome>() : call(together, share, waiter);
  std::vector<portal::Outcome> outcomes_alone;
  for (const auto& wish : alone) outcomes_alone.push_back(std::move(call({wish}, share, waiter).front()));
  std::size_t next = 0;
  std::size_t next_alone = 0;
  for (const auto& [work, wishes] : part) {
    std::vector<portal::Outcome> own;
    for (const auto& wish : wishes)
      own.push_back(std::move(wish.alone ? outcomes_alone[next_alone++] : outcomes[next++]));
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (own[i].code == held_here) continue;
      metrics_.portal_command(wishes[i].command.method, portal::name(own[i].cls));
      if (BatchSize::is_slow(wishes[i].command.method) && own[i].took.count() > 0)
        batch_size_.learn(own[i].took);
      note(wishes[i].command.method, own[i]);
    }
    const bool nothing_left =
        std::all_of(own.begin(), own.end(), [](const auto& o) { return o.code == held_here; });
    if (nothing_left) {
      work->postpone(own.front().description, clock_.now() + Milliseconds{1'000});
    } else {
      work->take(own);
    }
  }
}

// One request. Where it could not be sent the outcomes say so: held_here, and why.
std::vector<portal::Outcome> Engine::call(const std::vector<Wish>& wishes, Share share, Waiter& waiter) {
  std::vector<portal::Command> commands;
  std::vector<std::int64_t> leaving;
  for (const auto& wish : wishes) {
    commands.push_back(wish.command);
    if (wish.write) leaving.push_back(wish.delivery_id);
  }
  const auto held = [&](std::string why) {
    portal::Outcome outcome;
    outcome.cls = Class::throttle;
    outcome.code = held_here;
    outcome.description = std::move(why);
    return std::vector<portal::Outcome>(commands.size(), outcome);
  };
  const bool urgent = std::any_of(wishes.begin(), wishes.end(), [](const Wish& wish) { return wish.urgent; });
  portal::Priority priority = share == Share::first_hand ? portal::Priority::fresh : portal::Priority::normal;
  if (urgent) priority = portal::Priority::urgent;
  std::string why;
  if (!wait_for_allowance(commands, priority, waiter, why)) return held(std::move(why));
  if (!leaving.empty()) {
    const TimePoint now = clock_.now();
    const Done marked =
        journal_.write_now([&](journal::Tx& tx) { return journal::mark_sent(tx, leaving, now); });
    // What cannot be written down must not be sent.
    if (!marked) return held("the journal cannot be written");
  }
  if (wishes.size() == 1 && wishes.front().of_call && application_) {
    // What the application is refused for concerns calls, not everything that the webhook does.
    if (auto outcome = application_(commands.front())) {
      if (outcome->scope == portal::Scope::portal) outcome->scope = portal::Scope::method;
      return {std::move(*outcome)};
    }
  }
  return client_.call(commands);
}

bool Engine::wait_for_allowance(const std::vector<portal::Command>& commands, portal::Priority priority,
                                Waiter& waiter, std::string& held) {
  // Waiting here holds the round's events, not others': a held method is given back after a while.
  constexpr Milliseconds longest{60'000};
  const SteadyPoint began = clock_.steady();
  for (;;) {
    const auto wait = limiter_.take(commands, priority);
    if (wait.count() <= 0) return true;
    if (clock_.steady() - began + wait > longest) {
      held = "the portal's allowance is used up for now";
      return false;
    }
    if (!waiter.wait(wait)) {
      held = "the service stops";
      return false;
    }
  }
}

// What concerns a method or the whole portal is told once; the latter closes the lane.
void Engine::note(const std::string& method, const portal::Outcome& outcome) {
  if (outcome.scope == portal::Scope::method && outcome.cls != Class::success) {
    Notice notice{Notice::Kind::method,
                  method,
                  outcome.code,
                  fmt::format("the portal refuses {} ({}): what needs it waits", method, outcome.code),
                  outcome.advice,
                  clock_.now(),
                  1};
    if (notices_.raise(std::move(notice))) {
      log::write(log::method_parked, {log::id("method", method), log::id("reason", outcome.code),
                                      log::id("advice", outcome.advice)});
    }
  } else if (outcome.cls == Class::success) {
    // Whoever mended it should not wait for the slowest of the retry schedule.
    if (notices_.settle(Notice::Kind::method, method)) wake();
  }
  const auto trouble = Lane::trouble_of(outcome);
  if (!trouble) return;
  if (lane_.close(*trouble, portal::reason(outcome), outcome.advice, clock_.now())) log_stopped(outcome);
}

void Engine::probe() {
  const portal::Outcome outcome = client_.call(portal::Command{"profile", json::Value(json::Object())});
  metrics_.portal_command("profile", portal::name(outcome.cls));
  if (const auto trouble = Lane::trouble_of(outcome)) {
    const bool other = lane_.probe_failed(*trouble, portal::reason(outcome), outcome.advice,
                                          current_.get()->portal.retry, clock_.now());
    if (other) log_stopped(outcome);
    return;
  }
  const LaneState before = lane_.opened();
  log::write(log::portal_resumed,
             {{"seconds", std::chrono::duration_cast<Seconds>(clock_.now() - before.since).count()}});
  if (before.trouble != LaneTrouble::unreachable) {
    notices_.mention({Notice::Kind::resumed, "", before.reason, "the portal answers again", before.advice,
                      before.since, 1});
  }
  // The portal was really away: what waits because of that need not wait for its own turn.
  if (before.failed_probes > 0) {
    wake();
  }
}

// What waits is due now.
void Engine::wake() {
  const Done woken =
      journal_.write_now([now = clock_.now()](journal::Tx& tx) { return journal::wake(tx, now); });
  if (!woken) log::write(log::journal_unhealthy, {log::error(woken.error())});
}

bool Engine::commit(std::vector<std::unique_ptr<Work>>& works) {
  std::vector<journal::Journal::Job> jobs;
  for (auto& work : works) {
    for (auto& job : work->changes()) jobs.push_back(std::move(job));
  }
  if (jobs.empty()) return true;
  const Done done = journal_.write_now([&jobs](journal::Tx& tx) -> Done {
    for (const auto& job : jobs) {
      if (Done one = job(tx); !one) return one;
    }
    return {};
  });
  if (!done) log::write(log::journal_unhealthy, {log::error(done.error())});
  return done.has_value();
}

bool Engine::reload(Work& work) {
  auto reader = journal_.reader();
  if (!reader) {
    log::write(log::journal_unreadable, {log::error(reader.error())});
    return false;
  }
  auto deliveries = journal::deliveries_of(*reader, work.event().id);
  if (!deliveries) {
    log::write(log::journal_unreadable, {log::error(deliveries.error())});
    return false;
  }
  work.reload(std::move(*deliveries));
  return true;
}

// A lead that was given is in the portal now, or will never be.
void Engine::note_lead(const Work& work) {
  if (!availability_) return;
  const journal::EventRow& row = work.event();
  const bool open = row.state == journal::EventState::received ||
                    row.state == journal::EventState::delivering || row.state == journal::EventState::waiting;
  if (row.lead_id > 0 || !open) availability_->landed(row.id, row.lead_id);
}

void Engine::report(const Work& work) {
  const journal::EventRow& row = work.event();
  if (!work.finished()) return;
  metrics_.event(row.source, journal::name(row.state), clock_.now() - row.received_at);
  switch (row.state) {
    case journal::EventState::delivered:
      log::write(log::delivered, {{"event", row.id},
                                  log::id("source", row.source),
                                  {"lead", row.lead_id},
                                  log::id("assigned", row.assigned)});
      break;
    case journal::EventState::failed:
      log::write(log::delivery_failed,
                 {{"event", row.id}, log::id("source", row.source), log::id("reason", row.reason)});
      notices_.mention(
          {Notice::Kind::failed, "", "", fmt::format("e{}: {}", row.id, row.reason), "", clock_.now(), 1});
      break;
    case journal::EventState::waiting:
      if (work.waits_for_call()) break;
      log::write(log::delivery_waits,
                 {{"event", row.id}, log::id("source", row.source), log::id("reason", row.reason)});
      break;
    default:
      break;
  }
}

// An extension that nobody has in employees.yaml is told once, and no longer as soon as somebody has it. Some
// services name people in full: names are personal and are not repeated here.
void Engine::note_whose(const config::Source& source, const Whose& whose, const event::Call& call) {
  const auto shown = [](const std::string& named) {
    const bool plain = named.size() <= 32 && std::all_of(named.begin(), named.end(), [](unsigned char c) {
                         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                c == '_' || c == '-' || c == '.';
                       });
    return plain ? named : std::string("names of people");
  };
  const std::string& named = call.extension.empty() ? call.employee : call.extension;
  if (whose.named || whose.unknown.empty()) {
    if (!named.empty() && shown(named) == named)
      notices_.settle(Notice::Kind::person, source.name + " " + named);
    return;
  }
  Notice notice{Notice::Kind::person,
                source.name + " " + shown(whose.unknown),
                "",
                fmt::format("{} ({})", shown(whose.unknown), source.title),
                "give the extension or login to an employee in employees.yaml, then reload",
                clock_.now(),
                1};
  if (notices_.raise(std::move(notice)))
    log::write(log::person_unknown,
               {log::id("source", source.name), log::id("extension", shown(whose.unknown))});
}

}  // namespace b24gate::delivery
