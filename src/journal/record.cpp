// A request comes in: the duplicate check, the request, its events.
#include <algorithm>

#include "journal/calls.hpp"
#include "journal/erase.hpp"
#include "journal/records.hpp"
#include "journal/skeleton.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

Result<std::int64_t> insert_request(Tx& tx, const NewRequest& request) {
  auto statement = bound(
      tx,
      "INSERT INTO requests(source, connector, received_at, client_ip, method, target, status, outcome, "
      "reason, origin, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      request.source, request.connector, request.received_at, request.client_ip, request.method,
      request.target, request.status, request.outcome, request.reason, request.origin, request.headers);
  if (!statement) return fail(std::move(statement.error()));
  if (Done done = statement->bind_blob(request.body).run(); !done) return fail(std::move(done.error()));
  return tx.last_insert_id();
}

// The event of this key, an erased one included.
Result<std::vector<std::int64_t>> same_key(Tx& tx, const std::string& source, const std::string& key) {
  return integers(
      bound(tx, "SELECT id FROM events WHERE source = ? AND key IN (?, ?)", source, key, erased_key(key)));
}

// The new event's id, or nothing when its key was there already.
Result<std::optional<std::int64_t>> insert_event(Tx& tx, std::int64_t request_id, const NewRequest& request,
                                                 const NewEvent& event) {
  auto erased = integers(
      bound(tx, "SELECT id FROM events WHERE source = ? AND key = ?", request.source, erased_key(event.key)));
  if (!erased) return fail(std::move(erased.error()));
  if (!erased->empty()) return std::optional<std::int64_t>();
  auto statement =
      bound(tx,
            "INSERT INTO events(request_id, source, key, kind, received_at, state, reason, data, urgent, "
            "occurred_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(source, key) DO NOTHING",
            request_id, request.source, event.key, event.kind, request.received_at,
            name(event.deliver ? EventState::received : EventState::ignored), event.reason, event.data,
            event.urgent ? 1 : 0);
  if (!statement) return fail(std::move(statement.error()));
  if (Done done = statement->bind_or_null(event.occurred_at).run(); !done)
    return fail(std::move(done.error()));
  if (tx.changes() == 0) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(tx.last_insert_id());
}

Done insert_belongings(Tx& tx, std::int64_t event_id, const NewEvent& event) {
  for (const auto& identity : event.identities) {
    // An identity that says nothing would tie strangers together.
    if (identity.value.empty()) continue;
    Done done =
        run(tx, "INSERT OR IGNORE INTO identities(kind, value, event_id, unfinished) VALUES (?, ?, ?, ?)",
            identity.kind, identity.value, event_id, event.deliver && !event.urgent ? 1 : 0);
    if (!done) return done;
  }
  if (!event.deliver) return {};
  return run(tx,
             "INSERT INTO deliveries(event_id, seq, name, method, key, state, params) "
             "VALUES (?, 0, 'enquiry', '', '', 'planned', '')",
             event_id);
}

Done link(Tx& tx, std::int64_t request_id, std::int64_t event_id, bool is_new) {
  // One request may bring the same event twice.
  return run(tx, "INSERT OR IGNORE INTO request_events(request_id, event_id, is_new) VALUES (?, ?, ?)",
             request_id, event_id, is_new ? 1 : 0);
}

Result<std::int64_t> known_event(Tx& tx, const std::string& source, const std::string& key) {
  auto found = same_key(tx, source, key);
  if (!found) return fail(std::move(found.error()));
  if (found->empty()) return fail(ErrorKind::internal, "journal", "an event is neither new nor known");
  return found->front();
}

bool is_of_conversation(const NewEvent& event) {
  return std::any_of(event.identities.begin(), event.identities.end(),
                     [](const auto& identity) { return identity.kind == conversation_kind; });
}

bool contains(const std::vector<std::int64_t>& ids, std::int64_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

std::string same_as(const std::vector<std::int64_t>& ids) {
  std::string out = ids.size() == 1 ? "the same as event " : "the same as events ";
  for (std::size_t i = 0; i < ids.size(); ++i) out += (i == 0 ? "e" : ", e") + std::to_string(ids[i]);
  return out;
}

}  // namespace

