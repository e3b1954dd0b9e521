// One pass of reading the portal's open leads and deals: who has how much in hand.
//
// Pure: gives out commands, takes in outcomes. A whole pass reads what is open, by id, 50 a page; a later one
// only what was changed since the one before began, less an overlap, by the portal's own clock (server.time,
// asked before the first page): usually one request of two short pages, whatever the number of open cards. A
// change of stage or of the responsible person is such a change (reporting-sync, "Incremental sources"). What
// was deleted is not told of: now and then a pass is whole again.
//
// A filter that was lost would give everything (quirk 45): rows that were not asked for end the pass.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "journal/staff.hpp"
#include "portal/command.hpp"

namespace b24gate::presence {

inline constexpr std::array<std::string_view, 2> load_kinds = {"lead", "deal"};

class LoadReading {
 public:
  // `since`: where a pass of that kind (as in load_kinds) goes on; empty: a whole one.
  LoadReading(const std::array<std::optional<TimePoint>, 2>& since, TimeZone zone);

  // The commands of the next request. Empty: every kind is done or has failed.
  [[nodiscard]] std::vector<portal::Command> next() const;
  // REQUIRES: one outcome per command of next(). False: an answer did not come; what is missing is asked for
  // again by next(), after a while.
  bool take(const std::vector<portal::Outcome>& outcomes);

  struct Kind {
    std::string_view name;
    std::optional<TimePoint> since;
    std::optional<TimePoint> begun;
    std::int64_t last = 0;
    bool done = false;
    bool failed = false;
    std::string refused;                   // of a failed one: the portal's code, or "unexpected_answer"
    std::vector<journal::OpenCard> cards;  // what it has read; user 0: open no more

    [[nodiscard]] bool whole() const { return !since; }
    // Where the next pass goes on. REQUIRES: done.
    [[nodiscard]] TimePoint next_since() const;
  };
  [[nodiscard]] const std::array<Kind, 2>& kinds() const { return kinds_; }

 private:
  [[nodiscard]] portal::Command page(const Kind& kind) const;
  bool begin(const portal::Outcome& server_time);
  bool take_page(Kind& kind, const portal::Outcome& outcome);
  [[nodiscard]] bool plausible(const Kind& kind, const json::Array& rows) const;
  static void fail(Kind& kind, const std::string& code);

  const TimeZone zone_;
  std::array<Kind, 2> kinds_;
};

}  // namespace b24gate::presence
