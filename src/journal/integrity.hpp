// Is the file whole? Private to the journal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "journal/connection.hpp"

namespace b24gate::journal {

// Up to this size every page is looked at, which takes about a second (some 350 MB/s from the page cache). A
// larger file would keep the service from starting for too long.
inline constexpr std::int64_t checked_whole = 256LL * 1024 * 1024;

// The error of a damaged file: what is wrong with it, and what a person does.
Error damaged(const std::string& path, std::string_view what);

// A file of up to `whole` bytes is checked page by page, a larger one by its schema and the newest
// rows of its tables, next to which everything new is written. Changes nothing.
Done check_integrity(Connection& connection, const std::string& path, std::int64_t whole = checked_whole);

}  // namespace b24gate::journal
