#include "journal/erase.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "journal/skeleton.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

// Every unfinished one costs some ten statements: a step is over within milliseconds.
constexpr std::size_t step = 50;
// A person whose events come in faster than they are erased is not waited for.
constexpr int rounds = 20;
// Shorter texts are found by chance in any key.
constexpr std::size_t telling = 6;
constexpr std::size_t national_digits = 10;

// ?1, ?2: the identity. Nearest first, so that backwards every event still has its way to the person when it
// is its turn. A phone is also what some messengers know their people by.
constexpr std::string_view events_of_person =
    "WITH RECURSIVE person(event_id) AS ("
    "SELECT event_id FROM ("
    "SELECT event_id FROM identities WHERE kind = ?1 AND value = ?2 UNION "
    "SELECT event_id FROM identities WHERE ?1 = 'phone' AND kind IN ('whatsapp','viber','telegram','max') "
    "AND value IN (?2, substr(?2, 2))) UNION "
    "SELECT other.event_id FROM person p CROSS JOIN identities mine ON mine.event_id = p.event_id AND "
    "mine.kind = 'conversation' CROSS JOIN identities other ON other.kind = 'conversation' AND other.value = "
    "mine.value) SELECT event_id FROM person";

struct Found {
  std::string state, key, card;
  std::int64_t lead_id = 0;
  std::string data;
  std::vector<Identity> identities;
};

Result<std::vector<std::int64_t>> farthest_first(Session& session, const Identity& identity) {
  auto ids = integers(bound(session, events_of_person, identity.kind, identity.value));
  if (ids) std::reverse(ids->begin(), ids->end());
  return ids;
}

Result<std::optional<Found>> find(Session& session, std::int64_t id) {
  auto found =
      first<Found>(bound(session, "SELECT state, key, card, lead_id, data FROM events WHERE id = ?", id),
                   [](const Statement& row) {
                     return Found{row.text(0), row.text(1), row.text(2), row.integer(3), row.text(4), {}};
                   });
  if (!found || !*found) return found;
  auto identities = rows<Identity>(
      bound(session, "SELECT kind, value FROM identities WHERE event_id = ?", id), [](const Statement& row) {
        return Identity{row.text(0), row.text(1)};
      });
  if (!identities) return fail(std::move(identities.error()));
  (*found)->identities = std::move(*identities);
  return found;
}

bool is_open(const std::string& state) {
  return state != "delivered" && state != "discarded" && state != "ignored";
}

// Adds what there is of one event.
Done add(Session& session, std::int64_t id, const Found& found, Erased& sum) {
  auto requests = integers(bound(session,
                                 "SELECT id FROM requests WHERE id IN (SELECT request_id FROM events WHERE "
                                 "id = ?1 UNION SELECT request_id FROM repeats WHERE event_id = ?1) AND body "
                                 "IS NOT NULL",
                                 id));
  if (!requests) return fail(std::move(requests.error()));
  struct Operations {
    std::int64_t all = 0, unclear = 0, attempts = 0;
  };
  auto operations = first<Operations>(
      bound(session,
            "SELECT count(*), coalesce(sum(state IN ('sent', 'unclear')), 0), coalesce(sum((SELECT count(*) "
            "FROM attempts a WHERE a.delivery_id = d.id)), 0) FROM deliveries d WHERE d.event_id = ?",
            id),
      [](const Statement& row) {
        return Operations{row.integer(0), row.integer(1), row.integer(2)};
      });
  if (!operations) return fail(std::move(operations.error()));
  ++sum.events;
  if (is_open(found.state)) ++sum.discarded;
  sum.requests.insert(requests->begin(), requests->end());
  sum.deliveries += (*operations)->all;
  sum.unclear += (*operations)->unclear;
  sum.attempts += (*operations)->attempts;
  if (found.lead_id > 0) sum.cards.insert(fmt::format("lead:{}", found.lead_id));
  if (!found.card.empty()) sum.cards.insert(found.card);
  for (const auto& identity : found.identities) {
    if (identity.kind != conversation_kind) sum.identities.insert(identity.kind + ":" + identity.value);
  }
  return {};
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Services without an id of their own are known by a phone or an e-mail in the key.
bool names_the_person(const std::string& key, const std::vector<Identity>& identities) {
  const std::string text = lower(key);
  return std::any_of(identities.begin(), identities.end(), [&](const Identity& identity) {
    if (identity.kind == conversation_kind) return false;
    std::string value = lower(identity.value);
    if (identity.kind == "phone" && value.size() > national_digits)
      value.erase(0, value.size() - national_digits);
    return value.size() >= telling && text.find(value) != std::string::npos;
  });
}

Done strip(Tx& tx, std::int64_t id, const Found& found, TimePoint now) {
  if (is_open(found.state)) {
    if (Done done = discard(tx, id, "erased", now); !done) return done;
  }
  const bool named = names_the_person(found.key, found.identities);
  Done done = run(tx, "DELETE FROM follow_ups WHERE event_id = ?1 OR root_id = ?1", id);
  if (!done) return done;
  done = run(tx,
             "UPDATE events SET data = ?, key = ?, reason = 'erased', decision = '', lead_fields = '' "
             "WHERE id = ?",
             skeleton_data(now), named ? erased_key(found.key) : found.key, id);
  if (!done) return done;
  done =
      run(tx,
          "UPDATE requests SET body = NULL, headers = NULL, client_ip = '', answer = '', target = '' WHERE "
          "id IN (SELECT request_id FROM events WHERE id = ?1 UNION SELECT request_id FROM repeats WHERE "
          "event_id = ?1)",
          id);
  if (!done) return done;
  done = run(tx,
             "UPDATE attempts SET answer = '' WHERE delivery_id IN (SELECT id FROM deliveries WHERE event_id "
             "= ?)",
             id);
  if (!done) return done;
  done = run(tx,
             "UPDATE deliveries SET params = '', result = '', key = '', reason = 'erased' WHERE event_id = ?",
             id);
  if (!done) return done;
  done = run(tx,
             "DELETE FROM clients WHERE phone IN (SELECT value FROM identities WHERE event_id = ? AND kind = "
             "'phone')",
             id);
  if (!done) return done;
  return run(tx, "DELETE FROM identities WHERE event_id = ?", id);
}

Result<std::int64_t> clients_of(Session& session, const Identity& identity, const Erased& sum) {
  std::set<std::string> phones;
  constexpr std::string_view phone = "phone:";
  if (identity.kind == "phone") phones.insert(identity.value);
  for (const auto& known : sum.identities) {
    if (known.compare(0, phone.size(), phone) == 0) phones.insert(known.substr(phone.size()));
  }
  std::int64_t count = 0;
  for (const auto& value : phones) {
    const auto row = client(session, value);
    if (!row) return fail(row.error());
    if (*row) ++count;
  }
  return count;
}

// Also when no event is left: the portal's reader may have told of the client.
Done forget_client(Tx& tx, const Identity& identity) {
  return identity.kind == "phone" ? run(tx, "DELETE FROM clients WHERE phone = ?", identity.value) : Done();
}

}  // namespace

