// What the delivery of an event changes: plan, sent, answered, state.
//
// An administrator may discard an event while a worker has it in hand. The discard stands: nothing more is
// planned or sent, while what did happen in the portal (a confirmed delivery, a lead's id) is still written
// down. Of an erased event it is noted that it happened, not what the portal said: its words name the person.
#include <fmt/format.h>

#include <algorithm>

#include "journal/calls.hpp"
#include "journal/erase.hpp"
#include "journal/records.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

// Empties the old plan and returns the highest seq that stays.
Result<std::int64_t> clear_plan(Tx& tx, std::int64_t event_id) {
  Done done = run(tx, "UPDATE deliveries SET state = 'confirmed' WHERE event_id = ? AND seq = 0", event_id);
  if (!done) return fail(std::move(done.error()));
  done = run(tx,
             "DELETE FROM deliveries WHERE event_id = ? AND seq > 0 AND state IN ('planned', 'waiting') AND "
             "attempts = 0 "
             "AND sent_at IS NULL",
             event_id);
  if (!done) return fail(std::move(done.error()));
  done = run(tx,
             "UPDATE deliveries SET state = 'discarded', reason = 'planned anew' "
             "WHERE event_id = ? AND seq > 0 AND state IN ('planned', 'waiting')",
             event_id);
  if (!done) return fail(std::move(done.error()));
  auto highest =
      integers(bound(tx, "SELECT coalesce(max(seq), 0) FROM deliveries WHERE event_id = ?", event_id));
  if (!highest) return fail(std::move(highest.error()));
  return highest->front();
}

// What is parked for the conversation of this event has a card to land on now.
Done wake_conversation(Tx& tx, std::int64_t event_id) {
  auto parked = integers(
      bound(tx,
            "SELECT e.id FROM identities mine CROSS JOIN identities other ON other.kind = mine.kind AND "
            "other.value = mine.value CROSS JOIN events e ON e.id = other.event_id WHERE mine.event_id = ? "
            "AND mine.kind = 'conversation' AND e.parked = 1 AND e.state = 'waiting'",
            event_id));
  if (!parked) return fail(std::move(parked.error()));
  if (Done done = stir_call(tx, event_id, TimePoint{}); !done) return done;
  for (const auto id : *parked) {
    Done done = run(tx, "UPDATE events SET parked = 0, next_at = 0 WHERE id = ?", id);
    if (!done) return done;
    done = run(tx, "UPDATE identities SET unfinished = 1 WHERE event_id = ?", id);
    if (!done) return done;
  }
  return {};
}

Done store_decision(Tx& tx, std::int64_t event_id, const Plan& plan) {
  return run(
      tx,
      "UPDATE events SET state = 'delivering', next_at = 0, decision = ?, lead_fields = ?, config_hash = ?, "
      "assigned = ?, reason = ?, lead_id = ?, card = ? WHERE id = ?",
      plan.decision, plan.lead_fields, plan.config_hash, plan.assigned, plan.reason, plan.lead_id, plan.card,
      event_id);
}

}  // namespace

