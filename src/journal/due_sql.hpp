// The queries for unfinished events. The indexes that they use hold unfinished events only, and each query
// names the one it needs: without it SQLite refuses the query instead of walking through years of finished
// ones. Private to the journal.
#pragma once

#include <string_view>

namespace b24gate::journal::sql {

inline constexpr std::string_view count_due =
    "SELECT count(*) FROM (SELECT 1 FROM events INDEXED BY events_due "
    "WHERE (state = 'received' OR state = 'delivering' OR state = 'waiting') AND next_at <= ? LIMIT ?)";

inline constexpr std::string_view due_few =
    "SELECT e.id FROM events e INDEXED BY events_due "
    "WHERE (e.state = 'received' OR e.state = 'delivering' OR e.state = 'waiting') AND e.urgent = 0 AND "
    "e.next_at <= ? AND NOT EXISTS "
    "("
    "SELECT 1 FROM identities mine CROSS JOIN identities older INDEXED BY identities_unfinished "
    "WHERE mine.event_id = e.id AND older.unfinished = 1 AND older.kind = mine.kind AND older.value = "
    "mine.value "
    "AND older.event_id < e.id) ORDER BY e.id LIMIT ?";

inline constexpr std::string_view due_many =
    "SELECT e.id FROM events e INDEXED BY events_unfinished "
    "WHERE (e.state = 'received' OR e.state = 'delivering' OR e.state = 'waiting') AND e.urgent = 0 AND "
    "e.next_at <= ? AND NOT EXISTS "
    "("
    "SELECT 1 FROM identities mine CROSS JOIN identities older INDEXED BY identities_unfinished "
    "WHERE mine.event_id = e.id AND older.unfinished = 1 AND older.kind = mine.kind AND older.value = "
    "mine.value "
    "AND older.event_id < e.id) ORDER BY e.id LIMIT ?";

// A state of a live call waits for the older ones of its call, and for nothing else.
inline constexpr std::string_view due_urgent =
    "SELECT e.id FROM events e INDEXED BY events_urgent "
    "WHERE e.urgent = 1 AND (e.state = 'received' OR e.state = 'delivering' OR e.state = 'waiting') AND "
    "e.next_at <= ? AND NOT EXISTS "
    "(SELECT 1 FROM identities mine CROSS JOIN identities older CROSS JOIN events o ON o.id = older.event_id "
    "WHERE mine.event_id = e.id AND mine.kind = 'conversation' AND older.kind = mine.kind AND older.value = "
    "mine.value AND older.event_id < e.id AND o.urgent = 1 AND o.parked = 0 AND (o.state = 'received' OR "
    "o.state = 'delivering' OR o.state = 'waiting')) ORDER BY e.id LIMIT ?";

inline constexpr std::string_view due_fresh =
    "SELECT e.id FROM events e INDEXED BY events_unfinished "
    "WHERE (e.state = 'received' OR e.state = 'delivering' OR e.state = 'waiting') AND e.state = 'received' "
    "AND e.urgent = 0 AND "
    "e.next_at <= ?1 AND e.received_at >= ?2 AND NOT EXISTS ("
    "SELECT 1 FROM identities mine CROSS JOIN identities older INDEXED BY identities_unfinished "
    "WHERE mine.event_id = e.id AND older.unfinished = 1 AND older.kind = mine.kind AND older.value = "
    "mine.value AND older.event_id < e.id) AND e.id > (SELECT coalesce(max(id), 0) FROM events) - 1000 ORDER "
    "BY e.id DESC LIMIT ?3";

inline constexpr std::string_view oldest_due =
    "SELECT e.received_at FROM events e INDEXED BY events_due "
    "WHERE (e.state = 'received' OR e.state = 'delivering' OR e.state = 'waiting') AND e.next_at <= ? ORDER "
    "BY e.next_at LIMIT 1";

inline constexpr std::string_view next_due =
    "SELECT max(e.next_at, e.received_at) FROM events e INDEXED BY events_due "
    "WHERE (e.state = 'received' OR e.state = 'delivering' OR e.state = 'waiting') AND NOT EXISTS ("
    "SELECT 1 FROM identities mine CROSS JOIN identities older INDEXED BY identities_unfinished "
    "WHERE mine.event_id = e.id AND older.unfinished = 1 AND older.kind = mine.kind AND older.value = "
    "mine.value "
    "AND older.event_id < e.id) ORDER BY e.next_at LIMIT 1";

}  // namespace b24gate::journal::sql