Result<Erased> count_person(Reader& reader, const Identity& identity) {
  Erased sum;
  const Done read = reader.snapshot([&](Reader& snapshot) -> Done {
    const auto ids = farthest_first(snapshot, identity);
    if (!ids) return fail(ids.error());
    for (const auto id : *ids) {
      const auto found = find(snapshot, id);
      if (!found) return fail(found.error());
      if (!*found) continue;
      if (Done added = add(snapshot, id, **found, sum); !added) return added;
    }
    const auto clients = clients_of(snapshot, identity, sum);
    if (!clients) return fail(clients.error());
    sum.clients = *clients;
    return {};
  });
  if (!read) return fail(read.error());
  return sum;
}

Result<Erased> erase_person(Journal& journal, const Identity& identity, TimePoint now) {
  Erased sum;
  {
    auto reader = journal.reader();
    if (!reader) return fail(std::move(reader.error()));
    const auto before = count_person(*reader, identity);
    if (!before) return fail(before.error());
    sum.clients = before->clients;
  }
  for (int round = 0; round < rounds; ++round) {
    auto reader = journal.reader();
    if (!reader) return fail(std::move(reader.error()));
    const auto ids = farthest_first(*reader, identity);
    if (!ids) return fail(ids.error());
    if (ids->empty()) break;
    for (std::size_t begin = 0; begin < ids->size(); begin += step) {
      // A job may run twice: it adds to a copy.
      Erased after;
      const Done done = journal.write_now([&](Tx& tx) -> Done {
        after = sum;
        for (std::size_t i = begin; i < std::min(begin + step, ids->size()); ++i) {
          const auto found = find(tx, (*ids)[i]);
          if (!found) return fail(found.error());
          if (!*found) continue;
          if (Done added = add(tx, (*ids)[i], **found, after); !added) return added;
          if (Done stripped = strip(tx, (*ids)[i], **found, now); !stripped) return stripped;
        }
        return {};
      });
      if (!done) return fail(done.error());
      sum = std::move(after);
    }
  }
  if (Done done = journal.write_now([&](Tx& tx) { return forget_client(tx, identity); }); !done)
    return fail(std::move(done.error()));
  return sum;
}

Result<std::int64_t> unread_requests(Reader& reader) {
  auto count = integers(bound(
      reader,
      "SELECT count(*) FROM requests r INDEXED BY requests_raw WHERE r.body IS NOT NULL AND NOT EXISTS "
      "(SELECT 1 FROM events e WHERE e.request_id = r.id AND e.key NOT LIKE 'capture:%') AND NOT EXISTS "
      "(SELECT 1 FROM repeats l JOIN events e ON e.id = l.event_id WHERE l.request_id = r.id AND e.key NOT "
      "LIKE 'capture:%')"));
  if (!count) return fail(std::move(count.error()));
  return count->front();
}

Result<bool> is_erased(Session& session, std::int64_t event_id) {
  auto data = first<std::string>(bound(session, "SELECT data FROM events WHERE id = ?", event_id),
                                 [](const Statement& row) { return row.text(0); });
  if (!data) return fail(std::move(data.error()));
  return *data && is_skeleton(**data);
}

}  // namespace b24gate::journal
