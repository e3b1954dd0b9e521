// A consistent copy of a database that others read and write. Private to the journal.
#pragma once

#include <string>

#include "base/error.hpp"

namespace b24gate::journal {

// Copies the database at `from` (opened through `vfs`) to the file `to`, mode 0600, checked and synced before
// it gets its name. Fails with ErrorKind::disk, a damaged database included; with ErrorKind::refused when
// there is a file of that name already, which stays as it is.
Done copy_database(const std::string& from, const std::string& vfs, const std::string& to);

}  // namespace b24gate::journal
