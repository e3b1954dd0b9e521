// Takes out of the files what was removed from the tables. Private to the journal.
#pragma once

#include <string>

#include "base/error.hpp"

namespace b24gate::journal {

// See Journal::empty_wal and Journal::compact.
Done empty_wal(const std::string& path, const std::string& vfs);
Done compact(const std::string& path, const std::string& vfs);

}  // namespace b24gate::journal
