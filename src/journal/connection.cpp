#include "journal/connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "journal/sqlite_error.hpp"
#include "journal/wal_gather.hpp"

namespace b24gate::journal {
namespace {

constexpr int busy_timeout_ms = 10'000;

// secure_delete: what is removed is personal data, its bytes go too. journal_size_limit: after a long reader
// the WAL shrinks again.
constexpr const char* settings =
    "PRAGMA synchronous=FULL;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA journal_size_limit=67108864;";

// Nobody asks SQLite how much memory it uses; to know it, it locks a mutex for every allocation. Refused, and
// no loss, where a test has made SQLite start before.
void keep_no_statistics() {
  static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(code);
}

// A request and an event take 2 KB each: one of either would fill a page of 4 KB hardly more than half, and a
// commit writes whole pages.
constexpr const char* settings_of_a_new_file = "PRAGMA page_size=2048; PRAGMA auto_vacuum=INCREMENTAL;";

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, const std::string& vfs,
                                                     Use use) {
  keep_no_statistics();
  sqlite3* db = nullptr;
  const int flags =
      (use == Use::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;
  const std::string disk = use == Use::write ? gathering_vfs(vfs) : vfs;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, disk.empty() ? nullptr : disk.c_str());
  if (code != SQLITE_OK) {
    Error error = sqlite_error(db, code, path);
    sqlite3_close(db);
    return fail(std::move(error));
  }
  std::unique_ptr<Connection> connection(new Connection(db, path));
  if (Done configured = connection->configure(use); !configured) return fail(std::move(configured.error()));
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(db_);
}

Done Connection::configure(Use use) {
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_busy_timeout(db_, busy_timeout_ms);
  if (Done ours = must_be_ours(); !ours) return ours;
  if (use != Use::read_only) {
    // Only a file without a page takes this; it comes before the WAL, which writes the first one. Others take
    // it when they are written anew: compact(). Where it is set already saying it again would be a commit.
    auto pages = number("PRAGMA page_count");
    if (!pages) return fail(std::move(pages.error()));
    if (*pages == 0) {
      if (Done set = execute(settings_of_a_new_file); !set) return set;
    }
    if (Done wal = set_wal(); !wal) return wal;
  }
  if (Done set = execute(settings); !set) return set;
  // Readers are many and live long; what they do not keep of the file the system's own cache has.
  if (use != Use::write) return execute("PRAGMA query_only=ON; PRAGMA cache_size=-1000");
  const auto page_size = number("PRAGMA page_size");
  if (!page_size) return fail(page_size.error());
  page_size_ = *page_size;
  // The writer checkpoints by itself, when nobody waits for it; a hook of one's own switches SQLite's off.
  sqlite3_wal_hook(
      db_,
      [](void* self, sqlite3*, const char*, int frames) {
        static_cast<Connection*>(self)->wal_frames_ = frames;
        return SQLITE_OK;
      },
      this);
  return {};
}

Done Connection::must_be_ours() {
  // The first to touch the file, hence to find that it is something else.
  auto application = number("PRAGMA application_id");
  if (!application) {
    if ((sqlite3_errcode(db_) & 0xff) != SQLITE_NOTADB) return fail(std::move(application.error()));
    return fail(
        ErrorKind::config, path_,
        fmt::format(
            "this file is no journal of b24gate, and is left as it is; if it was one it is damaged: {}",
            restore_advice),
        Ran::no, Move::administrator);
  }
  if (*application == application_id) return {};
  auto tables = number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return fail(std::move(tables.error()));
  if (*application == 0 && *tables == 0) return {};  // a new file
  return fail(ErrorKind::config, path_,
              "this file is a database of another program, not a journal of b24gate", Ran::no,
              Move::administrator);
}

Done Connection::set_wal() {
  auto statement = prepare("PRAGMA journal_mode=WAL");
  if (!statement) return fail(std::move(statement.error()));
  auto row = statement->step();
  if (!row) return fail(std::move(row.error()));
  if (statement->text(0) == "wal") return {};
  return fail(ErrorKind::disk, path_, "the file system does not allow a write-ahead log; use a local one",
              Ran::no, Move::administrator);
}

Done Connection::execute(const char* sql) {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(sqlite_error(db_, code, path_));
  return {};
}

Result<std::int64_t> Connection::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return fail(std::move(statement.error()));
  auto row = statement->step();
  if (!row) return fail(std::move(row.error()));
  return *row ? statement->integer(0) : 0;
}

Result<Statement> Connection::prepare(std::string_view sql) {
  // By where the text stands: to hash it would cost as much as a look into a B-tree.
  const auto found = statements_.find(sql.data());
  if (found != statements_.end()) {
    if (sqlite3_stmt_busy(found->second) != 0) {
      return fail(ErrorKind::internal, path_,
                  "a statement is used a second time before its first use has ended");
    }
    if (sql == sqlite3_sql(found->second)) return Statement(db_, found->second);
    // Another text stands there now.
    sqlite3_finalize(found->second);
    statements_.erase(found);
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail(sqlite_error(db_, code, path_));
  statements_.emplace(sql.data(), statement);
  return Statement(db_, statement);
}

Result<std::int64_t> Connection::next_id(std::string_view table) {
  auto known = next_ids_.find(table);
  if (known == next_ids_.end()) {
    auto last = prepare("SELECT seq FROM sqlite_sequence WHERE name = ?");
    if (!last) return fail(std::move(last.error()));
    const auto row = last->bind(table).step();
    if (!row) return fail(row.error());
    known = next_ids_.emplace(table, *row ? last->integer(0) + 1 : 1).first;
  }
  return known->second++;
}

bool Connection::idle() const { return sqlite3_get_autocommit(db_) != 0; }

bool Connection::reusable() const { return idle() && !is_disk_failure(sqlite3_errcode(db_)); }

}  // namespace b24gate::journal
