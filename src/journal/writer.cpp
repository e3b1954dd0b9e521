#include "journal/writer.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "base/thread_name.hpp"
#include "journal/sqlite_error.hpp"
#include "journal/wal_gather.hpp"

namespace b24gate::journal {
namespace {

constexpr std::size_t jobs_per_group = 512;
constexpr std::chrono::seconds probe_pause{1};
// Of the WAL. Copied often and little, because the disk lets a commit wait behind what is copied. It begins
// anew only when all of it is copied, which under load never happens beside the writer: from some size on the
// writer copies the rest itself, as soon as that is little.
constexpr std::int64_t copied_from = 1 << 20;
constexpr std::int64_t begun_anew_from = 16 << 20;
constexpr std::int64_t little = 1 << 20;
constexpr std::int64_t at_most = 32 << 20;  // which a start after a crash has to read

// Marks of the last commits are kept so long that a writer which lost sight of its own finds it.
constexpr const char* mark_commit = "INSERT INTO commits(writer, own) VALUES (?, ?)";
constexpr const char* forget_marks = "DELETE FROM commits WHERE number <= ? - 64";

std::int64_t random_id() {
  std::int64_t id = 0;
  sqlite3_randomness(sizeof id, &id);
  return id;
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, std::string path, std::string vfs, const Clock& clock)
    : path_(std::move(path)),
      vfs_(std::move(vfs)),
      clock_(clock),
      id_(random_id()),
      checkpointer_(path_, vfs_),
      connection_(std::move(connection)) {
  health_.since = clock_.now();
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Writer::write(Journal::Job job, Journal::OnDone done) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(job), std::move(done)});
  }
  changed_.notify_one();
}

Health Writer::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

WriterStats Writer::stats() const {
  const std::lock_guard lock(mutex_);
  WriterStats stats = stats_;
  stats.queued = queue_.size();
  return stats;
}

void Writer::run() {
  name_this_thread("journal");
  const auto wanted = [this] { return stopping_ || !queue_.empty(); };
  std::unique_lock lock(mutex_);
  for (;;) {
    if (health_.healthy) {
      changed_.wait(lock, wanted);
    } else {
      changed_.wait_for(lock, probe_pause, wanted);
    }
    if (stopping_ && queue_.empty()) return;
    Group group;
    while (!queue_.empty() && group.size() < jobs_per_group) {
      group.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    lock.unlock();
    run_group(std::move(group));
    lock.lock();
  }
}

void Writer::run_group(Group group) {
  const SteadyPoint began = clock_.steady();
  auto results = run_jobs(group);
  bool committed = false;
  Done done;
  if (!results) {
    done = fail(std::move(results.error()));
  } else {
    bool anything = group.empty();
    for (const auto& result : *results) anything = anything || result.has_value();
    if (anything) {
      done = commit();
      committed = done.has_value();
    } else if (Done undone = connection_->execute("ROLLBACK"); !undone) {
      done = std::move(undone);
    }
  }
  // Whatever it was, a fresh connection starts from what the file says.
  if (!done) (void)reopen();
  {
    const std::lock_guard lock(mutex_);
    stats_.jobs += group.size();
    if (committed) {
      ++stats_.commits;
      stats_.commit_micros += static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady() - began).count());
    }
    if (!done) ++stats_.failed_commits;
  }
  // A group in which nothing was written says nothing about the disk.
  if (committed || !done) set_health(done);
  for (std::size_t i = 0; i < group.size(); ++i) group[i].done(done ? std::move((*results)[i]) : done);
  if (committed) checkpoint();
}

Result<std::vector<Done>> Writer::run_jobs(const Group& group) {
  if (suspect_) {
    if (Done opened = reopen(); !opened) return fail(std::move(opened.error()));
  }
  if (Done begun = begin(); !begun) return fail(std::move(begun.error()));
  // All together first: a savepoint costs a copy of every page that its job touches, and jobs hardly ever
  // fail. When one has failed everything is undone and each runs again, with a savepoint of its own.
  auto results = run_each(group, false);
  if (!results) return fail(std::move(results.error()));
  if (*results) return std::move(**results);
  if (Done undone = connection_->execute("ROLLBACK"); !undone) return fail(std::move(undone.error()));
  if (Done begun = begin(); !begun) return fail(std::move(begun.error()));
  results = run_each(group, true);
  if (!results) return fail(std::move(results.error()));
  return std::move(**results);
}

Result<std::optional<std::vector<Done>>> Writer::run_each(const Group& group, bool apart) {
  std::vector<Done> results;
  results.reserve(group.size());
  for (const auto& queued : group) {
    const DiskWatch watch;
    if (apart) {
      if (Done saved = run_prepared("SAVEPOINT job"); !saved) return fail(std::move(saved.error()));
    }
    Done result = run_job(queued.job);
    if (!result && (watch.failed() || connection_->idle())) {
      Error error = std::move(result.error());
      error.kind = ErrorKind::disk;
      error.ran = Ran::no;
      error.move = Move::ours;
      return fail(std::move(error));
    }
    const bool good = result.has_value();
    if (!good && !apart && group.size() > 1) return std::nullopt;
    results.push_back(std::move(result));
    if (!apart) continue;
    if (!good) {
      if (Done undone = connection_->execute("ROLLBACK TO job"); !undone)
        return fail(std::move(undone.error()));
    }
    if (Done ended = run_prepared("RELEASE job"); !ended) return fail(std::move(ended.error()));
  }
  return results;
}

