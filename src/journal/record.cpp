// A request comes in: the duplicate check, the request, its events.
#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "journal/calls.hpp"
#include "journal/erase.hpp"
#include "journal/records.hpp"
#include "journal/skeleton.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

// The event of this key, an erased one included.
Result<std::optional<std::int64_t>> of_key(Tx& tx, const std::string& source, const std::string& key) {
  struct Seen {
    std::optional<std::int64_t> id;
    bool any_erased;
  };
  const auto look_up = [&](const std::string& known_as) {
    return first<Seen>(
        bound(tx,
              "SELECT (SELECT id FROM events WHERE source = ?1 AND key = ?2), EXISTS (SELECT 1 FROM events "
              "WHERE source = ?1 AND key >= 'erased:' AND key < 'erased;')",
              source, known_as),
        [](const Statement& row) {
          return Seen{row.is_null(0) ? std::nullopt : std::optional(row.integer(0)), row.integer(1) != 0};
        });
  };
  auto seen = look_up(key);
  // The hash of a key is made where the source has such keys at all.
  if (seen && !(*seen)->id && (*seen)->any_erased) seen = look_up(erased_key(key));
  if (!seen) return fail(std::move(seen.error()));
  return (*seen)->id;
}

// How far events of near keys may be apart.
constexpr std::chrono::hours near_enough{24};

Result<bool> is_near(Tx& tx, std::int64_t event_id, TimePoint received_at) {
  const auto other = first<TimePoint>(bound(tx, "SELECT received_at FROM events WHERE id = ?", event_id),
                                      [](const Statement& row) { return from_unix_ms(row.integer(0)); });
  if (!other) return fail(other.error());
  return *other && std::chrono::abs(received_at - **other) <= near_enough;
}

// The event that this one is a repeat of.
Result<std::optional<std::int64_t>> same(Tx& tx, const NewRequest& request, const NewEvent& event) {
  auto known = of_key(tx, request.source, event.key);
  if (!known || *known) return known;
  for (const auto& key : event.near_keys) {
    known = of_key(tx, request.source, key);
    if (!known) return known;
    if (!*known) continue;
    const auto is_same = is_near(tx, **known, request.received_at);
    if (!is_same) return fail(is_same.error());
    if (*is_same) return known;
  }
  return std::optional<std::int64_t>();
}

// What each event of the request is or is going to be; nothing is stored yet.
Done recognise(Tx& tx, const NewRequest& request, Recorded& recorded) {
  std::unordered_map<std::string_view, std::int64_t> seen;  // one request may bring the same event twice
  for (const auto& event : request.events) {
    if (const auto twin = seen.find(event.key); twin != seen.end()) {
      recorded.in_order.push_back(twin->second);
      continue;
    }
    auto known = same(tx, request, event);
    if (!known) return fail(std::move(known.error()));
    std::int64_t id = 0;
    if (*known) {
      id = **known;
      recorded.known_ids.push_back(id);
    } else {
      const auto next = tx.next_id("events");
      if (!next) return fail(next.error());
      id = *next;
      recorded.event_ids.push_back(id);
    }
    recorded.in_order.push_back(id);
    seen.emplace(event.key, id);
  }
  return {};
}

