#include "journal/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <mutex>
#include <system_error>
#include <vector>

#include "journal/backup.hpp"
#include "journal/clean.hpp"
#include "journal/connection.hpp"
#include "journal/integrity.hpp"
#include "journal/schema.hpp"
#include "journal/writer.hpp"

namespace b24gate::journal {
namespace {

constexpr std::size_t idle_readers = 8;
constexpr mode_t private_file = 0600;

tl::unexpected<Error> system_failure(const std::string& path, int code) {
  return fail(ErrorKind::disk, path, std::system_category().message(code), Ran::no, Move::administrator);
}

// The file, open and locked; -1 when another has it and there is no time to wait.
Result<int> locked_file(const std::string& path, bool wait) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, private_file);
  if (fd < 0) return system_failure(path, errno);
  while (::flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) != 0) {
    const int code = errno;
    if (code == EINTR) continue;
    ::close(fd);
    if (code == EWOULDBLOCK) return -1;
    return system_failure(path, code);
  }
  return fd;
}

// SQLite gives its WAL and index the database's mode, so that only this file has to be made by hand. Never
// opened again when it is there: closing it would drop the locks that SQLite has on it in this process.
Done make_file(const std::string& path, bool create) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return {};
  if (errno != ENOENT) return system_failure(path, errno);
  if (!create) {
    return fail(ErrorKind::disk, path,
                "there is no journal yet; it is made by the first start of the service", Ran::no,
                Move::administrator);
  }
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, private_file);
  if (fd < 0) {
    if (errno == EEXIST) return {};
    return system_failure(path, errno);
  }
  ::close(fd);
  return {};
}

std::int64_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_size : 0;
}

// Connections that wait for their next reader. Readers hold it too: one may outlive the journal's own use of
// it.
class Pool {
 public:
  std::unique_ptr<Connection> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void give_back(std::unique_ptr<Connection> connection) {
    if (!connection->reusable()) return;
    const std::lock_guard lock(mutex_);
    if (idle_.size() < idle_readers) idle_.push_back(std::move(connection));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace

class Journal::Impl {
 public:
  explicit Impl(Options opened) : options(std::move(opened)) {}
  ~Impl() {
    if (lock_fd >= 0) ::close(lock_fd);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const Options options;
  std::shared_ptr<Pool> pool = std::make_shared<Pool>();
  std::unique_ptr<Writer> writer;  // null when read-only
  TimePoint opened_at{};
  std::mutex lock_mutex;
  int lock_fd = -1;
  std::mutex others_mutex;
  std::int64_t others = 0;
};

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(Options options, const Clock& clock) {
  if (Done made = make_file(options.path, options.create && !options.read_only); !made)
    return fail(std::move(made.error()));
  const std::string path = options.path;
  auto opened = open_there(std::move(options), clock);
  if (opened || opened.error().kind != ErrorKind::disk) return opened;
  // Nobody tries an opening again: it is a person's turn, who has to know the file.
  opened.error().where = path;
  opened.error().move = Move::administrator;
  return opened;
}

Result<std::unique_ptr<Journal>> Journal::open_there(Options options, const Clock& clock) {
  auto impl = std::make_unique<Impl>(std::move(options));
  const Options& opened = impl->options;
  impl->opened_at = clock.now();
  const auto use = opened.read_only ? Connection::Use::read_only : Connection::Use::write;
  auto connection = Connection::open(opened.path, opened.vfs, use);
  if (!connection) return fail(std::move(connection.error()));
  if (opened.read_only) {
    if (Done good = check_schema(**connection, opened.path); !good) return fail(std::move(good.error()));
    impl->pool->give_back(std::move(*connection));
  } else {
    if (opened.create) {
      if (Done whole = check_integrity(**connection, opened.path); !whole)
        return fail(std::move(whole.error()));
    }
    if (Done migrated = migrate(**connection, opened.path, clock.now()); !migrated)
      return fail(std::move(migrated.error()));
    impl->writer = std::make_unique<Writer>(std::move(*connection), opened.path, opened.vfs, clock);
  }
  return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

void Journal::write(Job job, OnDone done) {
  if (!impl_->writer) {
    done(fail(ErrorKind::refused, impl_->options.path, "the journal is open for reading only"));
    return;
  }
  impl_->writer->write(std::move(job), std::move(done));
}

Done Journal::write_now(Job job) {
  std::promise<Done> promise;
  auto written = promise.get_future();
  write(std::move(job), [&promise](Done done) { promise.set_value(std::move(done)); });
  return written.get();
}

Result<Reader> Journal::reader() {
  auto connection = impl_->pool->take();
  if (!connection) {
    const auto use = impl_->options.read_only ? Connection::Use::read_only : Connection::Use::read;
    auto opened = Connection::open(impl_->options.path, impl_->options.vfs, use);
    if (!opened) return fail(std::move(opened.error()));
    connection = std::move(*opened);
  }
  return Reader(std::move(connection),
                [pool = impl_->pool](std::unique_ptr<Connection> used) { pool->give_back(std::move(used)); });
}

Result<bool> Journal::lock() {
  const std::lock_guard guard(impl_->lock_mutex);
  if (impl_->lock_fd >= 0) return true;
  auto fd = locked_file(impl_->options.path + ".lock", false);
  if (!fd) return fail(std::move(fd.error()));
  impl_->lock_fd = *fd;
  return *fd >= 0;
}

Result<std::shared_ptr<void>> Journal::turn(std::string_view kind) const {
  const auto fd = locked_file(impl_->options.path + "." + std::string(kind) + ".lock", true);
  if (!fd) return tl::unexpected(fd.error());
  return std::shared_ptr<void>(new int(*fd), [](int* held) {
    ::close(*held);
    delete held;
  });
}

Health Journal::health() const {
  if (impl_->writer) return impl_->writer->health();
  return {true, "", impl_->opened_at};
}

WriterStats Journal::stats() const { return impl_->writer ? impl_->writer->stats() : WriterStats{}; }

// Every commit has a number; those that are not ours are others'. The marks of one moment tell both, so that
// a commit of ours that is just under way is not taken for another's.
std::int64_t Journal::changes_by_others() {
  const std::lock_guard guard(impl_->others_mutex);
  const std::int64_t writer = impl_->writer ? impl_->writer->id() : 0;
  const std::int64_t own = impl_->writer ? impl_->writer->own_commits() : 0;
  auto connection = reader();
  if (!connection) return impl_->others;
  auto marks = connection->prepare(
      "SELECT coalesce(max(number), 0), coalesce(max(own) FILTER (WHERE writer = ?), 0) FROM commits");
  if (!marks) return impl_->others;
  const auto row = marks->bind(writer).step();
  if (!row) return impl_->others;
  impl_->others = marks->integer(0) - std::max(marks->integer(1), own);
  return impl_->others;
}

std::int64_t Journal::size_on_disk() const {
  return size_of(impl_->options.path) + size_of(impl_->options.path + "-wal");
}

Done Journal::backup(const std::string& to) {
  return copy_database(impl_->options.path, impl_->options.vfs, to);
}

Done Journal::empty_wal() { return journal::empty_wal(impl_->options.path, impl_->options.vfs); }

Done Journal::compact() { return journal::compact(impl_->options.path, impl_->options.vfs); }

}  // namespace b24gate::journal
