// A disk that fails when a test says so: a SQLite VFS around the default one, for tests of the journal and of
// what stands on it. Registered once per process; the switches are of the whole process and thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

namespace b24gate::journal::testing {

inline constexpr const char* faulty_vfs = "b24gate-faulty";

struct Faults {
  std::atomic<bool> full{false};         // writes fail with SQLITE_FULL
  std::atomic<bool> sync_fails{false};   // fsync fails with SQLITE_IOERR
  std::atomic<bool> write_fails{false};  // writes fail with SQLITE_IOERR
  std::atomic<bool> cannot_open{false};  // opening a file fails with SQLITE_CANTOPEN
  std::atomic<std::uint64_t> syncs{0};   // calls, failed ones included
  std::atomic<std::uint64_t> writes{0};
};

// Registers the VFS at the first call; resets nothing.
Faults& faults();

}  // namespace b24gate::journal::testing
