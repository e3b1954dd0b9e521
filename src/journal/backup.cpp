#include "journal/backup.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "journal/connection.hpp"
#include "journal/sqlite_error.hpp"

namespace b24gate::journal {
namespace {

tl::unexpected<Error> system_failure(const std::string& path, int code) {
  return fail(ErrorKind::disk, path, std::system_category().message(code), Ran::no, Move::administrator);
}

bool is_own_file(const std::string& from, const std::string& to) {
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    std::error_code ignored;
    if (from + suffix == to || std::filesystem::equivalent(from + suffix, to, ignored)) return true;
  }
  return false;
}

Done copy_pages(Connection& source, const std::string& to) {
  sqlite3* opened = nullptr;
  int code = sqlite3_open_v2(to.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> copy(opened, sqlite3_close);
  if (code != SQLITE_OK) return fail(sqlite_error(copy.get(), code, to));
  sqlite3_backup* backup = sqlite3_backup_init(copy.get(), "main", source.handle(), "main");
  if (!backup) return fail(sqlite_error(copy.get(), sqlite3_errcode(copy.get()), to));
  // All pages in one step, one snapshot: a copy in several begins anew after each commit of someone else, and
  // may never end. Writers are not held up by it.
  code = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return fail(sqlite_error(nullptr, code, to));
  if (finished != SQLITE_OK) return fail(sqlite_error(nullptr, finished, to));
  // A single file without a WAL beside it, until somebody opens it as a journal.
  code = sqlite3_exec(copy.get(), "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(sqlite_error(copy.get(), code, to));
  return {};
}

Done sync(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return system_failure(path, errno);
  const bool synced = ::fsync(fd) == 0;
  const int code = errno;
  ::close(fd);
  if (!synced) return system_failure(path, code);
  return {};
}

Done copy_and_name(Connection& source, const std::string& part, const std::string& to) {
  if (Done copied = copy_pages(source, part); !copied) {
    copied.error().move = Move::administrator;
    return copied;
  }
  if (Done synced = sync(part, O_RDWR); !synced) return synced;
  if (std::rename(part.c_str(), to.c_str()) != 0) return system_failure(to, errno);
  const auto folder = std::filesystem::path(to).parent_path();
  return sync(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
}

}  // namespace

Done copy_database(const std::string& from, const std::string& vfs, const std::string& to) {
  if (is_own_file(from, to)) {
    return fail(ErrorKind::refused, to, "this is the journal itself; name another file", Ran::no,
                Move::administrator);
  }
  auto source = Connection::open(from, vfs, Connection::Use::read_only);
  if (!source) return fail(std::move(source.error()));
  const std::string part = to + ".part";
  // What an interrupted copy left behind.
  ::unlink(part.c_str());
  const int fd = ::open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return system_failure(part, errno);
  ::close(fd);
  Done done = copy_and_name(**source, part, to);
  if (!done) ::unlink(part.c_str());
  return done;
}

}  // namespace b24gate::journal
