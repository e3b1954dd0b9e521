// Looking at single requests, events and deliveries.
#include <algorithm>

#include "journal/records.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

DeliveryState delivery_state(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(DeliveryState::discarded); ++i) {
    if (name(static_cast<DeliveryState>(i)) == text) return static_cast<DeliveryState>(i);
  }
  return DeliveryState::failed;  // the table's CHECK lets nothing else in
}

EventRow event_row(const Statement& row) {
  EventRow out;
  out.id = row.integer(0);
  out.request_id = row.integer(1);
  out.source = row.text(2);
  out.connector = row.text(3);
  out.received_at = from_unix_ms(row.integer(4));
  out.key = row.text(5);
  out.kind = row.text(6);
  out.state = parse_event_state(row.text(7)).value_or(EventState::failed);
  out.reason = row.text(8);
  if (row.integer(9) != 0) out.next_at = row.time(9);
  out.data = row.text(10);
  out.decision = row.text(11);
  out.lead_fields = row.text(12);
  out.config_hash = row.text(13);
  out.lead_id = row.integer(14);
  out.assigned = row.text(15);
  out.attempts = static_cast<int>(row.integer(16));
  out.card = row.text(17);
  out.origin = row.text(18);
  out.round = static_cast<int>(row.integer(19));
  out.urgent = row.integer(20) != 0;
  return out;
}

RequestRow request_row(const Statement& row) {
  RequestRow out;
  out.id = row.integer(0);
  out.source = row.text(1);
  out.connector = row.text(2);
  out.received_at = from_unix_ms(row.integer(3));
  out.client_ip = row.text(4);
  out.method = row.text(5);
  out.target = row.text(6);
  out.headers = row.text(7);
  out.body = row.text(8);
  out.status = static_cast<int>(row.integer(9));
  out.outcome = row.text(10);
  out.reason = row.text(11);
  out.answer = row.text(12);
  out.origin = row.text(13);
  return out;
}

DeliveryRow delivery_row(const Statement& row) {
  DeliveryRow out;
  out.id = row.integer(0);
  out.event_id = row.integer(1);
  out.seq = static_cast<int>(row.integer(2));
  out.name = row.text(3);
  out.method = row.text(4);
  out.params = row.text(5);
  out.key = row.text(6);
  out.state = delivery_state(row.text(7));
  out.reason = row.text(8);
  out.sent_at = row.time(9);
  out.result = row.text(10);
  out.attempts = static_cast<int>(row.integer(11));
  return out;
}

AttemptRow attempt_row(const Statement& row) {
  AttemptRow out;
  out.id = row.integer(0);
  out.delivery_id = row.integer(1);
  out.at = from_unix_ms(row.integer(2));
  out.duration_ms = row.integer(3);
  out.outcome = row.text(4);
  out.http_status = static_cast<int>(row.integer(5));
  out.code = row.text(6);
  out.answer = row.text(7);
  return out;
}

// Events that a prune removes meanwhile are left out.
Result<std::vector<EventRow>> events_of(Reader& reader, Result<std::vector<std::int64_t>> ids) {
  if (!ids) return fail(std::move(ids.error()));
  std::vector<EventRow> out;
  for (const auto id : *ids) {
    auto row = event(reader, id);
    if (!row) return fail(std::move(row.error()));
    if (*row) out.push_back(std::move(**row));
  }
  return out;
}

// One query for each way in, narrowest first; the rest of the filter is the same for all: ?1 state, ?2
// source, ?3 since, ?4 lead, ?5 and ?6 identity.
constexpr std::string_view by_identity =
    "SELECT e.id FROM identities i CROSS JOIN events e ON e.id = i.event_id WHERE i.kind = ?5 AND i.value = "
    "?6 "
    "AND (?1 IS NULL OR e.state = ?1) AND (?2 IS NULL OR e.source = ?2) AND (?3 IS NULL OR e.received_at >= "
    "?3) "
    "AND (?4 IS NULL OR e.lead_id = ?4) ORDER BY e.id";
constexpr std::string_view by_lead =
    "SELECT e.id FROM events e INDEXED BY events_by_lead WHERE e.lead_id > 0 AND e.lead_id = ?4 "
    "AND (?1 IS NULL OR e.state = ?1) AND (?2 IS NULL OR e.source = ?2) AND (?3 IS NULL OR e.received_at >= "
    "?3) "
    "AND ?5 IS NULL AND ?6 IS NULL ORDER BY e.id";