namespace {

// What repeats an erased event brings the person's data again: its bytes are not kept.
Done forget_if_erased(Tx& tx, const Recorded& recorded) {
  for (const auto id : recorded.known_ids) {
    const auto erased = is_erased(tx, id);
    if (!erased) return fail(erased.error());
    if (!*erased) continue;
    return run(tx,
               "UPDATE requests SET body = NULL, headers = NULL, client_ip = '', target = '' WHERE id = ?",
               recorded.request_id);
  }
  return {};
}

// The request's events, each with the duplicate check.
Done record_events(Tx& tx, const NewRequest& request, Recorded& recorded) {
  for (const auto& event : request.events) {
    auto inserted = insert_event(tx, recorded.request_id, request, event);
    if (!inserted) return fail(std::move(inserted.error()));
    if (*inserted) {
      if (Done done = insert_belongings(tx, **inserted, event); !done) return done;
      if (Done done = tie_call(tx, **inserted, request.source, event); !done) return done;
      if (is_of_conversation(event)) {
        Done done = stir_call(tx, **inserted, request.received_at + request.call_quiet);
        if (!done) return done;
      }
      if (Done done = link(tx, recorded.request_id, **inserted, true); !done) return done;
      recorded.event_ids.push_back(**inserted);
      recorded.in_order.push_back(**inserted);
      continue;
    }
    auto known = known_event(tx, request.source, event.key);
    if (!known) return fail(std::move(known.error()));
    if (Done done = link(tx, recorded.request_id, *known, false); !done) return done;
    recorded.in_order.push_back(*known);
    if (!contains(recorded.event_ids, *known) && !contains(recorded.known_ids, *known))
      recorded.known_ids.push_back(*known);
  }
  return {};
}

}  // namespace

Result<Recorded> record(Tx& tx, const NewRequest& request) {
  auto request_id = insert_request(tx, request);
  if (!request_id) return fail(std::move(request_id.error()));
  Recorded recorded;
  recorded.request_id = *request_id;
  recorded.outcome = request.outcome;
  if (Done done = record_events(tx, request, recorded); !done) return fail(std::move(done.error()));
  if (Done done = forget_if_erased(tx, recorded); !done) return fail(std::move(done.error()));
  if (recorded.event_ids.empty() && !recorded.known_ids.empty()) {
    recorded.outcome = "duplicate";
    const std::string reason = request.reason.empty() ? same_as(recorded.known_ids) : request.reason;
    Done done =
        run(tx, "UPDATE requests SET outcome = 'duplicate', reason = ? WHERE id = ?", reason, *request_id);
    if (!done) return fail(std::move(done.error()));
  }
  return recorded;
}

Result<Recorded> reread(Tx& tx, std::int64_t request_id, const NewRequest& request) {
  Recorded recorded;
  recorded.request_id = request_id;
  recorded.outcome = request.outcome;
  if (Done done = record_events(tx, request, recorded); !done) return fail(std::move(done.error()));
  Done done = run(tx, "UPDATE requests SET outcome = ?, reason = 'read again', origin = ? WHERE id = ?",
                  request.outcome, request.origin, request_id);
  if (!done) return fail(std::move(done.error()));
  std::string read_as = "read again as ";
  for (std::size_t i = 0; i < recorded.in_order.size(); ++i)
    read_as += (i == 0 ? "e" : ", e") + std::to_string(recorded.in_order[i]);
  done =
      run(tx,
          "UPDATE events SET state = 'ignored', reason = ?1 WHERE request_id = ?2 AND key LIKE 'capture:%' "
          "AND state IN ('received', 'waiting', 'ignored')",
          read_as, request_id);
  if (!done) return fail(std::move(done.error()));
  return recorded;
}

Result<bool> all_known(Tx& tx, const NewRequest& request) {
  for (const auto& event : request.events) {
    auto found = same_key(tx, request.source, event.key);
    if (!found) return fail(std::move(found.error()));
    if (found->empty()) return false;
  }
  return !request.events.empty();
}

Done set_answer(Tx& tx, std::int64_t request_id, std::string_view answer) {
  return run(tx, "UPDATE requests SET answer = ? WHERE id = ?", answer, request_id);
}

}  // namespace b24gate::journal
