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
#include "journal/integrity.hpp"
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

// What cannot be restored is no copy: this is found out now, not on the day when it is needed.
Done must_be_whole(sqlite3* copy, const std::string& from) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v2(copy, "PRAGMA quick_check(1)", -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> check(prepared, sqlite3_finalize);
  if (code != SQLITE_OK) return fail(sqlite_error(copy, code, from));
  if (const int row = sqlite3_step(check.get()); row != SQLITE_ROW)
    return fail(sqlite_error(copy, row, from));
  const auto* text = sqlite3_column_text(check.get(), 0);
  const std::string words = text ? reinterpret_cast<const char*>(text) : "";
  if (words == "ok") return {};
  return fail(damaged(from, words));
}

Done copy_pages(Connection& source, const std::string& from, const std::string& to) {
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
  return must_be_whole(copy.get(), from);
}

tl::unexpected<Error> there_already(const std::string& to) {
  return fail(ErrorKind::refused, to, "there is a file of this name already; name another one", Ran::no,
              Move::administrator);
}

// Gives the finished file its name. Not every file system can do so without replacing (vfat, some network
// ones): there a look must do.
Done give_name(const std::string& part, const std::string& to) {
  if (::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EEXIST) return there_already(to);
  if (errno != EINVAL && errno != ENOSYS) return system_failure(to, errno);
  if (::access(to.c_str(), F_OK) == 0) return there_already(to);
  if (std::rename(part.c_str(), to.c_str()) != 0) return system_failure(to, errno);
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

Done copy_and_name(Connection& source, const std::string& from, const std::string& part,
                   const std::string& to) {
  if (Done copied = copy_pages(source, from, part); !copied) {
    copied.error().move = Move::administrator;
    return copied;
  }
  if (Done synced = sync(part, O_RDWR); !synced) return synced;
  if (Done named = give_name(part, to); !named) return named;
  const auto folder = std::filesystem::path(to).parent_path();
  return sync(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
}

}  // namespace

Done copy_database(const std::string& from, const std::string& vfs, const std::string& to) {
  if (is_own_file(from, to)) {
    return fail(ErrorKind::refused, to, "this is the journal itself; name another file", Ran::no,
                Move::administrator);
  }
  if (::access(to.c_str(), F_OK) == 0) return there_already(to);
  auto source = Connection::open(from, vfs, Connection::Use::read_only);
  if (!source) return fail(std::move(source.error()));
  const std::string part = to + ".part";
  // What an interrupted copy left behind.
  ::unlink(part.c_str());
  const int fd = ::open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return system_failure(part, errno);
  ::close(fd);
  Done done = copy_and_name(**source, from, part, to);
  if (!done) ::unlink(part.c_str());
  return done;
}

}  // namespace b24gate::journal