Done plan(Tx& tx, std::int64_t event_id, const Plan& plan) {
  auto open = integers(
      bound(tx, "SELECT 1 FROM events WHERE id = ? AND state NOT IN ('delivered', 'discarded', 'ignored')",
            event_id));
  if (!open) return fail(std::move(open.error()));
  if (open->empty()) return {};
  const auto highest = clear_plan(tx, event_id);
  if (!highest) return fail(highest.error());
  std::int64_t seq = *highest;
  // What the portal has registered itself is a call of its own, whatever else is known of it.
  const bool makes_call = std::any_of(plan.deliveries.begin(), plan.deliveries.end(), [](const auto& one) {
    return one.name == register_name && one.result.empty();
  });
  const auto registered = makes_call ? is_registered(tx, event_id) : false;
  if (!registered) return fail(registered.error());
  for (const auto& delivery : plan.deliveries) {
    // Another event of this call was quicker: the call is one, and so is what makes it.
    if (*registered && (delivery.name == register_name || delivery.name == finish_name)) continue;
    Done done =
        run(tx,
            "INSERT INTO deliveries(event_id, seq, name, method, key, state, params, result) "
            "VALUES (?1, ?2, ?3, ?4, ?5, CASE ?7 WHEN '' THEN 'planned' ELSE 'confirmed' END, ?6, ?7)",
            event_id, ++seq, delivery.name, delivery.method, delivery.key, delivery.params, delivery.result);
    if (!done) return done;
  }
  for (const auto& [group, employee] : plan.turns) {
    Done done = run(tx,
                    "INSERT INTO turns(name, employee) VALUES (?, ?) "
                    "ON CONFLICT(name) DO UPDATE SET employee = excluded.employee",
                    group, employee);
    if (!done) return done;
  }
  if (Done done = store_decision(tx, event_id, plan); !done) return done;
  if (plan.follow_up) {
    FollowUp follow_up = *plan.follow_up;
    follow_up.event_id = event_id;
    if (follow_up.root_id == 0) follow_up.root_id = event_id;
    if (Done done = store_follow_up(tx, follow_up); !done) return done;
  } else if (Done done = drop_follow_up(tx, event_id); !done) {
    return done;
  }
  if (plan.assignment) {
    if (Done done = store_assignment(tx, event_id, *plan.assignment); !done) return done;
  }
  return plan.lead_id > 0 || !plan.card.empty() ? wake_conversation(tx, event_id) : Done();
}

Done mark_sent(Tx& tx, const std::vector<std::int64_t>& delivery_ids, TimePoint at) {
  for (const auto id : delivery_ids) {
    Done done = run(tx,
                    "UPDATE deliveries SET state = 'sent', sent_at = ? "
                    "WHERE id = ? AND state NOT IN ('confirmed', 'discarded')",
                    at, id);
    if (!done) return done;
    if (tx.changes() == 0) {
      return fail(ErrorKind::refused, "deliveries",
                  fmt::format("delivery {} was discarded or is done: it must not be sent", id));
    }
  }
  return {};
}

Done record_attempt(Tx& tx, const AttemptResult& told) {
  auto event_id = integers(bound(tx, "SELECT event_id FROM deliveries WHERE id = ?", told.delivery_id));
  if (!event_id) return fail(std::move(event_id.error()));
  const auto erased = is_erased(tx, event_id->empty() ? 0 : event_id->front());
  if (!erased) return fail(erased.error());
  AttemptResult result = told;
  if (*erased) {
    result.reason = "erased";
    result.result.clear();
    result.attempt.answer.clear();
  }
  const AttemptRow& attempt = result.attempt;
  Done done = run(tx,
                  "INSERT INTO attempts(delivery_id, at, duration_ms, outcome, http_status, code, answer) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?)",
                  result.delivery_id, attempt.at, attempt.duration_ms, attempt.outcome, attempt.http_status,
                  attempt.code, attempt.answer);
  if (!done) return done;
  return run(tx,
             "UPDATE deliveries SET attempts = attempts + 1, "
             "state = CASE WHEN state = 'discarded' AND ?1 <> 'confirmed' THEN state ELSE ?1 END, "
             "reason = CASE WHEN state = 'discarded' AND ?1 <> 'confirmed' THEN reason ELSE ?2 END, "
             "result = CASE WHEN ?3 = '' THEN result ELSE ?3 END WHERE id = ?4",
             name(result.state), result.reason, result.result, result.delivery_id);
}

Done amend(Tx& tx, std::int64_t delivery_id, std::string_view params) {
  return run(tx,
             "UPDATE deliveries SET params = ? WHERE id = ? AND state IN ('planned', 'waiting', 'failed')",
             params, delivery_id);
}

Done set_lead(Tx& tx, std::int64_t event_id, std::int64_t lead_id) {
  if (Done done = run(tx, "UPDATE events SET lead_id = ? WHERE id = ?", lead_id, event_id); !done)
    return done;
  return wake_conversation(tx, event_id);
}

