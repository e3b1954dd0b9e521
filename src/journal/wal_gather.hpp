// A SQLite VFS over another one that writes the frames of a commit together. SQLite hands each page of a
// commit to the write-ahead log by two calls, of 24 bytes and of the page, which is a third of what a commit
// costs in the kernel. Private to the journal.
//
// Only inside a WalGather, hence only while the thread that made it commits, is anything held back, and
// SQLite syncs the log at a commit's end (synchronous=FULL) before another connection may see one of its
// frames: what was held back is written before that sync. What it could not write fails the sync with the
// write's own code, as if SQLite had written it then; nothing held back outlives the WalGather.
#pragma once

#include <sqlite3.h>

#include <string>

namespace b24gate::journal {

// The name of the gathering VFS over `base` (empty: SQLite's default), made at the first call. Threads: any.
// `base` itself when there is no such VFS, which opening a file then tells.
std::string gathering_vfs(const std::string& base);

// While it lives, what this thread writes to logs of a gathering VFS is held back until their sync. One at a
// time for each thread.
class WalGather {
 public:
  // `buffer` is used, and emptied; kept by the caller so that its memory serves the next commit.
  explicit WalGather(std::string& buffer);
  // Drops what was not written: the commit has failed.
  ~WalGather();
  WalGather(const WalGather&) = delete;
  WalGather& operator=(const WalGather&) = delete;

  // As the methods of a SQLite file; `real` is the file below. Return SQLite's codes.
  int write(sqlite3_file* real, const void* bytes, int size, sqlite3_int64 at);
  int flush();

 private:
  std::string& bytes_;
  sqlite3_file* file_ = nullptr;  // which they are for
  sqlite3_int64 at_ = 0;          // where they begin
};

}  // namespace b24gate::journal
