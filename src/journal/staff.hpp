// What the journal keeps of the people who get leads: who was set absent by hand, which cards are open in the
// portal and whose, and to whom each event gave its lead. Rules of records.hpp hold here too.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "journal/journal.hpp"

namespace b24gate::journal {

struct AwayRow {
  TimePoint since;
  TimePoint until;
  std::string why;
};
// Replaces what was set before; rows that ended before `since` go.
Done set_away(Tx& tx, std::string_view employee, const AwayRow& row);
// False: was not away.
Result<bool> set_back(Tx& tx, std::string_view employee);
// Also those that have ended, until somebody is set away again.
Result<std::map<std::string, AwayRow>> away(Session& session);

// The open leads and deals of the portal, as far as they have been read: "lead:12" -> portal user.
struct OpenCard {
  std::string card;
  std::int64_t user_id = 0;  // 0: it is open no more
};
Done store_cards(Tx& tx, const std::vector<OpenCard>& cards);
Result<std::vector<OpenCard>> open_cards(Session& session);

// A decision about an enquiry: who got it and what was known of the people then.
struct Assignment {
  TimePoint at;
  std::string employee;   // empty: whoever made the lead keeps it
  bool new_lead = false;  // it counts: a new lead for the employee, nothing that was added to a card
  std::string rule;       // path; empty: none fitted
  std::string
      chosen;  // how: group, rule (named by it), manager, holder (of an open lead), keep, fallback, waits
  std::string
      circumstances;  // JSON: presence, load and what was known of the client, as the decision saw them
  std::vector<std::pair<std::string, std::string>> passed_over;  // employee, cause
};
// The newest decision about an event stands.
Done store_assignment(Tx& tx, std::int64_t event_id, const Assignment& assignment);

struct GivenRow {
  std::int64_t event_id = 0;
  std::string employee;
  TimePoint at;
};
// New leads that were given since then, oldest first.
Result<std::vector<GivenRow>> given_since(Session& session, TimePoint since);
// Those whose lead is not in the portal yet.
Result<std::vector<GivenRow>> given_not_landed(Session& session);
// What the event's decision went by; empty: it was not decided.
Result<std::string> circumstances_of(Session& session, std::int64_t event_id);

}  // namespace b24gate::journal