constexpr std::string_view by_open_state =
    "SELECT e.id FROM events e INDEXED BY events_open WHERE (e.state = 'received' OR e.state = 'delivering' "
    "OR e.state = 'waiting' OR e.state = 'failed') "
    "AND e.state = ?1 AND (?2 IS NULL OR e.source = ?2) AND (?3 IS NULL OR e.received_at >= ?3) "
    "AND ?4 IS NULL AND ?5 IS NULL AND ?6 IS NULL ORDER BY e.id";
constexpr std::string_view by_time =
    "SELECT e.id FROM events e INDEXED BY events_by_time WHERE e.received_at >= ?3 "
    "AND (?1 IS NULL OR e.state = ?1) AND (?2 IS NULL OR e.source = ?2) "
    "AND ?4 IS NULL AND ?5 IS NULL AND ?6 IS NULL ORDER BY e.id";
constexpr std::string_view by_id =
    "SELECT e.id FROM events e WHERE (?1 IS NULL OR e.state = ?1) AND (?2 IS NULL OR e.source = ?2) "
    "AND ?3 IS NULL AND ?4 IS NULL AND ?5 IS NULL AND ?6 IS NULL ORDER BY e.id";

std::string_view way_in(const EventFilter& filter) {
  if (filter.identity) return by_identity;
  if (filter.lead_id > 0) return by_lead;
  const auto state = filter.state;
  if (state == EventState::received || state == EventState::delivering || state == EventState::waiting ||
      state == EventState::failed) {
    return by_open_state;
  }
  return filter.since ? by_time : by_id;
}

}  // namespace

Result<std::optional<EventRow>> event(Reader& reader, std::int64_t id) {
  return first<EventRow>(
      bound(reader,
            "SELECT e.id, e.request_id, e.source, r.connector, e.received_at, e.key, e.kind, e.state, "
            "e.reason, e.next_at, "
            "e.data, e.decision, e.lead_fields, e.config_hash, e.lead_id, e.assigned, e.attempts, "
            "e.card, r.origin, e.round, e.urgent "
            "FROM events e JOIN requests r ON r.id = e.request_id WHERE e.id = ?",
            id),
      event_row);
}

Result<std::optional<RequestRow>> request(Reader& reader, std::int64_t id) {
  return first<RequestRow>(
      bound(reader,
            "SELECT id, source, connector, received_at, client_ip, method, target, headers, body, "
            "status, outcome, reason, answer, origin FROM requests WHERE id = ?",
            id),
      request_row);
}

Result<std::vector<EventRow>> events_of_request(Reader& reader, std::int64_t request_id) {
  return events_of(
      reader,
      integers(bound(reader,
                     "SELECT id FROM events WHERE request_id = ?1 UNION SELECT event_id FROM repeats WHERE "
                     "request_id = ?1 ORDER BY 1",
                     request_id)));
}

Result<std::vector<EventRow>> find_events(Reader& reader, const EventFilter& filter) {
  auto statement = reader.prepare(way_in(filter));
  if (statement) {
    statement->bind_or_null(filter.state ? name(*filter.state) : std::string_view())
        .bind_or_null(filter.source)
        .bind_or_null(filter.since)
        .bind_or_null(filter.lead_id > 0 ? std::optional(filter.lead_id) : std::nullopt);
    if (filter.identity) {
      statement->bind(filter.identity->kind).bind(filter.identity->value);
    } else {
      statement->bind_null().bind_null();
    }
  }
  auto found = events_of(reader, integers(std::move(statement)));
  if (found && !filter.origin.empty()) {
    found->erase(std::remove_if(found->begin(), found->end(),
                                [&](const EventRow& row) { return row.origin != filter.origin; }),
                 found->end());
  }
  return found;
}

Result<std::vector<RequestRow>> find_requests(Reader& reader, const RequestFilter& filter) {
  auto statement = reader.prepare(
      "SELECT id, source, connector, received_at, client_ip, method, target, '', '', status, outcome, "
      "reason, "
      "answer, origin FROM requests WHERE (?1 IS NULL OR outcome = ?1) AND (?2 IS NULL OR source = ?2) AND "
      "(?3 IS NULL OR received_at >= ?3) ORDER BY id DESC LIMIT ?4");
  if (statement) {
    statement->bind_or_null(filter.outcome)
        .bind_or_null(filter.source)
        .bind_or_null(filter.since)
        .bind(filter.limit ? static_cast<std::int64_t>(*filter.limit) : -1);
  }
  auto found = rows<RequestRow>(std::move(statement), request_row);
  if (found) std::reverse(found->begin(), found->end());
  return found;
}

Result<bool> knows_source(Reader& reader, const std::string& source) {
  auto found = integers(bound(reader, "SELECT 1 FROM requests WHERE source = ? LIMIT 1", source));
  if (!found) return tl::unexpected(found.error());
  return !found->empty();
}

