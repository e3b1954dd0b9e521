// Telephone calls: one call told by several services, and events that wait for their call to go on.
#include "journal/calls.hpp"

#include <algorithm>
#include <cstdlib>

#include "journal/conversation_sql.hpp"
#include "journal/sql.hpp"
#include "json/value.hpp"

namespace b24gate::journal {
namespace {

// Of a client with years of calls the newest are looked at.
constexpr std::int64_t newest_events = 200;

struct Candidate {
  std::string conversation;
  TimePoint at;
  std::string direction, line;
};

// Calls of other sources with the same client, begun within the time.
Result<std::vector<Candidate>> candidates(Tx& tx, std::int64_t event_id, const std::string& source,
                                          const CallSight& call) {
  return rows<Candidate>(
      bound(
          tx,
          "SELECT c.value, e.occurred_at, coalesce(json_extract(e.data, '$.call.direction'), ''), "
          "coalesce(json_extract(e.data, '$.call.line'), '') FROM (SELECT event_id FROM identities WHERE "
          "kind = 'phone' AND value = ?1 ORDER BY event_id DESC LIMIT ?2) p CROSS JOIN events e ON e.id = "
          "p.event_id CROSS JOIN identities c ON c.event_id = e.id AND c.kind = 'conversation' WHERE e.id "
          "<> ?3 AND e.source <> ?4 AND e.kind IN ('call', 'call_recording') AND e.occurred_at BETWEEN ?5 "
          // An order that came to nothing is no call that another could be.
          "AND ?6 AND json_valid(e.data) AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = e.id "
          "AND d.name = 'order' AND d.state = 'discarded')",
          call.client, newest_events, event_id, source, call.at - call.within, call.at + call.within),
      [](const Statement& row) {
        return Candidate{row.text(0), from_unix_ms(row.integer(1)), row.text(2), row.text(3)};
      });
}

// That call is another one for this service: it knows it under another number.
Result<bool> is_taken(Tx& tx, std::int64_t event_id, const std::string& source,
                      const std::string& conversation) {
  auto found = integers(bound(
      tx,
      "SELECT 1 FROM identities a CROSS JOIN identities other ON other.event_id = a.event_id AND other.kind "
      "= "
      "'conversation' WHERE a.kind = 'conversation' AND a.value = ?1 AND substr(other.value, 1, length(?2) + "
      "1) = ?2 || '/' AND NOT EXISTS (SELECT 1 FROM identities mine WHERE mine.event_id = ?3 AND mine.kind = "
      "'conversation' AND mine.value = other.value) LIMIT 1",
      conversation, source, event_id));
  if (!found) return fail(std::move(found.error()));
  return !found->empty();
}

}  // namespace

Done tie_call(Tx& tx, std::int64_t event_id, const std::string& source, const NewEvent& event) {
  if (!event.call || event.call->within.count() <= 0 || event.call->client.empty()) return {};
  const CallSight& call = *event.call;
  auto found = candidates(tx, event_id, source, call);
  if (!found) return fail(std::move(found.error()));
  std::sort(found->begin(), found->end(), [&](const Candidate& a, const Candidate& b) {
    return std::abs((a.at - call.at).count()) < std::abs((b.at - call.at).count());
  });
  for (const auto& one : *found) {
    const bool same_line = call.line.empty() || one.line.empty() || one.line == call.line;
    if (one.direction != call.direction || !same_line) continue;
    const auto taken = is_taken(tx, event_id, source, one.conversation);
    if (!taken) return fail(taken.error());
    if (*taken) continue;
    return run(tx,
               "INSERT OR IGNORE INTO identities(kind, value, event_id, unfinished) VALUES ('conversation', "
               "?, ?, ?)",
               one.conversation, event_id, event.deliver && !event.urgent ? 1 : 0);
  }
  return {};
}

Done stir_call(Tx& tx, std::int64_t event_id, TimePoint at) {
  auto others = integers(bound(tx, sql::events_of_conversation, event_id));
  if (!others) return fail(std::move(others.error()));
  for (const auto id : *others) {
    Done done =
        run(tx, "UPDATE events SET next_at = ? WHERE id = ? AND parked = 2 AND state = 'waiting'", at, id);
    if (!done) return done;
  }
  return {};
}

Done tie(Tx& tx, std::int64_t event_id, std::string_view conversation) {
  return run(tx,
             "INSERT OR IGNORE INTO identities(kind, value, event_id, unfinished) VALUES ('conversation', ?, "
             "?, 0)",
             conversation, event_id);
}

Result<bool> is_registered(Tx& tx, std::int64_t event_id) {
  auto others = integers(bound(tx, sql::events_of_conversation, event_id));
  if (!others) return fail(std::move(others.error()));
  for (const auto id : *others) {
    auto found = integers(
        bound(tx, "SELECT 1 FROM deliveries WHERE event_id = ? AND name = ? AND state <> 'discarded'", id,
              register_name));
    if (!found) return fail(std::move(found.error()));
    if (!found->empty()) return true;
  }
  return false;
}

Done park_call(Tx& tx, std::int64_t event_id, const Parking& parking) {
  auto others = integers(bound(tx, sql::events_of_conversation, event_id));
  if (!others) return fail(std::move(others.error()));
  bool news = others->size() > parking.known;
  for (const auto id : parking.awaited) {
    if (news) break;
    auto open = integers(bound(tx,
                               "SELECT 1 FROM deliveries WHERE id = ? AND state IN "
                               "('planned', 'sent', 'unclear', 'waiting')",
                               id));
    if (!open) return fail(std::move(open.error()));
    news = open->empty();
  }
  Done done = run(tx,
                  "UPDATE events SET state = 'waiting', reason = ?, next_at = ?, parked = 2 WHERE id = ? AND "
                  "state IN ('received', 'delivering', 'waiting')",
                  parking.reason, news ? parking.now : parking.until, event_id);
  if (!done) return done;
  return run(tx, "UPDATE identities SET unfinished = 0 WHERE event_id = ?", event_id);
}

Done look_again(Tx& tx, std::int64_t event_id) {
  return run(tx, "UPDATE events SET next_at = 0 WHERE id = ? AND parked = 2 AND state = 'waiting'", event_id);
}

Done give_up(Tx& tx, std::int64_t delivery_id, std::string_view why) {
  return run(tx, "UPDATE deliveries SET state = 'discarded', reason = ? WHERE id = ?", why, delivery_id);
}

Done add_delivery(Tx& tx, std::int64_t event_id, const NewDelivery& delivery) {
  return run(tx,
             "INSERT INTO deliveries(event_id, seq, name, method, key, state, params) SELECT ?1, "
             "coalesce(max(seq), 0) + 1, ?2, ?3, ?4, 'planned', ?5 FROM deliveries WHERE event_id = ?1",
             event_id, delivery.name, delivery.method, delivery.key, delivery.params);
}

Result<ClientCalls> calls_of(Reader& reader, const std::vector<Identity>& identities, std::int64_t event_id) {
  ClientCalls out;
  struct Talk {
    TimePoint at;
    std::string employee;
  };
  for (const auto& identity : identities) {
    if (identity.kind != "phone") continue;
    auto talks = rows<Talk>(
        bound(reader,
              "SELECT e.occurred_at, coalesce(json_extract(e.data, '$.call.employee'), '') FROM (SELECT "
              "event_id FROM identities WHERE kind = 'phone' AND value = ?1 ORDER BY event_id DESC LIMIT ?2) "
              "p CROSS JOIN events e ON e.id = p.event_id WHERE e.id <> ?3 AND e.kind = 'call' AND "
              "e.occurred_at IS NOT NULL AND json_valid(e.data) AND json_extract(e.data, '$.call.outcome') = "
              "'answered' AND json_extract(e.data, '$.call.direction') <> 'internal'",
              identity.value, newest_events, event_id),
        [](const Statement& row) {
          return Talk{from_unix_ms(row.integer(0)), row.text(1)};
        });
    if (!talks) return fail(std::move(talks.error()));
    for (const auto& talk : *talks) {
      if (out.answered_at && *out.answered_at >= talk.at) continue;
      out.answered_at = talk.at;
      out.last_talked = talk.employee;
    }
    auto tasks = rows<CallBack>(
        bound(reader,
              "SELECT e.id, cast(d.result AS INTEGER), coalesce(e.occurred_at, e.received_at) FROM (SELECT "
              "event_id FROM identities WHERE kind = 'phone' AND value = ?1 ORDER BY event_id DESC LIMIT ?2) "
              "p CROSS JOIN events e ON e.id = p.event_id CROSS JOIN deliveries d ON d.event_id = e.id WHERE "
              "d.name = 'call_back' AND d.state = 'confirmed' AND cast(d.result AS INTEGER) > 0 AND NOT "
              "EXISTS (SELECT 1 FROM identities i CROSS JOIN deliveries c ON c.event_id = i.event_id WHERE "
              "i.kind = 'phone' AND i.value = ?1 AND c.name = 'close' AND c.key = 'task:' || d.result)",
              identity.value, newest_events),
        [](const Statement& row) {
          return CallBack{row.integer(0), row.integer(1), from_unix_ms(row.integer(2))};
        });
    if (!tasks) return fail(std::move(tasks.error()));
    for (const auto& task : *tasks) {
      const bool known = std::any_of(out.open.begin(), out.open.end(),
                                     [&](const CallBack& one) { return one.task_id == task.task_id; });
      if (!known) out.open.push_back(task);
    }
  }
  return out;
}

}  // namespace b24gate::journal
