// Which events are to be worked on now.
#include <algorithm>
#include <iterator>

#include "journal/due_sql.hpp"
#include "journal/records.hpp"
#include "journal/sql.hpp"

namespace b24gate::journal {
namespace {

// Up to here the due events are sorted; above, the unfinished ones are walked through from the oldest.
constexpr std::int64_t few = 1'000;

Result<std::vector<EventRow>> events_of(Reader& reader, const std::vector<std::int64_t>& ids) {
  std::vector<EventRow> out;
  for (const auto id : ids) {
    auto row = event(reader, id);
    if (!row) return fail(std::move(row.error()));
    if (*row) out.push_back(std::move(**row));
  }
  return out;
}

}  // namespace

Result<std::vector<EventRow>> due_urgent(Reader& reader, TimePoint now, std::size_t limit) {
  const auto ids = integers(bound(reader, sql::due_urgent, now, static_cast<std::int64_t>(limit)));
  if (!ids) return fail(ids.error());
  return events_of(reader, *ids);
}

Result<std::vector<EventRow>> due(Reader& reader, TimePoint now, std::size_t limit) {
  auto urgent = due_urgent(reader, now, limit);
  if (!urgent || urgent->size() >= limit) return urgent;
  auto count = integers(bound(reader, sql::count_due, now, few));
  if (!count) return fail(std::move(count.error()));
  auto ids = integers(bound(reader, count->front() < few ? sql::due_few : sql::due_many, now,
                            static_cast<std::int64_t>(limit - urgent->size())));
  if (!ids) return fail(std::move(ids.error()));
  auto rest = events_of(reader, *ids);
  if (!rest) return rest;
  std::move(rest->begin(), rest->end(), std::back_inserter(*urgent));
  return urgent;
}

Result<std::vector<EventRow>> due_fresh(Reader& reader, TimePoint now, TimePoint since, std::size_t limit) {
  const auto ids = integers(bound(reader, sql::due_fresh, now, since, static_cast<std::int64_t>(limit)));
  if (!ids) return fail(ids.error());
  return events_of(reader, *ids);
}

Result<std::optional<TimePoint>> oldest_due(Reader& reader, TimePoint now) {
  return first<TimePoint>(bound(reader, sql::oldest_due, now),
                          [](const Statement& row) { return from_unix_ms(row.integer(0)); });
}

Result<std::optional<TimePoint>> next_due(Reader& reader) {
  return first<TimePoint>(bound(reader, sql::next_due),
                          [](const Statement& row) { return from_unix_ms(row.integer(0)); });
}

Result<QueueStats> queue_stats(Reader& reader) {
  struct State {
    std::string name;
    std::int64_t events;
    TimePoint oldest;
  };
  auto states =
      rows<State>(bound(reader,
                        "SELECT state, count(*), min(received_at) FROM events INDEXED BY events_open "
                        "WHERE (state = 'received' OR state = 'delivering' OR state = 'waiting' OR state = "
                        "'failed') GROUP BY state"),
                  [](const Statement& row) {
                    return State{row.text(0), row.integer(1), from_unix_ms(row.integer(2))};
                  });
  if (!states) return fail(std::move(states.error()));
  QueueStats stats;
  for (const auto& state : *states) {
    stats.by_state[state.name] = state.events;
    if (state.name == name(EventState::failed)) continue;
    stats.oldest_unfinished = std::min(stats.oldest_unfinished.value_or(state.oldest), state.oldest);
  }
  return stats;
}

}  // namespace b24gate::journal
