#include "journal/schema.hpp"

#include <fmt/format.h>

#include <array>

#include "journal/journal.hpp"

namespace b24gate::journal {
namespace {

// Released steps are never edited: a change of the schema is a new step at the end.
//
// A state is text, so that the file can be read by hand; the lists of states in the partial indexes and in
// the queries that use them must be the same to the letter. Bodies stand last in their rows: SQLite reads a
// row from its start.
constexpr std::array steps{
    R"sql(
PRAGMA application_id = 1110586471;

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE commits (
  number INTEGER PRIMARY KEY,
  writer INTEGER NOT NULL,
  own    INTEGER NOT NULL
);

CREATE TABLE requests (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  source      TEXT    NOT NULL,
  connector   TEXT    NOT NULL,
  received_at INTEGER NOT NULL,
  client_ip   TEXT    NOT NULL,
  method      TEXT    NOT NULL,
  target      TEXT    NOT NULL,
  status      INTEGER NOT NULL,
  outcome     TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  answer      TEXT    NOT NULL DEFAULT '',
  headers     TEXT,
  body        BLOB
);
CREATE INDEX requests_by_time ON requests(received_at);
CREATE INDEX requests_raw     ON requests(received_at) WHERE body IS NOT NULL;

CREATE TABLE events (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  request_id  INTEGER NOT NULL REFERENCES requests(id),
  source      TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  kind        TEXT    NOT NULL,
  received_at INTEGER NOT NULL,
  occurred_at INTEGER,
  state       TEXT    NOT NULL CHECK (state IN ('received','delivering','waiting','delivered','failed','discarded','ignored')),
  reason      TEXT    NOT NULL DEFAULT '',
  next_at     INTEGER NOT NULL DEFAULT 0,
  discarded_at INTEGER,
  attempts    INTEGER NOT NULL DEFAULT 0,
  lead_id     INTEGER NOT NULL DEFAULT 0,
  assigned    TEXT    NOT NULL DEFAULT '',
  config_hash TEXT    NOT NULL DEFAULT '',
  data        TEXT    NOT NULL,
  decision    TEXT    NOT NULL DEFAULT '',
  lead_fields TEXT    NOT NULL DEFAULT '',
  UNIQUE (source, key)
);
CREATE INDEX events_by_request ON events(request_id);
CREATE INDEX events_by_time    ON events(received_at);
CREATE INDEX events_by_lead    ON events(lead_id)            WHERE lead_id > 0;
CREATE INDEX events_unfinished ON events(id)                 WHERE state IN ('received','delivering','waiting');
CREATE INDEX events_due        ON events(next_at)            WHERE state IN ('received','delivering','waiting');
CREATE INDEX events_open       ON events(state, received_at) WHERE state IN ('received','delivering','waiting','failed');
CREATE INDEX events_finished   ON events(received_at)        WHERE state IN ('delivered','discarded','ignored');

CREATE TABLE request_events (
  request_id INTEGER NOT NULL REFERENCES requests(id),
  event_id   INTEGER NOT NULL REFERENCES events(id) ON DELETE CASCADE,
  is_new     INTEGER NOT NULL,
  PRIMARY KEY (request_id, event_id)
) WITHOUT ROWID;
CREATE INDEX request_events_by_event ON request_events(event_id);

CREATE TABLE identities (
  kind       TEXT    NOT NULL,
  value      TEXT    NOT NULL,
  event_id   INTEGER NOT NULL REFERENCES events(id) ON DELETE CASCADE,
  unfinished INTEGER NOT NULL,
  PRIMARY KEY (kind, value, event_id)
) WITHOUT ROWID;
CREATE INDEX identities_by_event   ON identities(event_id);
CREATE INDEX identities_unfinished ON identities(kind, value, event_id) WHERE unfinished = 1;

CREATE TRIGGER events_finish AFTER UPDATE OF state ON events
WHEN (old.state IN ('received','delivering','waiting')) <> (new.state IN ('received','delivering','waiting'))
BEGIN
  UPDATE identities SET unfinished = (new.state IN ('received','delivering','waiting')) WHERE event_id = new.id;
END;

CREATE TABLE deliveries (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id INTEGER NOT NULL REFERENCES events(id) ON DELETE CASCADE,
  seq      INTEGER NOT NULL,
  name     TEXT    NOT NULL,
  method   TEXT    NOT NULL,
  key      TEXT    NOT NULL,
  state    TEXT    NOT NULL CHECK (state IN ('planned','sent','unclear','confirmed','waiting','failed','discarded')),
  reason   TEXT    NOT NULL DEFAULT '',
  sent_at  INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  params   TEXT    NOT NULL,
  result   TEXT    NOT NULL DEFAULT '',
  UNIQUE (event_id, seq)
);
CREATE INDEX deliveries_sent ON deliveries(id) WHERE state = 'sent';

CREATE TABLE attempts (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  delivery_id INTEGER NOT NULL REFERENCES deliveries(id) ON DELETE CASCADE,
  at          INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  outcome     TEXT    NOT NULL,
  http_status INTEGER NOT NULL,
  code        TEXT    NOT NULL,
  answer      TEXT    NOT NULL
);
CREATE INDEX attempts_by_delivery ON attempts(delivery_id);

CREATE TABLE turns (
  name     TEXT PRIMARY KEY,
  employee TEXT NOT NULL
) WITHOUT ROWID;
)sql",
    R"sql(
ALTER TABLE requests ADD COLUMN origin TEXT NOT NULL DEFAULT 'webhook';
ALTER TABLE events   ADD COLUMN card   TEXT NOT NULL DEFAULT '';
ALTER TABLE events   ADD COLUMN parked INTEGER NOT NULL DEFAULT 0;

CREATE TABLE clients (
  phone   TEXT    NOT NULL,
  card    TEXT    NOT NULL,
  rank    INTEGER NOT NULL,
  name    TEXT    NOT NULL,
  company TEXT    NOT NULL,
  user_id INTEGER NOT NULL,
  listed  INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (phone, card)
) WITHOUT ROWID;
CREATE INDEX clients_by_card ON clients(card);
)sql",
    R"sql(
ALTER TABLE events ADD COLUMN round INTEGER NOT NULL DEFAULT 1;

CREATE TABLE away (
  employee TEXT    PRIMARY KEY,
  since    INTEGER NOT NULL,
  until    INTEGER NOT NULL,
  why      TEXT    NOT NULL
) WITHOUT ROWID;

CREATE TABLE open_cards (
  card    TEXT    PRIMARY KEY,
  user_id INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE assignments (
  event_id INTEGER PRIMARY KEY REFERENCES events(id) ON DELETE CASCADE,
  at       INTEGER NOT NULL,
  employee TEXT    NOT NULL,
  rule     TEXT    NOT NULL,
  chosen   TEXT    NOT NULL,
  new_lead INTEGER NOT NULL,
  circumstances TEXT NOT NULL
);
CREATE TABLE follow_ups (
  event_id INTEGER PRIMARY KEY REFERENCES events(id) ON DELETE CASCADE,
  root_id  INTEGER NOT NULL REFERENCES events(id) ON DELETE CASCADE,
  kind     TEXT    NOT NULL CHECK (kind IN ('wait','accept')),
  due_at   INTEGER,
  stage    TEXT    NOT NULL,
  holder   INTEGER NOT NULL,
  declined TEXT    NOT NULL,
  passed   INTEGER NOT NULL
);
CREATE INDEX follow_ups_by_root ON follow_ups(root_id);
CREATE TABLE passed_over (
  event_id INTEGER NOT NULL REFERENCES events(id) ON DELETE CASCADE,
  employee TEXT    NOT NULL,
  cause    TEXT    NOT NULL,
  PRIMARY KEY (event_id, employee)
) WITHOUT ROWID;
CREATE INDEX assignments_given ON assignments(at) WHERE new_lead = 1;
)sql",
    R"sql(
ALTER TABLE events ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX events_urgent ON events(next_at)
  WHERE urgent = 1 AND state IN ('received','delivering','waiting');
CREATE INDEX deliveries_records ON deliveries(event_id)
  WHERE name = 'record' AND state IN ('planned','sent','unclear','waiting');
DROP TRIGGER events_finish;
CREATE TRIGGER events_finish AFTER UPDATE OF state ON events
WHEN (old.state IN ('received','delivering','waiting')) <> (new.state IN ('received','delivering','waiting'))
BEGIN
  UPDATE identities SET unfinished = (new.urgent = 0 AND new.state IN ('received','delivering','waiting'))
  WHERE event_id = new.id;
END;
)sql",
    R"sql(
