#include "journal/testing/faulty_vfs.hpp"

#include <sqlite3.h>

namespace b24gate::journal::testing {
namespace {

Faults state;
sqlite3_vfs vfs;
sqlite3_io_methods methods;

// SQLite allocates szOsFile bytes per file: ours first, the real file behind it.
struct File {
  sqlite3_file base;
  sqlite3_file* real;
};

sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

sqlite3_vfs* below() { return static_cast<sqlite3_vfs*>(vfs.pAppData); }

int close_file(sqlite3_file* file) {
  sqlite3_file* real = real_of(file);
  return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}
int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  return real_of(file)->pMethods->xRead(real_of(file), to, size, at);
}
int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  ++state.writes;
  if (state.full) return SQLITE_FULL;
  if (state.write_fails) return SQLITE_IOERR_WRITE;
  return real_of(file)->pMethods->xWrite(real_of(file), from, size, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return real_of(file)->pMethods->xTruncate(real_of(file), size);
}
int sync_file(sqlite3_file* file, int flags) {
  ++state.syncs;
  if (state.sync_fails) return SQLITE_IOERR_FSYNC;
  return real_of(file)->pMethods->xSync(real_of(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}
int lock(sqlite3_file* file, int level) { return real_of(file)->pMethods->xLock(real_of(file), level); }
int unlock(sqlite3_file* file, int level) { return real_of(file)->pMethods->xUnlock(real_of(file), level); }
int check_lock(sqlite3_file* file, int* out) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}
int control(sqlite3_file* file, int op, void* arg) {
  return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}
int sector(sqlite3_file* file) { return real_of(file)->pMethods->xSectorSize(real_of(file)); }
int traits(sqlite3_file* file) { return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file)); }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}
void shm_barrier(sqlite3_file* file) { real_of(file)->pMethods->xShmBarrier(real_of(file)); }
int shm_unmap(sqlite3_file* file, int remove) {
  return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* ours = reinterpret_cast<File*>(file);
  ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
  ours->base.pMethods = nullptr;
  if (state.cannot_open) return SQLITE_CANTOPEN;
  const int code = below()->xOpen(below(), name, ours->real, flags, out_flags);
  ours->base.pMethods = code == SQLITE_OK ? &methods : nullptr;
  return code;
}

void set_up() {
  sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
  vfs = *real;
  vfs.zName = faulty_vfs;
  vfs.pAppData = real;
  vfs.szOsFile = real->szOsFile + static_cast<int>(sizeof(File));
  vfs.xOpen = open_file;
  methods.iVersion = 2;
  methods.xClose = close_file;
  methods.xRead = read_file;
  methods.xWrite = write_file;
  methods.xTruncate = truncate_file;
  methods.xSync = sync_file;
  methods.xFileSize = file_size;
  methods.xLock = lock;
  methods.xUnlock = unlock;
  methods.xCheckReservedLock = check_lock;
  methods.xFileControl = control;
  methods.xSectorSize = sector;
  methods.xDeviceCharacteristics = traits;
  methods.xShmMap = shm_map;
  methods.xShmLock = shm_lock;
  methods.xShmBarrier = shm_barrier;
  methods.xShmUnmap = shm_unmap;
  sqlite3_vfs_register(&vfs, 0);
}

}  // namespace

Faults& faults() {
  static const bool once = (set_up(), true);
  static_cast<void>(once);
  return state;
}

}  // namespace b24gate::journal::testing
