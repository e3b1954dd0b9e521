#include "portal/limiter.hpp"

#include <algorithm>
#include <cmath>

namespace b24gate::portal {
namespace {

constexpr double kFreshShare = 0.9;
constexpr double kNormalShare = 0.8;
constexpr double kLowShare = 0.4;  // reading in bulk
constexpr double kSpaceFrom = 400;
constexpr double kHoldFrom = 450;
constexpr double kMostSpacing = 10;  // seconds between calls just below kHoldFrom
constexpr Milliseconds kUnknownHold{60'000};
constexpr Milliseconds kWindow{600'000};  // the sliding window of `operating`
constexpr Milliseconds kForgetProbe{75'000};
constexpr Milliseconds kAskAgain{250};
constexpr std::size_t kMaxMethods = 256;

Milliseconds until(SteadyPoint then, SteadyPoint now) { return std::max(Milliseconds{0}, then - now); }

Milliseconds rounded_up(double seconds) {
  return Milliseconds{static_cast<std::int64_t>(std::ceil(seconds * 1000))};
}

bool under_way(const std::optional<SteadyPoint>& probing, SteadyPoint now) {
  return probing && now - *probing < kForgetProbe;
}

Allowance sane(Allowance allowance) {
  return {std::clamp(allowance.rate, 0.01, 1e6), std::clamp(allowance.burst, 1, 1'000'000)};
}

}  // namespace

Limiter::Limiter(Allowance allowance, const Clock& clock, std::function<double()> random)
    : allowance_(sane(allowance)),
      clock_(clock),
      random_(std::move(random)),
      level_at_(clock.steady()),
      pause_until_(clock.steady()) {}

double Limiter::level_at(SteadyPoint now) const {
  const double passed = std::chrono::duration<double>(now - level_at_).count();
  return std::max(0.0, level_ - std::max(0.0, passed) * allowance_.rate);
}

Milliseconds Limiter::bucket_wait(Priority priority, SteadyPoint now) const {
  const double share = priority == Priority::urgent   ? 1
                       : priority == Priority::fresh  ? kFreshShare
                       : priority == Priority::normal ? kNormalShare
                                                      : kLowShare;
  const double room = std::max(1.0, std::floor(allowance_.burst * share));
  const double excess = level_at(now) + 1 - room;
  // A thousandth of a request is rounding, not a reason to wait.
  Milliseconds wait = excess > 0.001 ? rounded_up(excess / allowance_.rate) : Milliseconds{0};
  if (refusals_in_row_ > 0) {
    wait = std::max(wait, until(pause_until_, now));
    if (under_way(probing_, now)) wait = std::max(wait, kAskAgain);
  }
  return wait;
}

Milliseconds Limiter::method_wait_locked(const Method& method, SteadyPoint now) const {
  Milliseconds wait{0};
  if (method.held_until) wait = until(*method.held_until, now);
  if (method.suspect && under_way(method.probing, now)) wait = std::max(wait, kAskAgain);
  const bool current = !method.reset_at || now < *method.reset_at;
  if (current && method.operating_s > kSpaceFrom && method.last_call) {
    const double share = std::min(1.0, (method.operating_s - kSpaceFrom) / (kHoldFrom - kSpaceFrom));
    wait = std::max(wait, until(*method.last_call + rounded_up(1 + share * (kMostSpacing - 1)), now));
  }
  return wait;
}

Milliseconds Limiter::wait_locked(std::span<const Command> commands, Priority priority,
                                  SteadyPoint now) const {
  Milliseconds wait = bucket_wait(priority, now);
  for (const auto& command : commands) {
    const auto it = methods_.find(command.method);
    if (it != methods_.end()) wait = std::max(wait, method_wait_locked(it->second, now));
  }
  return wait;
}

Milliseconds Limiter::wait_for(std::span<const Command> commands, Priority priority) const {
  const std::lock_guard lock(mutex_);
  return wait_locked(commands, priority, clock_.steady());
}

void Limiter::count(SteadyPoint now) {
  level_ = std::min(level_at(now) + 1, double(allowance_.burst));
  level_at_ = now;
  ++requests_;
}

Milliseconds Limiter::take(std::span<const Command> commands, Priority priority) {
  const std::lock_guard lock(mutex_);
  const SteadyPoint now = clock_.steady();
  const Milliseconds wait = wait_locked(commands, priority, now);
  if (wait > Milliseconds{0}) return wait;
  count(now);
  if (refusals_in_row_ > 0) probing_ = now;
  for (const auto& command : commands) {
    const auto it = methods_.find(command.method);
    if (it == methods_.end()) continue;
    it->second.last_call = now;
    if (it->second.suspect) it->second.probing = now;
  }
  return wait;
}

void Limiter::count_unasked() {
  const std::lock_guard lock(mutex_);
  count(clock_.steady());
}

void Limiter::refused(SteadyPoint now) {
  ++refusals_;
  // A refusal that was on its way before the pause began says nothing new.
  if (refusals_in_row_ == 0 || now >= pause_until_) {
    refusals_in_row_ = std::min(refusals_in_row_ + 1, 6);
    // 1, 2, 4, 8, 16, 24 s and up to a quarter more: never above 30.
    const double base = std::min(24.0, std::pow(2.0, refusals_in_row_ - 1));
    pause_until_ = now + rounded_up(base * (1 + 0.25 * std::clamp(random_(), 0.0, 1.0)));
  }
  level_ = allowance_.burst;
  level_at_ = now;
}

void Limiter::learn(Method& method, const Outcome& outcome, SteadyPoint now) {
  std::optional<SteadyPoint> reset;
  if (outcome.operating_reset_at) {
    // The portal's clock and ours may differ: never longer than the window itself.
    const Milliseconds left = std::min(*outcome.operating_reset_at - clock_.now(), kWindow);
    if (left > Milliseconds{0}) reset = now + left;
  }
  method.probing.reset();

  if (outcome.cls == Class::throttle && outcome.scope == Scope::method) {
    ++method_refusals_;
    const bool again = method.suspect;
    method.suspect = true;
    // The first time what was last seen will do; a repeat has to come from the answer itself or be the next
    // minute.
    if (!reset && !again && method.reset_at && *method.reset_at > now) reset = method.reset_at;
    method.held_until = reset ? *reset : now + kUnknownHold;
    if (reset) method.reset_at = reset;
    return;
  }

  method.suspect = false;
  method.held_until.reset();
  if (outcome.operating_reset_at || outcome.operating_s > 0) {
    method.operating_s = outcome.operating_s;
    method.reset_at = reset;
    if (outcome.operating_s > kHoldFrom) {
      method.held_until = reset ? *reset : now + kUnknownHold;
      method.suspect = true;  // what comes back after the hold decides, one call at a time
    }
  }
}

void Limiter::report(std::span<const Command> commands, std::span<const Outcome> outcomes) {
  const std::lock_guard lock(mutex_);
  const SteadyPoint now = clock_.steady();
  bool throttled = false;
  bool answered = false;
  for (std::size_t i = 0; i < std::min(commands.size(), outcomes.size()); ++i) {
    const Outcome& outcome = outcomes[i];
    const bool whole_portal = outcome.cls == Class::throttle && outcome.scope == Scope::portal;
    throttled = throttled || whole_portal;
    answered = answered || (outcome.http_status != 0 && !whole_portal);

    auto it = methods_.find(commands[i].method);
    if (it == methods_.end()) {
      const bool speaks = outcome.operating_reset_at || outcome.operating_s > 0 ||
                          (outcome.cls == Class::throttle && outcome.scope == Scope::method);
      if (!speaks || methods_.size() >= kMaxMethods) continue;
      it = methods_.emplace(commands[i].method, Method{}).first;
      it->second.last_call = now;
    }
    if (whole_portal || outcome.http_status == 0) {
      it->second.probing.reset();  // nothing was learnt about the method
    } else {
      learn(it->second, outcome, now);
    }
  }
  probing_.reset();
  if (throttled) {
    refused(now);
  } else if (answered) {
    refusals_in_row_ = 0;
  }
}

Milliseconds Limiter::method_wait(const std::string& method) const {
  const std::lock_guard lock(mutex_);
  const auto it = methods_.find(method);
  return it == methods_.end() ? Milliseconds{0} : method_wait_locked(it->second, clock_.steady());
}

Limiter::Snapshot Limiter::snapshot() const {
  const std::lock_guard lock(mutex_);
  const SteadyPoint now = clock_.steady();
  Snapshot out;
  out.level = level_at(now);
  out.burst = allowance_.burst;
  out.rate = allowance_.rate;
  out.pause = refusals_in_row_ > 0 ? until(pause_until_, now) : Milliseconds{0};
  out.requests = requests_;
  out.refusals = refusals_;
  out.method_refusals = method_refusals_;
  for (const auto& [method, state] : methods_) {
    out.methods.push_back({method, state.operating_s, method_wait_locked(state, now)});
  }
  return out;
}

}  // namespace b24gate::portal
