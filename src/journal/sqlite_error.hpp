// SQLite's result codes as errors of ours. Private to the journal.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

struct sqlite3;

namespace b24gate::journal {

// What a person does about a damaged file. The program never replaces it by itself: what it holds may still
// be rescued.
inline constexpr std::string_view restore_advice =
    "stop the service, move the file aside with its -wal and -shm (mv), then put a copy made by `b24gate "
    "backup` in its place, or start with an empty journal";

// Whether the code says that the disk or the file is at fault, so that nothing of the transaction can be
// trusted.
bool is_disk_failure(int code);

// The error of a call that has just failed on `db` (null when it could not even be opened):
// ErrorKind::refused with Move::nobody for a constraint, else ErrorKind::disk with Move::ours. SQLite's
// messages name tables and columns, never values. Remembers disk failures for DiskWatch.
Error sqlite_error(sqlite3* db, int code, std::string_view where);

// Tells whether a disk failure happened on this thread since its construction, even if a job hid or reworded
// it.
class DiskWatch {
 public:
  DiskWatch();
  [[nodiscard]] bool failed() const;
};

}  // namespace b24gate::journal
