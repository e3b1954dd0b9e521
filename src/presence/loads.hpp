// Who has how many open leads and deals: what the portal said, and what we have given out since.
//
// Not thread-safe: whoever keeps it locks. A lead that we give counts from the decision on, under its event;
// when it is in the portal, under its own number, so that the portal's word on it replaces ours.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "journal/staff.hpp"
#include "people/people.hpp"
#include "presence/load_reading.hpp"

namespace b24gate::presence {

class Loads {
 public:
  // What the journal kept. `known`: that kind (as in load_kinds) has been read whole at some time.
  void restore(const std::vector<journal::OpenCard>& cards, const std::array<bool, 2>& known);
  // Takes in what a pass has read of one kind; what it changed is to be stored. `begun`: by our clock; a
  // whole pass closes what it has not seen, but for what we made since then.
  std::vector<journal::OpenCard> take(const LoadReading::Kind& kind, TimePoint begun);

  void gave(std::int64_t event, std::int64_t user, TimePoint at);
  // 0: the event makes no lead.
  void landed(std::int64_t event, std::int64_t lead, TimePoint at);
  // Events whose lead is still to come, as the journal says: others that are older than `before` are dropped.
  void settle(const std::set<std::int64_t>& open, TimePoint before);

  // Nullopt until leads have been read whole; deals count when they have been.
  [[nodiscard]] std::optional<people::Load> of(std::int64_t user) const;
  // Of those leads: not in the portal yet.
  [[nodiscard]] int given(std::int64_t user) const;

 private:
  struct Pending {
    std::int64_t user = 0;
    TimePoint at;
  };
  void set(const std::string& card, std::int64_t user);  // 0: no more

  std::array<bool, 2> known_{};
  std::unordered_map<std::string, std::int64_t> cards_;
  std::array<std::map<std::int64_t, int>, 2> counts_;  // by kind, then by user
  std::map<std::int64_t, Pending> pending_;            // by event
  std::map<std::int64_t, int> pending_counts_;         // by user
  std::map<std::string, TimePoint> ours_;              // cards we made that no pass has seen
};

}  // namespace b24gate::presence
