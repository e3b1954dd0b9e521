#include "pull/runner.hpp"

#include <algorithm>
#include <utility>

namespace b24gate::pull {
namespace {

// Between the beginnings of two runs of a source, and before the first one: the program may have been
// started a moment ago for the second time.
constexpr Milliseconds least_interval{120'000};

connector::HttpAnswer answer_of(outbound::Fetched&& fetched) {
  connector::HttpAnswer out;
  out.status = fetched.status;
  out.headers = std::move(fetched.headers);
  out.body = std::move(fetched.body);
  return out;
}

}  // namespace

struct Runner::Entry {
  Job job;
  State state;
  std::unique_ptr<connector::Pull> pull;    // of the run that is under way
  std::optional<connector::HttpCall> call;  // that is made when the time has come
  int calls = 0;                            // of this run
  std::optional<std::string> told;          // what was reported last; empty: well

  void drop_run() {
    pull.reset();
    call.reset();
    calls = 0;
    state.running = false;
  }
};

Runner::Runner(Parts parts, const Clock& clock, Limits limits)
    : parts_(std::move(parts)), clock_(clock), limits_(limits) {}

Runner::~Runner() { stop(std::chrono::hours{1}); }

void Runner::configure(std::vector<Job> jobs) {
  {
    const std::lock_guard lock(mutex_);
    configured_ = std::move(jobs);
  }
  changed_.notify_all();
}

std::vector<State> Runner::states() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

void Runner::start() {
  if (thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
    running_ = true;
  }
  thread_ = std::thread([this] { loop(); });
}

bool Runner::stop(Milliseconds grace) {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    if (!changed_.wait_for(lock, grace, [this] { return !running_; })) return false;
  }
  if (thread_.joinable()) thread_.join();
  return true;
}

void Runner::loop() {
  const auto anything_new = [this] { return stopping_ || configured_.has_value(); };
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto next = run_due(clock_.steady());
    lock.lock();
    if (!next) {
      changed_.wait(lock, anything_new);
    } else if (const Milliseconds pause = *next - clock_.steady(); pause > Milliseconds{0}) {
      changed_.wait_for(lock, pause, anything_new);
    }
  }
  running_ = false;
  changed_.notify_all();
}

std::optional<SteadyPoint> Runner::run_due(SteadyPoint now) {
  take_over(now);
  std::optional<SteadyPoint> next;
  for (auto& [name, entry] : entries_) {
    if (entry->state.enabled && entry->state.next_at <= now) advance(*entry, now);
    if (!entry->state.enabled) continue;
    next = std::min(next.value_or(entry->state.next_at), entry->state.next_at);
  }
  publish();
  return next;
}