Done Writer::begin() {
  connection_->forget_ids();
  return run_prepared("BEGIN IMMEDIATE");
}

Done Writer::run_prepared(std::string_view sql) {
  auto statement = connection_->prepare(sql);
  if (!statement) return fail(std::move(statement.error()));
  return statement->run();
}

Done Writer::run_job(const Journal::Job& job) {
  Tx tx(*connection_);
  try {
    return job(tx);
  } catch (const std::exception& e) {
    return fail(ErrorKind::internal, "journal", std::string("a job failed: ") + e.what());
  }
}

Done Writer::commit() {
  const std::int64_t own = own_commits_ + 1;
  std::int64_t number = 0;
  const Done marked = [&]() -> Done {
    auto mark = connection_->prepare(mark_commit);
    if (!mark) return fail(std::move(mark.error()));
    if (Done done = mark->bind(id_).bind(own).run(); !done) return done;
    number = sqlite3_last_insert_rowid(connection_->handle());
    auto forget = connection_->prepare(forget_marks);
    if (!forget) return fail(std::move(forget.error()));
    return forget->bind(number).run();
  }();
  if (!marked) return marked;
  Done done = [&] {
    const WalGather together(gathered_);
    return run_prepared("COMMIT");
  }();
  if (!done) done = verify(number, std::move(done.error()));
  if (done) own_commits_ = own;
  return done;
}

Done Writer::verify(std::int64_t number, Error why) {
  Error unknown = why;
  unknown.ran = Ran::unknown;
  (void)reopen();  // where it fails the old connection can still tell
  auto mark = connection_->prepare(
      "SELECT (SELECT writer FROM commits WHERE number = ?), (SELECT max(number) FROM commits)");
  if (!mark) return fail(std::move(unknown));
  const auto row = mark->bind(number).step();
  if (!row) return fail(std::move(unknown));
  const bool ours = !mark->is_null(0) && mark->integer(0) == id_;
  const bool too_old = mark->is_null(0) && mark->integer(1) > number;
  { const Statement ended = std::move(*mark); }
  if (too_old) return fail(std::move(unknown));
  if (!ours) return fail(std::move(why));
  // It is there, but its sync has failed: what is in the page cache may not be on the disk. Copying it into
  // the database writes and syncs it once more.
  const auto alone = checkpointer_.hold_off();
  int frames = 0;
  int copied = -1;
  const int code =
      sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_FULL, &frames, &copied);
  if (code != SQLITE_OK || frames != copied) return fail(std::move(unknown));
  return {};
}

Done Writer::reopen() {
  if (!connection_->idle()) (void)connection_->execute("ROLLBACK");
  // The old one is closed after the new one is there: the last to close a WAL copies it, and the next to open
  // it recovers it, a commit that has failed included.
  auto opened = Connection::open(path_, vfs_, Connection::Use::write);
  suspect_ = !opened;
  if (!opened) {
    opened.error().kind = ErrorKind::disk;
    opened.error().move = Move::ours;
    return fail(std::move(opened.error()));
  }
  connection_ = std::move(*opened);
  return {};
}

void Writer::checkpoint() {
  const int frames = connection_->wal_frames();
  // What was copied of a log that has begun anew since counts no more.
  const int copied = checkpointer_.copied();
  if (frames < frames_before_) frames_copied_ = 0;
  if (copied <= frames) frames_copied_ = std::max(frames_copied_, copied);
  frames_before_ = frames;
  const std::int64_t size = frames * connection_->page_size();
  const std::int64_t rest = (frames - frames_copied_) * connection_->page_size();
  if (size < at_most && (size < begun_anew_from || rest > little)) {
    if (rest >= copied_from || size >= begun_anew_from) checkpointer_.wake();
    return;
  }
  // Two cannot copy at once: at the bound the checkpointer is waited for.
  std::unique_lock<std::mutex> alone;
  if (size >= at_most) alone = checkpointer_.hold_off();
  // Its failure loses nothing: the WAL keeps what could not be copied, and the next commit meets the same
  // disk.
  int done = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, &done);
  if (code == SQLITE_OK) frames_copied_ = std::max(frames_copied_, done);
}

void Writer::set_health(const Done& done) {
  const std::lock_guard lock(mutex_);
  if (done.has_value() != health_.healthy) health_.since = clock_.now();
  health_.healthy = done.has_value();
  health_.reason = done ? "" : done.error().what;
}

}  // namespace b24gate::journal
