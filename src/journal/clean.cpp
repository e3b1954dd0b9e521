#include "journal/clean.hpp"

#include <sqlite3.h>

#include <chrono>
#include <thread>

#include "journal/connection.hpp"
#include "journal/sqlite_error.hpp"

namespace b24gate::journal {
namespace {

// A checkpoint that waits for a reader keeps writers waiting: it tries shortly, and often.
constexpr int tries = 100;
constexpr int wait_ms = 50;
constexpr std::chrono::milliseconds pause{50};

}  // namespace

Done empty_wal(const std::string& path, const std::string& vfs) {
  auto connection = Connection::open(path, vfs, Connection::Use::write);
  if (!connection) return fail(std::move(connection.error()));
  sqlite3* db = (*connection)->handle();
  sqlite3_busy_timeout(db, wait_ms);
  for (int i = 0; i < tries; ++i) {
    const int code = sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    if ((code & 0xff) != SQLITE_BUSY && (code & 0xff) != SQLITE_LOCKED)
      return fail(sqlite_error(db, code, path));
    std::this_thread::sleep_for(pause);
  }
  return fail(ErrorKind::limit, path + "-wal", "it cannot be emptied while a long read goes on; try again",
              Ran::no, Move::administrator);
}

Done compact(const std::string& path, const std::string& vfs) {
  {
    auto connection = Connection::open(path, vfs, Connection::Use::write);
    if (!connection) return fail(std::move(connection.error()));
    // The new file is built beside the old one: on the disk, since it need not fit into memory.
    if (Done done = (*connection)->execute("PRAGMA temp_store=FILE; PRAGMA auto_vacuum=INCREMENTAL; VACUUM");
        !done) {
      done.error().move = Move::administrator;
      return done;
    }
  }
  return empty_wal(path, vfs);
}

}  // namespace b24gate::journal
