// The query for the events of one conversation. Private to the journal.
#pragma once

#include <string_view>

namespace b24gate::journal::sql {

// ?1: the event, which is left out. Conversations that one event ties together are one (a transfer names both
// its calls, two services tell of one call).
inline constexpr std::string_view events_of_conversation =
    "WITH RECURSIVE conversation(value) AS ("
    "SELECT value FROM identities WHERE event_id = ?1 AND kind = 'conversation' UNION "
    "SELECT also.value FROM conversation c CROSS JOIN identities i ON i.kind = 'conversation' AND i.value = "
    "c.value CROSS JOIN identities also ON also.event_id = i.event_id AND also.kind = 'conversation') "
    "SELECT DISTINCT i.event_id FROM conversation c CROSS JOIN identities i ON i.kind = 'conversation' "
    "AND i.value = c.value WHERE i.event_id <> ?1 ORDER BY i.event_id";

}  // namespace b24gate::journal::sql
