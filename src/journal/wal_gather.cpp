#include "journal/wal_gather.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "journal/file_below.hpp"

namespace b24gate::journal {
namespace {

constexpr std::size_t most_held = 256 * 1024;
// SQLite's own VFS for Unix writes at most 2^17 - 1 bytes at once, and nothing of a multiple of 2^17.
constexpr std::size_t largest_write = 64 * 1024;

thread_local WalGather* gathering = nullptr;

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  if (gathering) return gathering->write(below(file), from, size, at);
  return below(file)->pMethods->xWrite(below(file), from, size, at);
}

// What was held back comes before whatever else is done to the file.
int flushed() { return gathering ? gathering->flush() : SQLITE_OK; }

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  const int code = flushed();
  return code == SQLITE_OK ? below(file)->pMethods->xRead(below(file), to, size, at) : code;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  const int code = flushed();
  return code == SQLITE_OK ? below(file)->pMethods->xTruncate(below(file), size) : code;
}

int sync_file(sqlite3_file* file, int flags) {
  const int code = flushed();
  return code == SQLITE_OK ? below(file)->pMethods->xSync(below(file), flags) : code;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  const int code = flushed();
  return code == SQLITE_OK ? below(file)->pMethods->xFileSize(below(file), size) : code;
}

const sqlite3_io_methods& log_methods() {
  static const sqlite3_io_methods methods = [] {
    sqlite3_io_methods out = passed_on();
    out.iVersion = 1;  // a log has neither shared memory nor mapping: both are the database file's
    out.xRead = read_file;
    out.xWrite = write_file;
    out.xTruncate = truncate_file;
    out.xSync = sync_file;
    out.xFileSize = file_size;
    return out;
  }();
  return methods;
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  if ((flags & SQLITE_OPEN_WAL) != 0) return open_above(vfs, name, file, flags, out_flags, log_methods());
  auto* under = static_cast<sqlite3_vfs*>(vfs->pAppData);
  return under->xOpen(under, name, file, flags, out_flags);
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
  sqlite3_vfs* under = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
  if (!under) return base;
  one = std::make_unique<Registered>();
  one->name = std::string("b24gate-gathering-") + under->zName;
  register_above(one->vfs, *under, one->name.c_str(), open_file);
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