CREATE INDEX deliveries_robots ON deliveries(event_id)
  WHERE name = 'robot' AND state IN ('planned','sent','unclear','waiting');
)sql",
    R"sql(
-- `IN` with a list of values has SQLite build that list anew, as a table in memory, for every row that is
-- written: for the indexes and checks of one event that was half of the cost of storing it. A check says
-- nothing about what is stored already, so its text may be exchanged where the schema is kept; the changes
-- of indexes that follow make other processes read the schema again.
PRAGMA writable_schema=ON;
UPDATE sqlite_schema SET sql = replace(sql,
  'CHECK (state IN (''received'',''delivering'',''waiting'',''delivered'',''failed'',''discarded'',''ignored''))',
  'CHECK (state = ''received'' OR state = ''delivering'' OR state = ''waiting'' OR state = ''delivered'' OR state = ''failed'' OR state = ''discarded'' OR state = ''ignored'')')
WHERE type = 'table' AND name = 'events';
UPDATE sqlite_schema SET sql = replace(sql,
  'CHECK (state IN (''planned'',''sent'',''unclear'',''confirmed'',''waiting'',''failed'',''discarded''))',
  'CHECK (state = ''planned'' OR state = ''sent'' OR state = ''unclear'' OR state = ''confirmed'' OR state = ''waiting'' OR state = ''failed'' OR state = ''discarded'')')
