// What an administrator wishes for an event, and what the portal's return does to all of them.
#include <fmt/format.h>

#include "journal/erase.hpp"
#include "journal/records.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

// The event's state; refuses events that are not there or at their end.
Result<std::string> open_state(Tx& tx, std::int64_t event_id) {
  auto state = first<std::string>(bound(tx, "SELECT state FROM events WHERE id = ?", event_id),
                                  [](const Statement& row) { return row.text(0); });
  if (!state) return fail(std::move(state.error()));
  if (!*state) return fail(ErrorKind::refused, "events", fmt::format("there is no event {}", event_id));
  if (**state == "delivered" || **state == "discarded" || **state == "ignored") {
    return fail(ErrorKind::refused, "events", fmt::format("the event is {} already", **state));
  }
  return std::move(**state);
}

}  // namespace

Done retry(Tx& tx, std::int64_t event_id, TimePoint now) {
  const auto state = open_state(tx, event_id);
  if (!state) return fail(state.error());
  if (*state == "received" || *state == "delivering") return {};  // on its way anyhow
  auto in_portal = integers(bound(tx,
                                  "SELECT count(*) FROM deliveries WHERE event_id = ? AND seq > 0 "
                                  "AND state IN ('sent', 'unclear', 'confirmed')",
                                  event_id));
  if (!in_portal) return fail(std::move(in_portal.error()));
  auto decided = integers(
      bound(tx, "SELECT 1 FROM deliveries WHERE event_id = ? AND seq = 0 AND name = 'passing_on'", event_id));
  if (!decided) return fail(std::move(decided.error()));
  // While nothing of it is in the portal the plan is made anew: the administrator may have mended the
  // mapping.
  Done done = in_portal->front() == 0 && decided->empty()
                  ? replan(tx, event_id)
                  : run(tx,
                        "UPDATE deliveries SET state = 'planned', reason = '' WHERE event_id "
                        "= ? AND state = 'failed'",
                        event_id);
  if (!done) return done;
  return run(
      tx,
      "UPDATE events SET state = 'waiting', reason = 'an administrator wants it tried again', next_at = ?, "
      "attempts = 0 WHERE id = ?",
      now, event_id);
}

Done discard(Tx& tx, std::int64_t event_id, std::string_view why, TimePoint now) {
  if (const auto state = open_state(tx, event_id); !state) return fail(state.error());
  Done done = run(
      tx, "UPDATE deliveries SET state = 'discarded', reason = ? WHERE event_id = ? AND state <> 'confirmed'",
      why, event_id);
  if (!done) return done;
  return run(tx,
             "UPDATE events SET state = 'discarded', reason = ?, next_at = 0, discarded_at = ? WHERE id = ?",
             why, now, event_id);
}

Done make_again(Tx& tx, std::int64_t event_id, TimePoint now) {
  auto state = first<std::string>(bound(tx, "SELECT state FROM events WHERE id = ?", event_id),
                                  [](const Statement& row) { return row.text(0); });
  if (!state) return fail(std::move(state.error()));
  if (!*state) return fail(ErrorKind::refused, "events", fmt::format("there is no event {}", event_id));
  if (**state != "delivered" && **state != "discarded") {
    return fail(ErrorKind::refused, "events",
                fmt::format("the event is {}: nothing was made that could be made again", **state));
  }
  auto passing = integers(
      bound(tx, "SELECT 1 FROM deliveries WHERE event_id = ? AND seq = 0 AND name = 'passing_on'", event_id));
  if (!passing) return fail(std::move(passing.error()));
  if (!passing->empty()) {
    return fail(ErrorKind::refused, "events",
                "it passed a lead on; give the lead to somebody by hand in the portal instead");
  }
  const auto erased = is_erased(tx, event_id);
  if (!erased) return fail(erased.error());
  if (*erased) return fail(ErrorKind::refused, "events", "the event's data was erased");
  Done done = run(tx,
                  "UPDATE deliveries SET state = 'discarded', reason = 'made again; it was ' || state "
                  "WHERE event_id = ? AND seq > 0 AND state <> 'discarded'",
                  event_id);
  if (!done) return done;
  done = run(tx, "UPDATE deliveries SET state = 'planned', reason = '' WHERE event_id = ? AND seq = 0",
             event_id);
  if (!done) return done;
  return run(
      tx,
      "UPDATE events SET state = 'waiting', reason = 'an administrator wants it made again', next_at = ?, "
      "attempts = 0, round = round + 1, lead_id = 0, card = '', decision = '', lead_fields = '', "
      "config_hash = '', assigned = '', discarded_at = NULL WHERE id = ?",
      now, event_id);
}

Done wake(Tx& tx, TimePoint now) {
  return run(tx,
             "UPDATE events INDEXED BY events_due SET next_at = ?1 "
             "WHERE (state = 'received' OR state = 'delivering' OR state = 'waiting') AND next_at > ?1",
             now);
}

}  // namespace b24gate::journal
