// Leads that were given out and are looked at again: those that wait for somebody to come, and those that
// must be accepted in time. Rules of records.hpp hold here too.
//
// A follow-up belongs to the event whose decision it is about: the enquiry, or the last passing on of it. It
// survives restarts, and goes with its event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "journal/journal.hpp"

namespace b24gate::journal {

struct FollowUp {
  enum class Kind {
    wait,    // for somebody of a group; due_at: until when, none: for ever
    accept,  // due_at: until when the holder may
  };
  Kind kind = Kind::accept;
  std::int64_t event_id = 0;
  std::int64_t root_id = 0;  // the enquiry
  std::int64_t lead_id = 0;  // of the event
  std::optional<TimePoint> due_at;
  std::string stage;                  // that the lead was made in; empty: the portal's first
  std::int64_t holder = 0;            // portal user who has it as far as we know
  std::vector<std::string> declined;  // employees who had it and did not accept it
  int passed = 0;                     // how often it was passed on
};

// With the decision that it is about; takes the place of an earlier one of the event.
Done store_follow_up(Tx& tx, const FollowUp& follow_up);
Done drop_follow_up(Tx& tx, std::int64_t event_id);
// Those whose lead is in the portal: everything that waits, and what was to be accepted by now; oldest first.
Result<std::vector<FollowUp>> follow_ups(Session& session, TimePoint now, std::size_t limit);

struct Plan;
// The lead is passed on: a new event of the same client, with this key, data and plan, takes the place of the
// follow-up. Returns its id; nothing when the follow-up is gone or the key is there already.
Result<std::optional<std::int64_t>> pass_on(Tx& tx, const FollowUp& follow_up, std::string_view key,
                                            std::string_view data, const Plan& plan, TimePoint now);

}  // namespace b24gate::journal
