// One SQLite connection with its settings and its cache of prepared statements. Private to the journal.
//
// Used by one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "journal/journal.hpp"

namespace b24gate::journal {

// "B24g": tells our files from other SQLite databases.
inline constexpr std::int64_t application_id = 0x42323467;

class Connection {
 public:
  enum class Use { write, read, read_only };

  // REQUIRES: the file is there (SQLite would create it with the umask's mode). `read` may not change
  // anything, `read_only` does not even open the file for writing. Fails with ErrorKind::disk, or
  // ErrorKind::config when the file is no SQLite database or another program's, which is left as it is.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, const std::string& vfs, Use use);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one statement or several, without rows.
  Done execute(const char* sql);
  // The first column of the first row; 0 without rows.
  Result<std::int64_t> number(std::string_view sql);
  // See Session::prepare. Fails with ErrorKind::internal while the same statement is still being stepped.
  Result<Statement> prepare(std::string_view sql);

  // See Tx::next_id. Whoever begins a transaction forgets those of the one before.
  Result<std::int64_t> next_id(std::string_view table);
  void forget_ids() { next_ids_.clear(); }

  // No transaction is open: SQLite ends one by itself after some failures.
  [[nodiscard]] bool idle() const;
  // May be used again by someone else: nothing open, and the last call did not fail by the disk's fault.
  [[nodiscard]] bool reusable() const;
  // Of the WAL after the last commit of this connection.
  [[nodiscard]] int wal_frames() const { return wal_frames_; }
  [[nodiscard]] std::int64_t page_size() const { return page_size_; }
  [[nodiscard]] sqlite3* handle() const { return db_; }

 private:
  Connection(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}
  Done configure(Use use);
  Done must_be_ours();
  Done set_wal();

  sqlite3* db_;
  const std::string path_;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  std::unordered_map<std::string_view, std::int64_t> next_ids_;
  std::int64_t page_size_ = 0;
  int wal_frames_ = 0;
};

}  // namespace b24gate::journal
