// Events of one conversation: where it landed, what it says so far, and those that came before their card.
#include <algorithm>

#include "journal/records.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

// What of a conversation is read at most: a call has a dozen events, a chat rarely more than a hundred.
constexpr std::size_t longest = 500;

// ?1: the event. Conversations that one event ties together are one (a transfer names both its calls).
constexpr std::string_view events_of_conversation =
    "WITH RECURSIVE conversation(value) AS ("
    "SELECT value FROM identities WHERE event_id = ?1 AND kind = 'conversation' UNION "
    "SELECT also.value FROM conversation c CROSS JOIN identities i ON i.kind = 'conversation' AND i.value = "
    "c.value CROSS JOIN identities also ON also.event_id = i.event_id AND also.kind = 'conversation') "
    "SELECT DISTINCT i.event_id FROM conversation c CROSS JOIN identities i ON i.kind = 'conversation' "
    "AND i.value = c.value WHERE i.event_id <> ?1 ORDER BY i.event_id";

}  // namespace

Result<Conversation> conversation_of(Reader& reader, std::int64_t event_id) {
  auto ids = integers(bound(reader, events_of_conversation, event_id));
  if (!ids) return fail(std::move(ids.error()));
  if (ids->size() > longest) ids->erase(ids->begin(), ids->end() - longest);
  Conversation out;
  for (const auto id : *ids) {
    auto row = event(reader, id);
    if (!row) return fail(std::move(row.error()));
    if (!*row) continue;
    if ((*row)->lead_id > 0) out.lead_id = (*row)->lead_id;
    if (!(*row)->card.empty()) out.card = (*row)->card;
    out.data.push_back(std::move((*row)->data));
  }
  return out;
}

Done park(Tx& tx, std::int64_t event_id, std::string_view reason, TimePoint now, TimePoint until) {
  auto landed = integers(bound(
      tx,
      "SELECT 1 FROM identities mine CROSS JOIN identities other ON other.kind = mine.kind AND other.value = "
      "mine.value CROSS JOIN events e ON e.id = other.event_id WHERE mine.event_id = ? AND mine.kind = "
      "'conversation' AND (e.lead_id > 0 OR e.card <> '') LIMIT 1",
      event_id));
  if (!landed) return fail(std::move(landed.error()));
  const bool waits = landed->empty();
  Done done = run(tx,
                  "UPDATE events SET state = 'waiting', reason = ?, next_at = ?, parked = ? WHERE id = ? AND "
                  "state IN ('received', 'delivering', 'waiting')",
                  reason, waits ? until : now, waits ? 1 : 0, event_id);
  if (!done || !waits) return done;
  // Others of the same conversation, the call itself above all, must not wait for it.
  return run(tx, "UPDATE identities SET unfinished = 0 WHERE event_id = ?", event_id);
}

}  // namespace b24gate::journal
