#include "journal/integrity.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "journal/sqlite_error.hpp"

namespace b24gate::journal {
namespace {

constexpr const char* newest_rows =
    "SELECT * FROM requests ORDER BY id DESC LIMIT 1;"
    "SELECT * FROM events ORDER BY id DESC LIMIT 1;"
    "SELECT * FROM deliveries ORDER BY id DESC LIMIT 1;"
    "SELECT * FROM attempts ORDER BY id DESC LIMIT 1;"
    "SELECT * FROM commits ORDER BY number DESC LIMIT 1;";

std::int64_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_size : 0;
}

Done check_every_page(Connection& connection, const std::string& path) {
  auto check = connection.prepare("PRAGMA quick_check(1)");
  if (!check) return fail(std::move(check.error()));
  const auto row = check->step();
  if (!row) return fail(row.error());
  const std::string words = check->text(0);
  if (words == "ok") return {};
  return fail(damaged(path, words));
}

// That the file is as long as it should be is seen by SQLite itself, whenever it opens it.
Done check_ends(Connection& connection) {
  const auto version = connection.number("PRAGMA user_version");
  if (!version) return fail(version.error());
  return *version > 0 ? connection.execute(newest_rows) : Done();
}

}  // namespace

Error damaged(const std::string& path, std::string_view what) {
  return {ErrorKind::disk,
          path,
          fmt::format("the journal is damaged ({}) and is left as it is; {}", what, restore_advice),
          Ran::no,
          Move::administrator,
          nullptr};
}

Done check_integrity(Connection& connection, const std::string& path, std::int64_t whole) {
  return size_of(path) + size_of(path + "-wal") <= whole ? check_every_page(connection, path)
                                                         : check_ends(connection);
}

}  // namespace b24gate::journal
