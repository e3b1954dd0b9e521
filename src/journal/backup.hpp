// A consistent copy of a database that others read and write. Private to the journal.
#pragma once

#include <string>

#include "base/error.hpp"

namespace b24gate::journal {

// Copies the database at `from` (opened through `vfs`) to the file `to`, mode 0600, synced before it gets its
// name: an older file of that name is replaced by a whole one or stays as it is. Fails with ErrorKind::disk;
// with ErrorKind::refused when `to` is the database itself or one of its own files.
Done copy_database(const std::string& from, const std::string& vfs, const std::string& to);

}  // namespace b24gate::journal
