#include "journal/staff.hpp"

#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

GivenRow given_row(const Statement& row) {
  return {row.integer(0), row.text(1), from_unix_ms(row.integer(2))};
}

}  // namespace

Done set_away(Tx& tx, std::string_view employee, const AwayRow& row) {
  if (Done done = run(tx, "DELETE FROM away WHERE until <= ?", row.since); !done) return done;
  return run(tx, "INSERT OR REPLACE INTO away(employee, since, until, why) VALUES (?, ?, ?, ?)", employee,
             row.since, row.until, row.why);
}

Result<bool> set_back(Tx& tx, std::string_view employee) {
  if (Done done = run(tx, "DELETE FROM away WHERE employee = ?", employee); !done)
    return fail(std::move(done.error()));
  return tx.changes() > 0;
}

Result<std::map<std::string, AwayRow>> away(Session& session) {
  auto found = rows<std::pair<std::string, AwayRow>>(
      bound(session, "SELECT employee, since, until, why FROM away"), [](const Statement& row) {
        return std::pair(row.text(0),
                         AwayRow{from_unix_ms(row.integer(1)), from_unix_ms(row.integer(2)), row.text(3)});
      });
  if (!found) return fail(std::move(found.error()));
  return std::map<std::string, AwayRow>(found->begin(), found->end());
}

Done store_cards(Tx& tx, const std::vector<OpenCard>& cards) {
  for (const auto& card : cards) {
    Done done = card.user_id > 0 ? run(tx, "INSERT OR REPLACE INTO open_cards(card, user_id) VALUES (?, ?)",
                                       card.card, card.user_id)
                                 : run(tx, "DELETE FROM open_cards WHERE card = ?", card.card);
    if (!done) return done;
  }
  return {};
}

Result<std::vector<OpenCard>> open_cards(Session& session) {
  return rows<OpenCard>(bound(session, "SELECT card, user_id FROM open_cards"), [](const Statement& row) {
    return OpenCard{row.text(0), row.integer(1)};
  });
}

Done store_assignment(Tx& tx, std::int64_t event_id, const Assignment& assignment) {
  Done done = run(tx,
                  "INSERT OR REPLACE INTO assignments(event_id, at, employee, rule, chosen, new_lead, "
                  "circumstances) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  event_id, assignment.at, assignment.employee, assignment.rule, assignment.chosen,
                  static_cast<int>(assignment.new_lead), assignment.circumstances);
  if (!done) return done;
  done = run(tx, "DELETE FROM passed_over WHERE event_id = ?", event_id);
  for (const auto& [employee, cause] : assignment.passed_over) {
    if (!done) return done;
    done = run(tx, "INSERT OR REPLACE INTO passed_over(event_id, employee, cause) VALUES (?, ?, ?)", event_id,
               employee, cause);
  }
  return done;
}

Result<std::vector<GivenRow>> given_since(Session& session, TimePoint since) {
  return rows<GivenRow>(
      bound(session,
            "SELECT event_id, employee, at FROM assignments INDEXED BY assignments_given WHERE new_lead = 1 "
            "AND chosen <> 'waits' AND at >= ? ORDER BY at",
            since),
      given_row);
}

Result<std::vector<GivenRow>> given_not_landed(Session& session) {
  return rows<GivenRow>(
      bound(session,
            "SELECT a.event_id, a.employee, a.at FROM events e INDEXED BY events_unfinished CROSS JOIN "
            "assignments a ON a.event_id = e.id WHERE (e.state = 'received' OR e.state = 'delivering' OR "
            "e.state = 'waiting') AND "
            "e.lead_id = 0 AND e.assigned <> '' AND a.new_lead = 1"),
      given_row);
}

Result<std::string> circumstances_of(Session& session, std::int64_t event_id) {
  auto found =
      first<std::string>(bound(session, "SELECT circumstances FROM assignments WHERE event_id = ?", event_id),
                         [](const Statement& row) { return row.text(0); });
  if (!found) return fail(std::move(found.error()));
  return found->value_or("");
}

}  // namespace b24gate::journal
