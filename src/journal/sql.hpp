// Short forms for the statements of records.hpp. Private to the journal.
#pragma once

#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.hpp"
#include "journal/journal.hpp"

namespace b24gate::journal {

// Bytes that are stored as such, not as text.
struct Blob {
  std::string_view bytes;
};

// Prepares and binds in the order given.
template <class... Values>
Result<Statement> bound(Session& session, std::string_view sql, const Values&... values) {
  auto statement = session.prepare(sql);
  if (statement) (statement->bind(values), ...);
  return statement;
}

// Nothing is NULL.
template <class Value>
void lend(Statement& statement, const Value& value) {
  if constexpr (std::is_same_v<Value, Blob>) {
    statement.lend_blob(value.bytes);
  } else if constexpr (std::is_convertible_v<const Value&, std::string_view>) {
    statement.lend(value);
  } else {
    statement.bind(value);
  }
}

template <class Value>
void lend(Statement& statement, const std::optional<Value>& value) {
  if (value) {
    lend(statement, *value);
  } else {
    statement.bind_null();
  }
}

// Runs a statement without rows.
template <class... Values>
Done run(Session& session, std::string_view sql, const Values&... values) {
  auto statement = session.prepare(sql);
  if (!statement) return fail(std::move(statement.error()));
  (lend(*statement, values), ...);
  return statement->run();
}

// The rows of a statement, each made by `make(statement)`.
template <class Row, class Make>
Result<std::vector<Row>> rows(Result<Statement> statement, Make&& make) {
  if (!statement) return fail(std::move(statement.error()));
  std::vector<Row> out;
  for (;;) {
    auto row = statement->step();
    if (!row) return fail(std::move(row.error()));
    if (!*row) return out;
    out.push_back(make(*statement));
  }
}

// The first row, if there is one.
template <class Row, class Make>
Result<std::optional<Row>> first(Result<Statement> statement, Make&& make) {
  if (!statement) return fail(std::move(statement.error()));
  auto row = statement->step();
  if (!row) return fail(std::move(row.error()));
  if (!*row) return std::optional<Row>();
  return std::optional<Row>(make(*statement));
}

// The integers in the first column.
inline Result<std::vector<std::int64_t>> integers(Result<Statement> statement) {
  return rows<std::int64_t>(std::move(statement), [](const Statement& row) { return row.integer(0); });
}

}  // namespace b24gate::journal
