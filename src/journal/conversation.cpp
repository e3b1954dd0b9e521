// Events of one conversation: where it landed, what it says so far, and those that came before their card.
#include <algorithm>

#include "journal/conversation_sql.hpp"
#include "journal/records.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

// What of a conversation is read at most: a call has a dozen events, a chat rarely more than a hundred.
constexpr std::size_t longest = 500;

bool unfinished(EventState state) {
  return state == EventState::received || state == EventState::delivering || state == EventState::waiting;
}

Result<std::vector<DeliveryRow>> telephony_of(Reader& reader, std::int64_t event_id) {
  auto all = deliveries_of(reader, event_id);
  if (!all) return all;
  std::vector<DeliveryRow> out;
  for (auto& one : *all) {
    const bool telephony =
        one.name == register_name || one.name == finish_name || one.name == "show" || one.name == "hide";
    if (telephony && one.state != DeliveryState::discarded) out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

Result<Conversation> conversation_of(Reader& reader, std::int64_t event_id) {
  auto ids = integers(bound(reader, sql::events_of_conversation, event_id));
  if (!ids) return fail(std::move(ids.error()));
  if (ids->size() > longest) ids->erase(ids->begin(), ids->end() - longest);
  Conversation out;
  for (const auto id : *ids) {
    auto row = event(reader, id);
    if (!row) return fail(std::move(row.error()));
    if (!*row) continue;
    if ((*row)->lead_id > 0) out.lead_id = (*row)->lead_id;
    if (!(*row)->card.empty()) out.card = (*row)->card;
    out.newest = std::max(out.newest.value_or((*row)->received_at), (*row)->received_at);
    const bool landed = (*row)->lead_id > 0 || !(*row)->card.empty();
    if (!(*row)->urgent && !landed && unfinished((*row)->state)) out.unsettled = true;
    out.data.push_back(std::move((*row)->data));
    auto planned = telephony_of(reader, id);
    if (!planned) return fail(std::move(planned.error()));
    for (auto& delivery : *planned) out.telephony.push_back(std::move(delivery));
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
