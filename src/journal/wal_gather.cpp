#include "journal/wal_gather.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

namespace b24gate::journal {
namespace {

constexpr std::size_t most_held = 256 * 1024;
// SQLite's own VFS for Unix writes at most 2^17 - 1 bytes at once, and nothing of a multiple of 2^17.
constexpr std::size_t largest_write = 64 * 1024;

thread_local WalGather* gathering = nullptr;

// SQLite allocates szOsFile bytes for a file: ours first, the one below behind it.
struct File {
  sqlite3_file base;
  sqlite3_int64 unused;  // keeps what follows aligned to 8, as SQLite's own files are
};
static_assert(sizeof(File) % 8 == 0);

sqlite3_file* real_of(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

int close_file(sqlite3_file* file) { return real_of(file)->pMethods->xClose(real_of(file)); }

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  if (const int code = gathering ? gathering->flush() : SQLITE_OK; code != SQLITE_OK) return code;
  return real_of(file)->pMethods->xRead(real_of(file), to, size, at);
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  if (gathering) return gathering->write(real_of(file), from, size, at);
  return real_of(file)->pMethods->xWrite(real_of(file), from, size, at);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = gathering ? gathering->flush() : SQLITE_OK; code != SQLITE_OK) return code;
  return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

int sync_file(sqlite3_file* file, int flags) {
  if (const int code = gathering ? gathering->flush() : SQLITE_OK; code != SQLITE_OK) return code;
  return real_of(file)->pMethods->xSync(real_of(file), flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  if (const int code = gathering ? gathering->flush() : SQLITE_OK; code != SQLITE_OK) return code;
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

// Version 1 has neither shared memory nor mapping: a log needs none, both are the database file's.
constexpr sqlite3_io_methods log_methods{1,         close_file, read_file, write_file, truncate_file,
                                         sync_file, file_size,  lock,      unlock,     check_lock,
                                         control,   sector,     traits,    nullptr,    nullptr,
                                         nullptr,   nullptr,    nullptr,   nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* below = static_cast<sqlite3_vfs*>(vfs->pAppData);
  if ((flags & SQLITE_OPEN_WAL) == 0) return below->xOpen(below, name, file, flags, out_flags);
  file->pMethods = nullptr;
  sqlite3_file* real = real_of(file);
  const int code = below->xOpen(below, name, real, flags, out_flags);
  if (code == SQLITE_OK) {
    file->pMethods = &log_methods;
  } else if (real->pMethods) {
    real->pMethods->xClose(real);
  }
  return code;
}

// Never freed: SQLite keeps pointers into it.
struct Registered {
  std::string name;
  sqlite3_vfs vfs{};
};

}  // namespace

std::string gathering_vfs(const std::string& base) {
  static std::mutex mutex;
  static auto& known = *new std::map<std::string, std::unique_ptr<Registered>>;
  const std::lock_guard lock(mutex);
  auto& one = known[base];
  if (one) return one->name;
  sqlite3_vfs* below = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
  if (!below) return base;
  one = std::make_unique<Registered>();
  one->name = std::string("b24gate-gathering-") + below->zName;
  one->vfs = *below;
  one->vfs.pNext = nullptr;
  one->vfs.zName = one->name.c_str();
  one->vfs.pAppData = below;
  one->vfs.szOsFile = below->szOsFile + static_cast<int>(sizeof(File));
  one->vfs.xOpen = open_file;
  sqlite3_vfs_register(&one->vfs, 0);
  return one->name;
}

WalGather::WalGather(std::string& buffer) : bytes_(buffer) {
  bytes_.clear();
  gathering = this;
}

WalGather::~WalGather() {
  gathering = nullptr;
  bytes_.clear();
}

int WalGather::write(sqlite3_file* real, const void* bytes, int size, sqlite3_int64 at) {
  const bool continues = file_ == real && at == at_ + static_cast<sqlite3_int64>(bytes_.size());
  if (!bytes_.empty() && (!continues || bytes_.size() >= most_held)) {
    if (const int code = flush(); code != SQLITE_OK) return code;
  }
  if (bytes_.empty()) {
    file_ = real;
    at_ = at;
  }
  bytes_.append(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int WalGather::flush() {
  int code = SQLITE_OK;
  for (std::size_t done = 0; done < bytes_.size() && code == SQLITE_OK;) {
    const std::size_t size = std::min(bytes_.size() - done, largest_write);
    code = file_->pMethods->xWrite(file_, bytes_.data() + done, static_cast<int>(size),
                                   at_ + static_cast<sqlite3_int64>(done));
    done += size;
  }
  bytes_.clear();
  return code;
}

}  // namespace b24gate::journal
