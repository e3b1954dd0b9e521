#include "journal/sqlite_error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace b24gate::journal {
namespace {

// A Statement knows only SQLite's handle, and a job may reword its error: the thread is what both have in
// common.
thread_local bool disk_failed = false;

}  // namespace

bool is_disk_failure(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_NOLFS:
      return true;
    default:
      return false;
  }
}

Error sqlite_error(sqlite3* db, int code, std::string_view where) {
  if (is_disk_failure(code)) disk_failed = true;
  const std::string_view words = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  Error error{ErrorKind::disk, std::string(where), fmt::format("{} (SQLite {})", words, code),
              Ran::no,         Move::ours,         nullptr};
  if ((code & 0xff) == SQLITE_CORRUPT) {
    error.what = fmt::format("the file is damaged: {} (SQLite {}); {}", words, code, restore_advice);
  }
  if ((code & 0xff) == SQLITE_CONSTRAINT) {
    error.kind = ErrorKind::refused;
    error.move = Move::nobody;
  }
  return error;
}

DiskWatch::DiskWatch() { disk_failed = false; }

bool DiskWatch::failed() const { return disk_failed; }

}  // namespace b24gate::journal
