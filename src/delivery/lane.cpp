#include "delivery/lane.hpp"

#include <algorithm>

namespace b24gate::delivery {
namespace {

Milliseconds probe_pace(LaneTrouble trouble, int failed_probes, const std::vector<Milliseconds>& retry) {
  constexpr Milliseconds soon{2'000};
  constexpr Milliseconds civil{600'000};
  switch (trouble) {
    case LaneTrouble::unreachable:
      return soon;
    case LaneTrouble::blocked:
      return std::chrono::hours{1};
    case LaneTrouble::refused:
      break;
  }
  if (retry.empty()) return soon;
  const auto step = std::min(static_cast<std::size_t>(std::max(failed_probes, 0)), retry.size() - 1);
  return std::min(retry[step], civil);
}

}  // namespace

std::optional<LaneTrouble> Lane::trouble_of(const portal::Outcome& outcome) {
  using portal::Class;
  if (outcome.cls == Class::auth && outcome.scope == portal::Scope::portal) {
    return outcome.code == "OVERLOAD_LIMIT" ? LaneTrouble::blocked : LaneTrouble::refused;
  }
  // No answer at all, or a front-end's instead of the portal's.
  const bool no_code = outcome.code.empty();
  if ((outcome.cls == Class::ambiguous || outcome.cls == Class::retry_safe) && no_code)
    return LaneTrouble::unreachable;
  return std::nullopt;
}

bool Lane::close(LaneTrouble trouble, std::string reason, std::string advice, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (!state_.open) return false;
  // The first probe comes soon: most troubles are short.
  state_ = {false, trouble, std::move(reason), std::move(advice), now, now + Milliseconds{1'000}, 0};
  if (trouble == LaneTrouble::blocked) state_.next_probe = now + probe_pace(trouble, 0, {});
  return true;
}

bool Lane::claim_probe(TimePoint now) {
  const std::lock_guard lock(mutex_);
  // The wall clock may have been set back: a probe is never further away than its longest pace.
  const bool due = now >= state_.next_probe || state_.next_probe - now > std::chrono::hours{1};
  if (state_.open || probing_ || !due) return false;
  probing_ = true;
  return true;
}

bool Lane::probe_failed(LaneTrouble trouble, std::string reason, std::string advice,
                        const std::vector<Milliseconds>& retry, TimePoint now) {
  const std::lock_guard lock(mutex_);
  probing_ = false;
  const bool other = state_.trouble != trouble;
  state_.trouble = trouble;
  state_.reason = std::move(reason);
  state_.advice = std::move(advice);
  state_.next_probe = now + probe_pace(trouble, state_.failed_probes, retry);
  ++state_.failed_probes;
  return other;
}

bool Lane::is_shut(TimePoint now) const {
  const std::lock_guard lock(mutex_);
  return !state_.open && (probing_ || now < state_.next_probe);
}

LaneState Lane::opened() {
  const std::lock_guard lock(mutex_);
  probing_ = false;
  LaneState before = std::move(state_);
  state_ = {};
  return before;
}

LaneState Lane::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Lane::clock_moved(Milliseconds by) {
  const std::lock_guard lock(mutex_);
  state_.since += by;
  state_.next_probe += by;
}

}  // namespace b24gate::delivery
