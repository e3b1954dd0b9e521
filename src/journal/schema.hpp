// The journal's schema as a list of steps. Private to the journal.
#pragma once

#include <string>

#include "base/error.hpp"
#include "base/time.hpp"
#include "journal/connection.hpp"

namespace b24gate::journal {

// Brings an open writer's file up to this program's schema, each step in a transaction of its own, so that a
// crash between two steps is continued at the next start. Two processes may do so at once. Fails with
// ErrorKind::config when the file belongs to another program or its schema is newer than this one. `to`: a
// version to stop at, for a test that needs the file of an older program.
Done migrate(Connection& connection, const std::string& path, TimePoint now, int to = schema_version());

// For those who cannot change the file: fails as migrate() does, and when the schema is older as well.
Done check_schema(Connection& connection, const std::string& path);

}  // namespace b24gate::journal
