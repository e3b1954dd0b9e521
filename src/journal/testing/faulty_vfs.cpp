#include "journal/testing/faulty_vfs.hpp"

#include <sqlite3.h>

#include "journal/file_below.hpp"

namespace b24gate::journal::testing {
namespace {

Faults state;
sqlite3_vfs vfs;
sqlite3_io_methods methods;

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  ++state.writes;
  if (state.full) return SQLITE_FULL;
  if (state.write_fails) return SQLITE_IOERR_WRITE;
  return below(file)->pMethods->xWrite(below(file), from, size, at);
}

int sync_file(sqlite3_file* file, int flags) {
  ++state.syncs;
  if (state.sync_fails) return SQLITE_IOERR_FSYNC;
  return below(file)->pMethods->xSync(below(file), flags);
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  if (state.cannot_open) return SQLITE_CANTOPEN;
  return open_above(&vfs, name, file, flags, out_flags, methods);
}

void set_up() {
  methods = passed_on();
  methods.xWrite = write_file;
  methods.xSync = sync_file;
  register_above(vfs, *sqlite3_vfs_find(nullptr), faulty_vfs, open_file);
}

}  // namespace

Faults& faults() {
  static const bool once = (set_up(), true);
  static_cast<void>(once);
  return state;
}

}  // namespace b24gate::journal::testing
