#include "bench/portal_watch.hpp"

#include <thread>

namespace b24gate::bench {
namespace {

constexpr const char* add = "crm.item.add";

std::int64_t times(const std::string& text, const std::string& what) {
  std::int64_t out = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++out;
  return out;
}

}  // namespace

PortalWatch::PortalWatch(std::uint16_t portal_port, Milliseconds round_trip)
    : half_(round_trip / 2), gate_(1, Milliseconds{60'000}) {
  gate_.forward_to(portal_port);
  gate_.observe(
      [this](chaos::Gate::Moment moment, const chaos::Gate::Passing& passing) { observe(moment, passing); });
}

void PortalWatch::away(bool away) {
  chaos::Weather weather;
  weather.refuse = away;
  gate_.set(weather);
}

void PortalWatch::observe(chaos::Gate::Moment moment, const chaos::Gate::Passing& passing) {
  Seen seen{std::chrono::steady_clock::now(), passing.target + "\n" + passing.body};
  if (moment == chaos::Gate::Moment::taken) {
    {
      const std::lock_guard lock(mutex_);
      ++requests_;
      taken_.push_back(std::move(seen));
    }
    if (half_.count() > 0) std::this_thread::sleep_for(half_);
    return;
  }
  if (half_.count() > 0) std::this_thread::sleep_for(half_);
  const std::int64_t leads = times(seen.what, add);
  if (leads == 0) return;
  seen.at = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  leads_.insert(leads_.end(), static_cast<std::size_t>(leads), seen.at);
  made_.push_back(std::move(seen));
}

std::optional<PortalWatch::Moment> PortalWatch::first_with(const std::string& text, Moment since) const {
  const std::lock_guard lock(mutex_);
  for (const auto& seen : taken_) {
    if (seen.at >= since && seen.what.find(text) != std::string::npos) return seen.at;
  }
  return std::nullopt;
}

std::optional<PortalWatch::Moment> PortalWatch::made_with(const std::string& text) const {
  const std::lock_guard lock(mutex_);
  for (const auto& seen : made_) {
    if (seen.what.find(text) != std::string::npos) return seen.at;
  }
  return std::nullopt;
}

std::int64_t PortalWatch::leads() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::int64_t>(leads_.size());
}

std::int64_t PortalWatch::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::optional<PortalWatch::Moment> PortalWatch::lead_number(std::int64_t count) const {
  const std::lock_guard lock(mutex_);
  if (count < 1 || static_cast<std::int64_t>(leads_.size()) < count) return std::nullopt;
  return leads_[static_cast<std::size_t>(count - 1)];
}

void PortalWatch::forget() {
  const std::lock_guard lock(mutex_);
  taken_.clear();
  made_.clear();
  leads_.clear();
  requests_ = 0;
}

}  // namespace b24gate::bench
