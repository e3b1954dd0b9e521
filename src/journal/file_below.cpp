#include "journal/file_below.hpp"

namespace b24gate::journal {
namespace {

const sqlite3_io_methods& methods_of(sqlite3_file* file) { return *below(file)->pMethods; }

int close_file(sqlite3_file* file) { return methods_of(file).xClose(below(file)); }
int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  return methods_of(file).xRead(below(file), to, size, at);
}
int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  return methods_of(file).xWrite(below(file), from, size, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return methods_of(file).xTruncate(below(file), size);
}
int sync_file(sqlite3_file* file, int flags) { return methods_of(file).xSync(below(file), flags); }
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return methods_of(file).xFileSize(below(file), size);
}
int lock(sqlite3_file* file, int level) { return methods_of(file).xLock(below(file), level); }
int unlock(sqlite3_file* file, int level) { return methods_of(file).xUnlock(below(file), level); }
int check_lock(sqlite3_file* file, int* out) { return methods_of(file).xCheckReservedLock(below(file), out); }
int control(sqlite3_file* file, int op, void* arg) {
  return methods_of(file).xFileControl(below(file), op, arg);
}
int sector(sqlite3_file* file) { return methods_of(file).xSectorSize(below(file)); }
int traits(sqlite3_file* file) { return methods_of(file).xDeviceCharacteristics(below(file)); }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return methods_of(file).xShmMap(below(file), page, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return methods_of(file).xShmLock(below(file), offset, n, flags);
}
void shm_barrier(sqlite3_file* file) { methods_of(file).xShmBarrier(below(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return methods_of(file).xShmUnmap(below(file), remove); }

}  // namespace

sqlite3_io_methods passed_on() {
  sqlite3_io_methods out{};
  out.iVersion = 2;
  out.xClose = close_file;
  out.xRead = read_file;
  out.xWrite = write_file;
  out.xTruncate = truncate_file;
  out.xSync = sync_file;
  out.xFileSize = file_size;
  out.xLock = lock;
  out.xUnlock = unlock;
  out.xCheckReservedLock = check_lock;
  out.xFileControl = control;
  out.xSectorSize = sector;
  out.xDeviceCharacteristics = traits;
  out.xShmMap = shm_map;
  out.xShmLock = shm_lock;
  out.xShmBarrier = shm_barrier;
  out.xShmUnmap = shm_unmap;
  return out;
}

int open_above(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags,
               const sqlite3_io_methods& methods) {
  auto* under = static_cast<sqlite3_vfs*>(vfs->pAppData);
  file->pMethods = nullptr;
  sqlite3_file* real = below(file);
  const int code = under->xOpen(under, name, real, flags, out_flags);
  if (code == SQLITE_OK) {
    file->pMethods = &methods;
  } else if (real->pMethods) {
    real->pMethods->xClose(real);
  }
  return code;
}

void register_above(sqlite3_vfs& above, sqlite3_vfs& under, const char* name,
                    decltype(sqlite3_vfs::xOpen) open) {
  above = under;
  above.pNext = nullptr;
  above.zName = name;
  above.pAppData = &under;
  above.szOsFile = under.szOsFile + static_cast<int>(sizeof(FileAbove));
  above.xOpen = open;
  sqlite3_vfs_register(&above, 0);
}

}  // namespace b24gate::journal
