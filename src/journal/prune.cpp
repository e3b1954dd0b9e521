// Old data goes in small steps, so that no webhook waits behind it. Every step looks through an index that
// holds only what may still be removed.
#include <algorithm>

#include "journal/records.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

// The request stays as a line of the story; what a visitor or a vendor wrote goes, the query in the target
// included.
constexpr std::string_view forget_raw =
    "UPDATE requests SET body = NULL, headers = NULL, client_ip = '', answer = '', "
    "target = CASE WHEN instr(target, '?') > 0 THEN substr(target, 1, instr(target, '?') - 1) ELSE target "
    "END "
    "WHERE id IN (SELECT id FROM requests INDEXED BY requests_raw WHERE body IS NOT NULL AND received_at < ? "
    "ORDER BY received_at LIMIT ?)";

// Deliveries, attempts and identities go with their event.
constexpr std::string_view remove_events =
    "DELETE FROM events WHERE id IN (SELECT id FROM events INDEXED BY events_finished "
    "WHERE (state = 'delivered' OR state = 'discarded' OR state = 'ignored') AND received_at < ? ORDER BY "
    "received_at LIMIT ?)";

// A request goes when no event is left that it brought or repeated.
constexpr std::string_view remove_requests =
    "DELETE FROM requests WHERE id IN (SELECT r.id FROM requests r INDEXED BY requests_by_time WHERE "
    "r.received_at < ? "
    "AND NOT EXISTS (SELECT 1 FROM events e WHERE e.request_id = r.id) "
    "AND NOT EXISTS (SELECT 1 FROM repeats e WHERE e.request_id = r.id) ORDER BY r.received_at LIMIT ?)";

// A file has this many pages to write into before it grows again: a few MB are not worth giving back.
constexpr std::int64_t pages_kept = 1'000;
// Moves at most so many pages from the end of the file into its holes: a few milliseconds.
constexpr std::string_view give_back_some = "PRAGMA incremental_vacuum(100)";

}  // namespace

Result<std::int64_t> give_back(Tx& tx) {
  const auto free_pages = [&]() -> Result<std::int64_t> {
    auto count = integers(bound(tx, "PRAGMA freelist_count"));
    if (!count) return fail(std::move(count.error()));
    return count->front();
  };
  const auto before = free_pages();
  if (!before) return before;
  if (*before <= pages_kept) return 0;
  if (Done done = run(tx, give_back_some); !done) return fail(std::move(done.error()));
  const auto after = free_pages();
  if (!after) return after;
  return *before - *after;
}

Result<std::int64_t> prune(Tx& tx, std::optional<TimePoint> raw_before,
                           std::optional<TimePoint> events_before, std::size_t step) {
  auto left = static_cast<std::int64_t>(step);
  std::int64_t changed = 0;
  const auto run_step = [&](std::string_view sql, const std::optional<TimePoint>& before) -> Done {
    if (!before || left <= 0) return {};
    if (Done done = run(tx, sql, *before, left); !done) return done;
    const std::int64_t rows = tx.changes();
    changed += rows;
    left -= rows;
    return {};
  };
  if (Done done = run_step(forget_raw, raw_before); !done) return fail(std::move(done.error()));
  if (Done done = run_step(remove_events, events_before); !done) return fail(std::move(done.error()));
  if (Done done = run_step(remove_requests, events_before); !done) return fail(std::move(done.error()));
  return changed;
}

}  // namespace b24gate::journal