void Runner::take_over(SteadyPoint now) {
  std::optional<std::vector<Job>> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs = std::exchange(configured_, std::nullopt);
  }
  if (!jobs) return;
  std::map<std::string, std::unique_ptr<Entry>> entries;
  for (auto& job : *jobs) {
    auto& entry = entries[job.name];
    if (entry || !job.connector) continue;
    const auto known = entries_.find(job.name);
    if (known != entries_.end() && known->second->job.connector == job.connector) {
      entry = std::move(known->second);
      // What begins afresh has begun before: it is due when a whole run would be.
      if (entry->pull) entry->state.next_at = now + std::max(job.interval, least_interval);
      entry->drop_run();
      entry->state.enabled = true;
      entry->state.next_at = std::min(entry->state.next_at, now + std::max(job.interval, least_interval));
    } else {
      entry = std::make_unique<Entry>();
      entry->state.name = job.name;
      entry->state.next_at =
          now + least_interval + Milliseconds(static_cast<std::int64_t>(parts_.jitter() * 120'000));
    }
    entry->job = std::move(job);
  }
  for (auto it = entries.begin(); it != entries.end();) it = it->second ? std::next(it) : entries.erase(it);
  entries_ = std::move(entries);
}

void Runner::advance(Entry& entry, SteadyPoint now) {
  Done result;
  try {
    // One call at most: then the others have their turn, and stop() is heard.
    if (!entry.pull) {
      result = begin(entry);
      if (result && !entry.state.enabled) return;
    } else {
      result = step(entry);
    }
  } catch (const std::exception&) {
    result = fail(ErrorKind::internal, entry.job.name, "the connector failed while it was reading");
  }
  now = std::max(now, clock_.steady());  // the call took its time
  if (!result || !entry.call) {
    end(entry, result, now);
    return;
  }
  const Milliseconds wait = std::clamp(entry.pull->wait(), Milliseconds{0}, limits_.max_wait);
  entry.state.next_at = now + wait;
}

Done Runner::begin(Entry& entry) {
  auto mark = parts_.mark(entry.job.name);
  if (!mark) return because(entry.job.name, "the last mark cannot be read", mark.error());
  entry.pull = entry.job.connector->pull(entry.job.source, *mark, clock_.now());
  entry.state.enabled = entry.pull != nullptr;
  if (!entry.pull) return {};
  entry.state.running = true;
  entry.call = entry.pull->next();
  return entry.call ? Done() : finish(entry);
}

Done Runner::step(Entry& entry) {
  if (++entry.calls > limits_.max_calls)
    return fail(ErrorKind::limit, entry.job.name, "the reading does not end", Ran::no, Move::nobody);
  auto fetched = parts_.fetch(*entry.call, fetch_options(*entry.call, entry.job.source.options, limits_));
  if (!fetched && fetched.error().kind == ErrorKind::refused) return tl::unexpected(fetched.error());
  // To the connector whatever else happened is that no answer came: it may know what to do.
  const auto taken = entry.pull->take(fetched ? answer_of(std::move(*fetched)) : connector::HttpAnswer{});
  if (auto handed = hand_on(entry); !handed) return handed;
  if (!taken) {
    if (fetched) return because(entry.job.name, "the vendor's statistics cannot be read", taken.error());
    return because(entry.job.name, "the vendor cannot be asked", fetched.error());
  }
  entry.call = entry.pull->next();
  return entry.call ? Done() : finish(entry);
}

Done Runner::hand_on(Entry& entry) {
  for (auto& request : entry.pull->found()) {
    ++entry.state.found;
    const auto taken = parts_.store(entry.job.name, std::move(request));
    if (!taken) return because(entry.job.name, "what was found cannot be stored", taken.error());
    if (*taken == Taken::fresh) ++entry.state.fresh;
  }
  return {};
}

Done Runner::finish(Entry& entry) {
  if (auto handed = hand_on(entry); !handed) return handed;
  const json::Value mark = entry.pull->mark();
  if (mark.is_null()) return {};
  if (auto remembered = parts_.remember(entry.job.name, mark); !remembered)
    return because(entry.job.name, "the mark cannot be stored", remembered.error());
  return {};
}

void Runner::end(Entry& entry, const Done& result, SteadyPoint now) {
  entry.drop_run();
  const Milliseconds interval = std::max(entry.job.interval, least_interval);
  const auto tenth = static_cast<double>(interval.count()) / 10;
  entry.state.next_at = now + interval + Milliseconds(static_cast<std::int64_t>(parts_.jitter() * tenth));
  if (result) {
    ++entry.state.runs;
    entry.state.last_complete = clock_.now();
    entry.state.last_error.clear();
    tell(entry, std::nullopt);
  } else {
    entry.state.last_error = result.error().text();
    tell(entry, result.error());
  }
}

void Runner::tell(Entry& entry, const std::optional<Error>& error) {
  const std::string text = error ? error->text() : std::string();
  const bool is_news = entry.told ? *entry.told != text : error.has_value();
  entry.told = text;
  if (is_news) parts_.report(entry.job.name, error);
}

void Runner::publish() {
  std::vector<State> states;
  for (const auto& [name, entry] : entries_) states.push_back(entry->state);
  const std::lock_guard lock(mutex_);
  published_ = std::move(states);
}

}  // namespace b24gate::pull
