// The journal: one SQLite file that holds every request, event and delivery, and decides what a 2xx means.
//
// WAL, synchronous=FULL: a committed transaction survives kill -9 and loss of power. One writer thread takes
// all write jobs, runs those that wait together inside one transaction (all are undone and run again, each in
// a savepoint of its own, when one fails, so that its neighbours are not touched: a job may run twice before
// it is told) and commits once for all: group commit. A job's `done` is called after the fsync, never before.
// It does not linger for more jobs: while one commit runs the next group gathers.
//
// Threads: write() and reader() from any thread. `done` runs on the writer's thread and must not block. A
// Reader belongs to one thread at a time.
//
// Full disk and I/O errors: the group is rolled back, every job in it gets ErrorKind::disk with Ran::no and
// Move::ours, healthy() turns false. The next group tries afresh (a failing connection is reopened), so that
// it recovers without a restart; while no jobs come, the writer probes every second by a small write of its
// own until it is healthy again.
// Where a failed commit is found in the file all the same, it is synced and told as done; where that fails
// too the jobs get Ran::unknown.
//
// Several processes: the daemon takes lock() for its life; the command line reads and writes beside it (WAL,
// busy timeout 10 s). Whoever else changes the file is seen through changes_by_others().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"
#include "json/value.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace b24gate::journal {

// A prepared statement of one connection, cached there; bind, step, read. Reset on destruction.
class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Binds the next parameter; chainable. A TimePoint is stored in Unix milliseconds.
  Statement& bind(std::int64_t value);
  Statement& bind(int value) { return bind(std::int64_t{value}); }
  Statement& bind(std::string_view text);
  Statement& bind(const char* text) { return bind(std::string_view(text)); }
  Statement& bind(const std::string& text) { return bind(std::string_view(text)); }
  Statement& bind(TimePoint time) { return bind(to_unix_ms(time)); }
  // Without a copy: `text` must outlive the statement's last step.
  Statement& lend(std::string_view text);
  Statement& lend_blob(std::string_view bytes);
  Statement& bind_null();
  // Null for an empty text, for columns where absent is NULL.
  Statement& bind_or_null(std::string_view text);
  Statement& bind_or_null(std::optional<std::int64_t> value);
  Statement& bind_or_null(std::optional<TimePoint> time);

  // True while there is a row. Fails with ErrorKind::disk (Move::ours) on any SQLite error,
  // ErrorKind::refused on a constraint.
  Result<bool> step();
  // Runs to the end, for statements without rows.
  Done run();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;  // also blobs; empty for NULL
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::optional<TimePoint> time(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

class Connection;

// A connection as jobs and readers see it.
class Session {
 public:
  explicit Session(Connection& connection) : connection_(&connection) {}
  // REQUIRES: `sql` is one statement and a literal or otherwise lives as long as the connection (it is the
  // cache's key).
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  [[nodiscard]] std::int64_t last_insert_id() const;
  [[nodiscard]] std::int64_t changes() const;

 protected:
  Connection* connection_;
};

// Inside a write transaction, on the writer's thread.
class Tx : public Session {
 public:
  using Session::Session;
  // The id of a row that is about to be put into a table with AUTOINCREMENT; it is used up. REQUIRES: in this
  // table all rows get their ids so; `table` is a literal.
  [[nodiscard]] Result<std::int64_t> next_id(std::string_view table);
};

// A read connection: sees the last commit at the start of each statement, or one snapshot inside snapshot().
class Reader : public Session {
 public:
  Reader(std::unique_ptr<Connection> connection, std::function<void(std::unique_ptr<Connection>)> give_back);
  Reader(Reader&&) noexcept;
  ~Reader();
  // Runs `read` inside one read transaction: everything it sees is of one moment.
  Done snapshot(const std::function<Done(Reader&)>& read);

 private:
  std::unique_ptr<Connection> owned_;
  std::function<void(std::unique_ptr<Connection>)> give_back_;
};

struct Options {
  std::string path;    // of the database file
  std::string vfs;     // SQLite's name of a VFS; empty for the default. Tests break the disk through this.
  bool create = true;  // false: fail when the file is not there
  bool read_only = false;  // no writer thread, write() fails; for looking at a journal of another user
};

struct Health {
  bool healthy = true;
  std::string reason;  // what the disk said; empty when healthy
  TimePoint since{};   // of the present state
};

struct WriterStats {
  std::uint64_t jobs = 0;
  std::uint64_t commits = 0;
  std::uint64_t failed_commits = 0;
  std::uint64_t queued = 0;         // waiting now
  std::uint64_t commit_micros = 0;  // sum over commits
};

class Journal {
 public:
  using Job = std::function<Done(Tx&)>;
  using OnDone = std::function<void(Done)>;

  // Opens or creates the file and brings its schema to this version, each step in a transaction of its own.
  // With `create` (the daemon's way) the file is checked for damage first: see docs/journal.md. Fails: the
  // folder cannot be written, the file is no journal or damaged, its schema is newer than this program.
  static Result<std::unique_ptr<Journal>> open(Options options, const Clock& clock);
  // Finishes the jobs that are queued, then closes.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Queues a job. A job that returns an error is rolled back alone and gets that error; jobs may be run a
  // second time, when another of their group has failed or its commit half-way, so they must have no effect
  // outside the transaction, or the same again.
  void write(Job job, OnDone done);
  // The same, waiting. REQUIRES: not on the writer's thread.
  Done write_now(Job job);

  [[nodiscard]] Result<Reader> reader();

  // At most one process holds the lock; it is released when this object or the process dies. False: another
  // has it.
  Result<bool> lock();
  // The turn of one kind of work, which one thread of one process at a time may do: waits for whoever has it.
  // It is given back when the last copy goes or the process dies. Leaves an empty file, `<path>.<kind>.lock`.
  [[nodiscard]] Result<std::shared_ptr<void>> turn(std::string_view kind) const;

  [[nodiscard]] Health health() const;
  [[nodiscard]] WriterStats stats() const;
  // A number that changes whenever another process has committed since.
  [[nodiscard]] std::int64_t changes_by_others();
  // Bytes of the database file and its WAL.
  [[nodiscard]] std::int64_t size_on_disk() const;

  // A consistent copy while others read and write, checked; refuses to replace a file.
  Done backup(const std::string& to);

  // Copies the WAL into the database and empties it, so that what was removed is in neither file. Fails with
  // ErrorKind::limit when readers hold it all the time. REQUIRES: not open for reading only, as below.
  Done empty_wal();
  // Writes the whole file anew, which takes all free pages and unused parts of pages out of it, and a file of
  // an older program begins to give its free pages back. Holds other writers up for about a second per 75 MB.
  Done compact();

 private:
  class Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  // REQUIRES: the file is there.
  static Result<std::unique_ptr<Journal>> open_there(Options options, const Clock& clock);
  std::unique_ptr<Impl> impl_;
};

// The schema's version of this program; docs/journal.md says what each table and state means.
int schema_version();

}  // namespace b24gate::journal