Done set_event_state(Tx& tx, std::int64_t event_id, EventState state, std::string_view reason,
                     std::optional<TimePoint> next_at, int attempts) {
  return run(tx,
             "UPDATE events SET state = ?, reason = ?, next_at = ?, attempts = ? WHERE id = ? AND state <> "
             "'discarded'",
             name(state), reason, next_at ? to_unix_ms(*next_at) : 0,
             state == EventState::delivered ? 0 : attempts, event_id);
}

Result<std::int64_t> recover(Tx& tx, TimePoint now) {
  constexpr std::string_view why = "the service stopped before the answer came";
  Done done = run(tx,
                  "INSERT INTO attempts(delivery_id, at, duration_ms, outcome, http_status, code, answer) "
                  "SELECT id, sent_at, 0, 'ambiguous', 0, '', ? FROM deliveries WHERE state = 'sent'",
                  why);
  if (!done) return fail(std::move(done.error()));
  done = run(tx,
             "UPDATE deliveries SET state = 'unclear', attempts = attempts + 1, reason = ? WHERE state = "
             "'sent'",
             why);
  if (!done) return fail(std::move(done.error()));
  const std::int64_t unclear = tx.changes();
  // The wall clock of the process that sent may have been another one, and what it was about to send may
  // have left much later than it was marked: the one thing that is certain is that it left before now.
  done = run(tx,
             "UPDATE deliveries SET sent_at = ? WHERE state = 'unclear' AND event_id IN (SELECT id FROM "
             "events INDEXED BY events_open WHERE (state = 'received' OR state = 'delivering' OR state = "
             "'waiting' OR state = 'failed'))",
             now);
  if (!done) return fail(std::move(done.error()));
  // For the same reason nobody knows how long what waits has still to wait.
  done = wake(tx, now);
  if (!done) return fail(std::move(done.error()));
  return unclear;
}

Done clock_moved(Tx& tx, Milliseconds by, TimePoint now) {
  Done done =
      run(tx,
          "UPDATE deliveries SET sent_at = sent_at + ? WHERE state IN ('sent', 'unclear') AND event_id IN "
          "(SELECT id FROM events INDEXED BY events_open WHERE (state = 'received' OR state = 'delivering' "
          "OR state = 'waiting' OR state = 'failed'))",
          by.count());
  if (!done) return done;
  return run(tx,
             "UPDATE events INDEXED BY events_due SET next_at = next_at + ?1 "
             "WHERE (state = 'received' OR state = 'delivering' OR state = 'waiting') AND next_at > ?2 - ?1",
             by.count(), now);
}

Done replan(Tx& tx, std::int64_t event_id) {
  auto made = integers(bound(tx,
                             "SELECT 1 FROM deliveries WHERE event_id = ? AND name = 'lead' AND state IN "
                             "('sent', 'unclear', 'confirmed')",
                             event_id));
  if (!made) return fail(std::move(made.error()));
  if (!made->empty()) {
    return fail(ErrorKind::refused, "events",
                fmt::format("event {} has, or may have, a lead of its own", event_id));
  }
  // Confirmed ones too: they belonged to what is gone, and a plan is anew only when nothing of the old one
  // counts.
  Done done = run(
      tx,
      "UPDATE deliveries SET reason = CASE state WHEN 'confirmed' THEN 'planned anew; it was confirmed "
      "before' "
      "ELSE 'planned anew' END, state = 'discarded' WHERE event_id = ? AND seq > 0 AND state <> 'discarded'",
      event_id);
  if (!done) return done;
  done = run(tx,
             "UPDATE deliveries SET state = 'planned', reason = '' WHERE event_id = ? AND seq = 0 AND state "
             "<> 'discarded'",
             event_id);
  if (!done) return done;
  return run(tx,
             "UPDATE events SET state = 'received', next_at = 0, lead_id = 0, card = '', decision = '', "
             "lead_fields = '', "
             "config_hash = '', assigned = '', reason = '' "
             "WHERE id = ? AND state NOT IN ('delivered', 'discarded', 'ignored')",
             event_id);
}

}  // namespace b24gate::journal