WHERE type = 'table' AND name = 'deliveries';
PRAGMA writable_schema=RESET;
DROP INDEX events_unfinished;
DROP INDEX events_due;
DROP INDEX events_open;
DROP INDEX events_finished;
DROP INDEX events_urgent;
DROP INDEX deliveries_records;
DROP INDEX deliveries_robots;
CREATE INDEX events_unfinished ON events(id)
  WHERE (state = 'received' OR state = 'delivering' OR state = 'waiting');
CREATE INDEX events_due ON events(next_at)
  WHERE (state = 'received' OR state = 'delivering' OR state = 'waiting');
CREATE INDEX events_open ON events(state, received_at)
  WHERE (state = 'received' OR state = 'delivering' OR state = 'waiting' OR state = 'failed');
CREATE INDEX events_finished ON events(received_at)
  WHERE (state = 'delivered' OR state = 'discarded' OR state = 'ignored');
CREATE INDEX events_urgent ON events(next_at)
  WHERE urgent = 1 AND (state = 'received' OR state = 'delivering' OR state = 'waiting');
CREATE INDEX deliveries_records ON deliveries(event_id)
  WHERE name = 'record' AND (state = 'planned' OR state = 'sent' OR state = 'unclear' OR state = 'waiting');
CREATE INDEX deliveries_robots ON deliveries(event_id)
  WHERE name = 'robot' AND (state = 'planned' OR state = 'sent' OR state = 'unclear' OR state = 'waiting');
DROP TRIGGER events_finish;
CREATE TRIGGER events_finish AFTER UPDATE OF state ON events
WHEN (old.state = 'received' OR old.state = 'delivering' OR old.state = 'waiting') <> (new.state = 'received' OR new.state = 'delivering' OR new.state = 'waiting')
BEGIN
  UPDATE identities SET unfinished = (new.urgent = 0 AND (new.state = 'received' OR new.state = 'delivering' OR new.state = 'waiting'))
  WHERE event_id = new.id;
END;
)sql",
    R"sql(
-- An event knows the request that it came with; only requests that repeat it have to be told.
CREATE TABLE repeats (
  request_id INTEGER NOT NULL REFERENCES requests(id),
  event_id   INTEGER NOT NULL REFERENCES events(id) ON DELETE CASCADE,
  PRIMARY KEY (request_id, event_id)
) WITHOUT ROWID;
INSERT INTO repeats SELECT r.request_id, r.event_id FROM request_events r
  JOIN events e ON e.id = r.event_id WHERE e.request_id <> r.request_id;
CREATE INDEX repeats_by_event ON repeats(event_id);
DROP TABLE request_events;
)sql"};

static_assert(application_id == 1110586471);

// The file's version; fails when it cannot be one that this program wrote or can read.
Result<std::int64_t> version_of(Connection& connection, const std::string& path) {
  auto version = connection.number("PRAGMA user_version");
  if (!version) return version;
  if (*version > schema_version()) {
    return fail(
        ErrorKind::config, path,
        fmt::format(
            "the journal has schema version {}, this program knows versions up to {}; install the newer "
            "b24gate that wrote it, or restore a backup",
            *version, schema_version()),
        Ran::no, Move::administrator);
  }
  return version;
}

// One step, unless another process has done it meanwhile.
Done apply(Connection& connection, const std::string& path, std::size_t step, TimePoint now) {
  if (Done begun = connection.execute("BEGIN IMMEDIATE"); !begun) return begun;
  const Done done = [&]() -> Done {
    const auto version = version_of(connection, path);
    if (!version) return fail(version.error());
    if (*version > static_cast<std::int64_t>(step)) return {};
    if (Done made = connection.execute(steps.at(step)); !made) return made;
    if (step == 0) {
      auto created = connection.prepare("INSERT INTO meta(name, value) VALUES ('created_at', ?)");
      if (!created) return fail(created.error());
      if (Done noted = created->bind(std::to_string(to_unix_ms(now))).run(); !noted) return noted;
    }
    return connection.execute(fmt::format("PRAGMA user_version = {}", step + 1).c_str());
  }();
  if (done) {
    if (Done committed = connection.execute("COMMIT"); committed) return {};
    (void)connection.execute("ROLLBACK");
    return fail(ErrorKind::disk, path, "the schema cannot be written", Ran::no, Move::administrator);
  }
  (void)connection.execute("ROLLBACK");
  return done;
}

}  // namespace

int schema_version() { return static_cast<int>(steps.size()); }

Done migrate(Connection& connection, const std::string& path, TimePoint now, int to) {
  const auto version = version_of(connection, path);
  if (!version) return fail(version.error());
  for (auto step = static_cast<std::size_t>(*version); step < static_cast<std::size_t>(to); ++step) {
    if (Done applied = apply(connection, path, step, now); !applied) return applied;
  }
  return {};
}

Done check_schema(Connection& connection, const std::string& path) {
  const auto version = version_of(connection, path);
  if (!version) return fail(version.error());
  if (*version == schema_version()) return {};
  return fail(
      ErrorKind::config, path,
      fmt::format("the journal has schema version {}, this program needs {}; start the new b24gate once",
                  *version, schema_version()),
      Ran::no, Move::administrator);
}

}  // namespace b24gate::journal
