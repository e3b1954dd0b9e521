// The disk alone, as references: one fsync, and group commits of what the journal writes for a webhook.
#pragma once

#include <string>
#include <vector>

namespace b24gate::bench {

// Milliseconds of each of `count` appends of 16 KB with fdatasync.
std::vector<double> sync_millis(const std::string& folder, int count);

// Webhooks of 1.5 KB per second that SQLite alone commits with the journal's schema and settings: the same
// rows, so many to a commit, prepared statements, the WAL copied as the journal does it.
double commits_of_rows(const std::string& folder, int together, double seconds);

}  // namespace b24gate::bench