Done insert_event(Tx& tx, std::int64_t id, std::int64_t request_id, const NewRequest& request,
                  const NewEvent& event) {
  return run(
      tx,
      "INSERT INTO events(id, request_id, source, key, kind, received_at, state, reason, data, urgent, "
      "occurred_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, request_id, request.source, event.key, event.kind, request.received_at,
      name(event.deliver ? EventState::received : EventState::ignored), event.reason, event.data,
      event.urgent ? 1 : 0, event.occurred_at);
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

// A request that is read again may find the event that it has brought itself.
Done note_repeat(Tx& tx, std::int64_t request_id, std::int64_t event_id) {
  return run(
      tx,
      "INSERT OR IGNORE INTO repeats(request_id, event_id) SELECT ?1, id FROM events WHERE id = ?2 AND "
      "request_id <> ?1",
      request_id, event_id);
}

bool is_of_conversation(const NewEvent& event) {
  return std::any_of(event.identities.begin(), event.identities.end(),
                     [](const auto& identity) { return identity.kind == conversation_kind; });
}

std::string same_as(const std::vector<std::int64_t>& ids) {
  std::string out = ids.size() == 1 ? "the same as event " : "the same as events ";
  for (std::size_t i = 0; i < ids.size(); ++i) out += (i == 0 ? "e" : ", e") + std::to_string(ids[i]);
  return out;
}

// What repeats an erased event brings the person's data again: its bytes are not kept.
Result<bool> repeats_erased(Tx& tx, const Recorded& recorded) {
  for (const auto id : recorded.known_ids) {
    const auto erased = is_erased(tx, id);
    if (!erased || *erased) return erased;
  }
  return false;
}

bool repeats_only(const Recorded& recorded) {
  return recorded.event_ids.empty() && !recorded.known_ids.empty();
}

Done insert_request(Tx& tx, const NewRequest& request, const Recorded& recorded, std::string_view answer) {
  const auto forget = repeats_erased(tx, recorded);
  if (!forget) return fail(forget.error());
  const std::string reason =
      repeats_only(recorded) && request.reason.empty() ? same_as(recorded.known_ids) : request.reason;
  using Text = std::optional<std::string_view>;
  return run(tx,
             "INSERT INTO requests(id, source, connector, received_at, client_ip, method, target, status, "
             "outcome, reason, origin, answer, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
             "?)",
             recorded.request_id, request.source, request.connector, request.received_at,
             *forget ? std::string_view() : request.client_ip, request.method,
             *forget ? std::string_view() : request.target, request.status, recorded.outcome, reason,
             request.origin, answer, *forget ? Text() : Text(request.headers),
             *forget ? std::optional<Blob>() : std::optional(Blob{request.body}));
}

// The events as they were recognised.
Done insert_events(Tx& tx, const NewRequest& request, const Recorded& recorded) {
  auto fresh = recorded.event_ids.begin();
  for (std::size_t i = 0; i < request.events.size() && fresh != recorded.event_ids.end(); ++i) {
    const std::int64_t id = recorded.in_order[i];
    if (id != *fresh) continue;
    ++fresh;
    const NewEvent& event = request.events[i];
    if (Done done = insert_event(tx, id, recorded.request_id, request, event); !done) return done;
    if (Done done = insert_belongings(tx, id, event); !done) return done;
    if (Done done = tie_call(tx, id, request.source, event); !done) return done;
    if (!is_of_conversation(event)) continue;
    Done done = stir_call(tx, id, request.received_at + request.call_quiet);
    if (!done) return done;
  }
  for (const auto id : recorded.known_ids) {
    if (Done done = note_repeat(tx, recorded.request_id, id); !done) return done;
  }
  return {};
}

}  // namespace

Result<Recorded> record(Tx& tx, const NewRequest& request, const MakeAnswer& make_answer) {
  auto request_id = tx.next_id("requests");
  if (!request_id) return fail(std::move(request_id.error()));
  Recorded recorded;
  recorded.request_id = *request_id;
  if (Done done = recognise(tx, request, recorded); !done) return fail(std::move(done.error()));
  recorded.outcome = repeats_only(recorded) ? "duplicate" : request.outcome;
  auto answer = make_answer ? make_answer(recorded) : std::string();
  if (!answer) return fail(std::move(answer.error()));
  if (Done done = insert_request(tx, request, recorded, *answer); !done) return fail(std::move(done.error()));
  if (Done done = insert_events(tx, request, recorded); !done) return fail(std::move(done.error()));
  return recorded;
}

Result<Recorded> reread(Tx& tx, std::int64_t request_id, const NewRequest& request) {
  Recorded recorded;
  recorded.request_id = request_id;
  recorded.outcome = request.outcome;
  if (Done done = recognise(tx, request, recorded); !done) return fail(std::move(done.error()));
  if (Done done = insert_events(tx, request, recorded); !done) return fail(std::move(done.error()));
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
    auto found = same(tx, request, event);
    if (!found) return fail(std::move(found.error()));
    if (!*found) return false;
  }
  return !request.events.empty();
}

}  // namespace b24gate::journal
