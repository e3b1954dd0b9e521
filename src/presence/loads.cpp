#include "presence/loads.hpp"

#include <algorithm>

#include "portal/card.hpp"

namespace b24gate::presence {
namespace {

std::size_t kind_of(std::string_view card) { return card.starts_with("deal:") ? 1 : 0; }

int count(const std::map<std::int64_t, int>& counts, std::int64_t user) {
  const auto found = counts.find(user);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

void Loads::restore(const std::vector<journal::OpenCard>& cards, const std::array<bool, 2>& known) {
  for (const auto& card : cards) set(card.card, card.user_id);
  known_ = known;
}

void Loads::set(const std::string& card, std::int64_t user) {
  auto& counts = counts_.at(kind_of(card));
  const auto found = cards_.find(card);
  if (found != cards_.end()) {
    --counts[found->second];
    cards_.erase(found);
  }
  if (user <= 0) return;
  cards_.emplace(card, user);
  ++counts[user];
}

std::vector<journal::OpenCard> Loads::take(const LoadReading::Kind& kind, TimePoint begun) {
  std::vector<journal::OpenCard> changed;
  std::set<std::string_view> seen;
  const auto change = [&](const std::string& card, std::int64_t user) {
    const auto known = cards_.find(card);
    const std::int64_t before = known == cards_.end() ? 0 : known->second;
    // What we put there ourselves is not in the journal yet.
    if (before != user || ours_.contains(card)) changed.push_back({card, user});
    set(card, user);
    ours_.erase(card);
  };
  for (const auto& card : kind.cards) {
    seen.insert(card.card);
    change(card.card, card.user_id);
  }
  if (kind.whole() && kind.done) {
    std::vector<std::string> gone;
    for (const auto& [card, user] : cards_) {
      if (!card.starts_with(kind.name) || seen.contains(card)) continue;
      const auto made = ours_.find(card);
      if (made == ours_.end() || made->second < begun) gone.push_back(card);
    }
    for (const auto& card : gone) change(card, 0);
  }
  if (kind.done) known_.at(kind_of(std::string(kind.name) + ":")) = true;
  return changed;
}

void Loads::gave(std::int64_t event, std::int64_t user, TimePoint at) {
  landed(event, 0, at);
  pending_[event] = {user, at};
  ++pending_counts_[user];
}

void Loads::landed(std::int64_t event, std::int64_t lead, TimePoint at) {
  const auto found = pending_.find(event);
  if (found == pending_.end()) return;
  const std::int64_t user = found->second.user;
  --pending_counts_[user];
  pending_.erase(found);
  if (lead <= 0) return;
  const std::string card = portal::card_text({"lead", lead, 0});
  // Also when a pass has seen it: it may have been passed on since. The overlap of the passes mends the rest.
  set(card, user);
  ours_[card] = at;
}

void Loads::settle(const std::set<std::int64_t>& open, TimePoint before) {
  std::vector<std::int64_t> dropped;
  for (const auto& [event, pending] : pending_) {
    if (pending.at < before && !open.contains(event)) dropped.push_back(event);
  }
  for (const auto event : dropped) landed(event, 0, before);
}

std::optional<people::Load> Loads::of(std::int64_t user) const {
  if (!known_.at(0)) return std::nullopt;
  return people::Load{count(counts_.at(0), user) + given(user), count(counts_.at(1), user)};
}

int Loads::given(std::int64_t user) const { return count(pending_counts_, user); }

}  // namespace b24gate::presence