Result<std::vector<DeliveryRow>> deliveries_of(Reader& reader, std::int64_t event_id) {
  return rows<DeliveryRow>(
      bound(reader,
            "SELECT id, event_id, seq, name, method, params, key, state, reason, sent_at, result, "
            "attempts FROM deliveries WHERE event_id = ? ORDER BY seq",
            event_id),
      delivery_row);
}

Result<std::vector<DeliveryRow>> open_records(Reader& reader) {
  return rows<DeliveryRow>(
      bound(
          reader,
          "SELECT d.id, d.event_id, d.seq, d.name, d.method, d.params, d.key, d.state, d.reason, d.sent_at, "
          "d.result, d.attempts FROM deliveries d INDEXED BY deliveries_records JOIN events e ON e.id = "
          "d.event_id WHERE d.name = 'record' AND (d.state = 'planned' OR d.state = 'sent' OR d.state = "
          "'unclear' OR d.state = 'waiting') AND "
          "(e.state = 'received' OR e.state = 'delivering' OR e.state = 'waiting') ORDER BY d.event_id, "
          "d.id"),
      delivery_row);
}

Result<std::vector<DeliveryRow>> open_orders(Reader& reader) {
  return rows<DeliveryRow>(
      bound(
          reader,
          "SELECT d.id, d.event_id, d.seq, d.name, d.method, d.params, d.key, d.state, d.reason, d.sent_at, "
          "d.result, d.attempts FROM events e INDEXED BY events_urgent JOIN deliveries d ON d.event_id = "
          "e.id WHERE e.urgent = 1 AND (e.state = 'received' OR e.state = 'delivering' OR e.state = "
          "'waiting') AND e.parked = 2 AND "
          "d.name = 'order' AND d.state = 'planned' ORDER BY d.event_id"),
      delivery_row);
}

Result<std::vector<DeliveryRow>> open_robots(Reader& reader) {
  return rows<DeliveryRow>(
      bound(
          reader,
          "SELECT d.id, d.event_id, d.seq, d.name, d.method, d.params, d.key, d.state, d.reason, d.sent_at, "
          "d.result, d.attempts FROM deliveries d INDEXED BY deliveries_robots JOIN events e ON e.id = "
          "d.event_id WHERE d.name = 'robot' AND (d.state = 'planned' OR d.state = 'sent' OR d.state = "
          "'unclear' OR d.state = 'waiting') AND "
          "e.lead_id > 0 AND ((e.state = 'waiting' AND e.parked = 2) OR e.state = 'failed') "
          "ORDER BY d.event_id, d.id"),
      delivery_row);
}

Result<std::vector<AttemptRow>> attempts_of(Reader& reader, std::int64_t delivery_id) {
  return rows<AttemptRow>(
      bound(reader,
            "SELECT id, delivery_id, at, duration_ms, outcome, http_status, code, answer FROM attempts "
            "WHERE delivery_id = ? ORDER BY id",
            delivery_id),
      attempt_row);
}

Result<std::vector<Identity>> identities_of(Reader& reader, std::int64_t event_id) {
  return rows<Identity>(
      bound(reader, "SELECT kind, value FROM identities WHERE event_id = ? ORDER BY kind, value", event_id),
      [](const Statement& row) {
        return Identity{row.text(0), row.text(1)};
      });
}

Result<std::map<std::string, std::string>> turns(Reader& reader) {
  using Turn = std::pair<std::string, std::string>;
  auto all = rows<Turn>(bound(reader, "SELECT name, employee FROM turns"),
                        [](const Statement& row) { return Turn(row.text(0), row.text(1)); });
  if (!all) return fail(std::move(all.error()));
  return std::map<std::string, std::string>(all->begin(), all->end());
}

Result<std::int64_t> known_lead(Reader& reader, const std::vector<Identity>& identities,
                                std::int64_t before_event) {
  struct Found {
    std::int64_t event = 0;
    std::int64_t lead = 0;
  };
  Found newest;
  for (const auto& identity : identities) {
    auto found = first<Found>(
        bound(reader,
              "SELECT e.id, e.lead_id FROM identities i CROSS JOIN events e ON e.id = i.event_id "
              "WHERE i.kind = ? AND i.value = ? AND i.event_id < ? AND e.lead_id > 0 "
              "ORDER BY i.event_id DESC LIMIT 1",
              identity.kind, identity.value, before_event),
        [](const Statement& row) {
          return Found{row.integer(0), row.integer(1)};
        });
    if (!found) return fail(std::move(found.error()));
    if (*found && (*found)->event > newest.event) newest = **found;
  }
  return newest.lead;
}

}  // namespace b24gate::journal
