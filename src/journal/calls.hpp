// What record() and plan() do for telephone calls. Private to the journal; parked = 2 marks an event that
// waits for its call to go on (1: for its conversation to get a card).
#pragma once

#include "journal/records.hpp"

namespace b24gate::journal {

// Makes the event a part of the same call told by another service, when there is one: same client, same
// direction, same line, begun at the same time, and not known to that service under another number already.
Done tie_call(Tx& tx, std::int64_t event_id, const std::string& source, const NewEvent& event);
// Whatever waits for the event's call to go on is looked at at that time.
Done stir_call(Tx& tx, std::int64_t event_id, TimePoint at);
// Whether another event of the call has the deliveries that make it in the portal.
Result<bool> is_registered(Tx& tx, std::int64_t event_id);

}  // namespace b24gate::journal
