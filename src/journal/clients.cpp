// The local index of clients, and marks of what has been read so far.
#include <algorithm>

#include "journal/records.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

enum Rank { closed_lead, open_lead, deal, company, contact };

Rank rank_of(const ClientRow& client) {
  if (client.card.starts_with("contact:")) return contact;
  if (client.card.starts_with("company:")) return company;
  if (client.card.starts_with("deal:")) return deal;
  return client.closed ? closed_lead : open_lead;
}

Done remember(Tx& tx, const std::string& phone, const ClientRow& client, bool listed) {
  return run(tx,
             "INSERT INTO clients(phone, card, rank, name, company, user_id, listed, seen_at) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(phone, card) DO UPDATE SET "
             "rank = excluded.rank, "
             "name = CASE WHEN excluded.name = '' THEN name ELSE excluded.name END, "
             "company = CASE WHEN excluded.company = '' THEN company ELSE excluded.company END, "
             "user_id = CASE WHEN excluded.user_id = 0 THEN user_id ELSE excluded.user_id END, "
             "listed = max(listed, excluded.listed), "
             "seen_at = excluded.seen_at WHERE excluded.seen_at >= seen_at",
             phone, client.card, static_cast<int>(rank_of(client)), client.name, client.company,
             client.user_id, static_cast<int>(listed), client.seen_at);
}

}  // namespace

Done remember_client(Tx& tx, const std::string& phone, const ClientRow& client) {
  return remember(tx, phone, client, false);
}

Done remember_card(Tx& tx, const ClientRow& card, const std::vector<std::string>& phones) {
  auto known = rows<std::pair<std::string, bool>>(
      bound(tx, "SELECT phone, listed FROM clients WHERE card = ? AND seen_at <= ?", card.card, card.seen_at),
      [](const Statement& row) { return std::pair(row.text(0), row.integer(1) != 0); });
  if (!known) return fail(std::move(known.error()));
  for (const auto& [phone, listed] : *known) {
    if (std::find(phones.begin(), phones.end(), phone) != phones.end()) continue;
    // A phone that we know of an enquiry stays, with what the card says now.
    const Done done = listed ? run(tx, "DELETE FROM clients WHERE phone = ? AND card = ?", phone, card.card)
                             : remember(tx, phone, card, false);
    if (!done) return done;
  }
  for (const auto& phone : phones) {
    if (Done done = remember(tx, phone, card, true); !done) return done;
  }
  return {};
}

Result<std::optional<ClientRow>> client(Session& session, const std::string& phone) {
  const auto found = rows<ClientRow>(
      bound(session,
            "SELECT name, company, card, user_id, seen_at, rank FROM clients WHERE phone = ? ORDER BY rank "
            "DESC, CAST(substr(card, instr(card, ':') + 1) AS INTEGER) DESC LIMIT 8",
            phone),
      [](const Statement& row) {
        ClientRow out;
        out.name = row.text(0);
        out.company = row.text(1);
        out.card = row.text(2);
        out.user_id = row.integer(3);
        out.seen_at = from_unix_ms(row.integer(4));
        out.closed = row.integer(5) == closed_lead;
        return out;
      });
  if (!found) return fail(found.error());
  if (found->empty()) return std::nullopt;
  ClientRow best = found->front();
  for (const auto& next : *found) {
    if (best.name.empty()) best.name = next.name;
    if (best.company.empty()) best.company = next.company;
    if (best.user_id == 0) best.user_id = next.user_id;
  }
  return best;
}

Done set_mark(Tx& tx, std::string_view name, std::string_view value) {
  return run(tx,
             "INSERT INTO meta(name, value) VALUES ('mark:' || ?, ?) ON CONFLICT(name) DO UPDATE SET value = "
             "excluded.value",
             name, value);
}

Result<std::string> mark(Session& session, std::string_view name) {
  auto value = first<std::string>(bound(session, "SELECT value FROM meta WHERE name = 'mark:' || ?", name),
                                  [](const Statement& row) { return row.text(0); });
  if (!value) return fail(std::move(value.error()));
  return value->value_or("");
}

}  // namespace b24gate::journal
