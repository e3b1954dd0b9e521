#include <sqlite3.h>

#include "journal/journal.hpp"
#include "journal/sqlite_error.hpp"

namespace b24gate::journal {

Statement::Statement(Statement&& other) noexcept
    : db_(other.db_), statement_(other.statement_), bound_(other.bound_) {
  other.statement_ = nullptr;
}

Statement::~Statement() {
  if (!statement_) return;
  sqlite3_reset(statement_);
  // The cache must not keep bodies of requests in memory.
  sqlite3_clear_bindings(statement_);
}

namespace {

// `bound` counts the parameters bound so far; a negative one is the code of the first bind that failed, which
// step() tells.
template <class Bind>
void bind_next(int& bound, Bind&& bind) {
  if (bound < 0) return;
  const int code = bind(bound + 1);
  bound = code == SQLITE_OK ? bound + 1 : -code;
}

// SQLite takes a null pointer for NULL; an empty view may have one.
const char* data_of(std::string_view text) { return text.empty() ? "" : text.data(); }

}  // namespace

Statement& Statement::bind(std::int64_t value) {
  bind_next(bound_, [&](int at) { return sqlite3_bind_int64(statement_, at, value); });
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  bind_next(bound_, [&](int at) {
    return sqlite3_bind_text64(statement_, at, data_of(text), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  });
  return *this;
}

Statement& Statement::lend(std::string_view text) {
  bind_next(bound_, [&](int at) {
    return sqlite3_bind_text64(statement_, at, data_of(text), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  });
  return *this;
}

Statement& Statement::lend_blob(std::string_view bytes) {
  bind_next(bound_, [&](int at) {
    return sqlite3_bind_blob64(statement_, at, data_of(bytes), bytes.size(), SQLITE_STATIC);
  });
  return *this;
}

Statement& Statement::bind_null() {
  bind_next(bound_, [&](int at) { return sqlite3_bind_null(statement_, at); });
  return *this;
}

Statement& Statement::bind_or_null(std::string_view text) { return text.empty() ? bind_null() : bind(text); }

Statement& Statement::bind_or_null(std::optional<std::int64_t> value) {
  return value ? bind(*value) : bind_null();
}

Statement& Statement::bind_or_null(std::optional<TimePoint> time) { return time ? bind(*time) : bind_null(); }

Result<bool> Statement::step() {
  if (bound_ < 0) return tl::unexpected(sqlite_error(nullptr, -bound_, "journal"));
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return tl::unexpected(sqlite_error(db_, code, "journal"));
}

Done Statement::run() {
  for (;;) {
    const auto row = step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
  }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes ? std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)) : std::string();
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::optional<TimePoint> Statement::time(int column) const {
  if (is_null(column)) return std::nullopt;
  return from_unix_ms(integer(column));
}

}  // namespace b24gate::journal
