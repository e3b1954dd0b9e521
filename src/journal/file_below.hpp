// A SQLite file that lies over another one and passes everything on: what a VFS of ours starts from. Private
// to the journal and its tests.
//
// SQLite allocates szOsFile bytes for a file: a FileAbove first, the file below behind it.
#pragma once

#include <sqlite3.h>

namespace b24gate::journal {

struct FileAbove {
  sqlite3_file base;
  sqlite3_int64 unused;  // keeps what follows aligned to 8, as SQLite's own files are
};
static_assert(sizeof(FileAbove) % 8 == 0);

inline sqlite3_file* below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<FileAbove*>(file) + 1);
}

// Every method of version 2 passed on; whoever wants another one puts it in.
sqlite3_io_methods passed_on();

// Opens the file below by the VFS below `vfs` (its pAppData), and this one with `methods`. Returns SQLite's
// code.
int open_above(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags,
               const sqlite3_io_methods& methods);

// `above` becomes a VFS over `under`, known as `name` (which it points to) and opening files by `open`; both
// stay where they are as long as SQLite runs.
void register_above(sqlite3_vfs& above, sqlite3_vfs& under, const char* name,
                    decltype(sqlite3_vfs::xOpen) open);

}  // namespace b24gate::journal
