// The local index of clients, and marks of what has been read so far.
#include "journal/records.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {

Done remember_client(Tx& tx, const std::string& phone, const ClientRow& client) {
  return run(tx,
             "INSERT INTO clients(phone, name, company, card, user_id, seen_at) VALUES (?, ?, ?, ?, ?, ?) "
             "ON CONFLICT(phone) DO UPDATE SET "
             "name = CASE WHEN excluded.name = '' THEN name ELSE excluded.name END, "
             "company = CASE WHEN excluded.company = '' THEN company ELSE excluded.company END, "
             "card = CASE WHEN excluded.card = '' THEN card ELSE excluded.card END, "
             "user_id = CASE WHEN excluded.user_id = 0 THEN user_id ELSE excluded.user_id END, "
             "seen_at = excluded.seen_at WHERE excluded.seen_at >= seen_at",
             phone, client.name, client.company, client.card, client.user_id, client.seen_at);
}

Result<std::optional<ClientRow>> client(Session& session, const std::string& phone) {
  return first<ClientRow>(
      bound(session, "SELECT name, company, card, user_id, seen_at FROM clients WHERE phone = ?", phone),
      [](const Statement& row) {
        ClientRow out;
        out.name = row.text(0);
        out.company = row.text(1);
        out.card = row.text(2);
        out.user_id = row.integer(3);
        out.seen_at = from_unix_ms(row.integer(4));
        return out;
      });
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
