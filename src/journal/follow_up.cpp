#include "journal/follow_up.hpp"

#include <algorithm>

#include "journal/records.hpp"
#include "journal/sql.hpp"
#include "json/value.hpp"

namespace b24gate::journal {
namespace {

constexpr std::string_view wait = "wait";

std::string names_text(const std::vector<std::string>& names) {
  json::Array out;
  for (const auto& name : names) out.emplace_back(name);
  return json::write(json::Value(std::move(out)));
}

std::vector<std::string> names_of(const std::string& text) {
  std::vector<std::string> out;
  const auto parsed = json::parse(text);
  for (std::size_t i = 0; parsed && i < parsed->size(); ++i) out.push_back(parsed->at(i).text());
  return out;
}

FollowUp follow_up_row(const Statement& row) {
  FollowUp out;
  out.event_id = row.integer(0);
  out.root_id = row.integer(1);
  out.kind = row.text(2) == wait ? FollowUp::Kind::wait : FollowUp::Kind::accept;
  if (!row.is_null(3)) out.due_at = row.time(3);
  out.stage = row.text(4);
  out.holder = row.integer(5);
  out.declined = names_of(row.text(6));
  out.passed = static_cast<int>(row.integer(7));
  out.lead_id = row.integer(8);
  return out;
}

}  // namespace

Done store_follow_up(Tx& tx, const FollowUp& follow_up) {
  auto statement =
      bound(tx,
            "INSERT OR REPLACE INTO follow_ups(event_id, root_id, kind, stage, holder, declined, "
            "passed, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            follow_up.event_id, follow_up.root_id,
            follow_up.kind == FollowUp::Kind::wait ? wait : std::string_view("accept"), follow_up.stage,
            follow_up.holder, names_text(follow_up.declined), follow_up.passed);
  if (!statement) return fail(std::move(statement.error()));
  return statement->bind_or_null(follow_up.due_at).run();
}

Done drop_follow_up(Tx& tx, std::int64_t event_id) {
  return run(tx, "DELETE FROM follow_ups WHERE event_id = ?", event_id);
}

Result<std::vector<FollowUp>> follow_ups(Session& session, TimePoint now, std::size_t limit) {
  return rows<FollowUp>(
      bound(session,
            "SELECT f.event_id, f.root_id, f.kind, f.due_at, f.stage, f.holder, f.declined, f.passed, "
            "e.lead_id "
            "FROM follow_ups f CROSS JOIN events e ON e.id = f.event_id WHERE e.state = 'delivered' AND "
            "e.lead_id > 0 AND (f.kind = 'wait' OR f.due_at <= ?) ORDER BY f.root_id LIMIT ?",
            now, static_cast<std::int64_t>(limit)),
      follow_up_row);
}

Result<std::optional<std::int64_t>> pass_on(Tx& tx, const FollowUp& follow_up, std::string_view key,
                                            std::string_view data, const Plan& plan, TimePoint now) {
  using Id = std::optional<std::int64_t>;
  auto there = integers(bound(tx, "SELECT 1 FROM follow_ups WHERE event_id = ?", follow_up.event_id));
  if (!there) return fail(std::move(there.error()));
  if (there->empty()) return Id();
  const auto id = tx.next_id("events");
  if (!id) return fail(id.error());
  Done done =
      run(tx,
          "INSERT INTO events(id, request_id, source, key, kind, received_at, state, reason, data) SELECT ?, "
          "request_id, source, ?, 'other', ?, 'received', '', ? FROM events WHERE id = ? ON "
          "CONFLICT(source, key) DO NOTHING",
          *id, key, now, data, follow_up.root_id);
  if (!done) return fail(std::move(done.error()));
  if (tx.changes() == 0) return Id();
  done =
      run(tx,
          "INSERT OR IGNORE INTO identities(kind, value, event_id, unfinished) SELECT kind, value, ?, 1 FROM "
          "identities WHERE event_id = ? AND kind <> 'conversation'",
          *id, follow_up.root_id);
  if (!done) return fail(std::move(done.error()));
  done = run(tx,
             "INSERT INTO deliveries(event_id, seq, name, method, key, state, params) VALUES (?, 0, "
             "'passing_on', '', '', 'planned', '')",
             *id);
  if (!done) return fail(std::move(done.error()));
  Plan own = plan;
  if (own.follow_up) own.follow_up->event_id = *id;
  if (done = journal::plan(tx, *id, own); !done) return fail(std::move(done.error()));
  if (done = drop_follow_up(tx, follow_up.event_id); !done) return fail(std::move(done.error()));
  return Id(*id);
}

}  // namespace b24gate::journal
