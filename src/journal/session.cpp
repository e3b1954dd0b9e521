#include <sqlite3.h>

#include "journal/connection.hpp"
#include "journal/journal.hpp"

namespace b24gate::journal {

Result<Statement> Session::prepare(std::string_view sql) { return connection_->prepare(sql); }

std::int64_t Session::last_insert_id() const { return sqlite3_last_insert_rowid(connection_->handle()); }

std::int64_t Session::changes() const { return sqlite3_changes64(connection_->handle()); }

Result<std::int64_t> Tx::next_id(std::string_view table) { return connection_->next_id(table); }

Reader::Reader(std::unique_ptr<Connection> connection,
               std::function<void(std::unique_ptr<Connection>)> give_back)
    : Session(*connection), owned_(std::move(connection)), give_back_(std::move(give_back)) {}

Reader::Reader(Reader&&) noexcept = default;

Reader::~Reader() {
  if (owned_) give_back_(std::move(owned_));
}

Done Reader::snapshot(const std::function<Done(Reader&)>& read) {
  if (Done begun = connection_->execute("BEGIN"); !begun) return begun;
  Done done = read(*this);
  // Nothing was written, so that it does not matter which of the two ends it.
  if (Done ended = connection_->execute("COMMIT"); !ended && done) done = std::move(ended);
  if (!connection_->idle()) (void)connection_->execute("ROLLBACK");
  return done;
}

}  // namespace b24gate::journal
