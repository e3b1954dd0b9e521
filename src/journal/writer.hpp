// The one thread that writes: takes the jobs that wait together and commits them as a group. Private to the
// journal.
//
// Threads: everything from any thread, but write_now-like waiting from the writer's own callbacks.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "journal/checkpointer.hpp"
#include "journal/connection.hpp"
#include "journal/journal.hpp"

namespace b24gate::journal {

class Writer {
 public:
  // `connection` is set up and migrated.
  Writer(std::unique_ptr<Connection> connection, std::string path, std::string vfs, const Clock& clock);
  // Runs what is queued, then ends.
  ~Writer();

  void write(Journal::Job job, Journal::OnDone done);

  [[nodiscard]] Health health() const;
  [[nodiscard]] WriterStats stats() const;
  // Names this writer in the table `commits`.
  [[nodiscard]] std::int64_t id() const { return id_; }
  // Commits of this writer so far.
  [[nodiscard]] std::int64_t own_commits() const { return own_commits_; }

 private:
  struct Queued {
    Journal::Job job;
    Journal::OnDone done;
  };
  using Group = std::vector<Queued>;

  void run();
  // An empty group is a probe: it commits nothing but its own mark.
  void run_group(Group group);
  // Everything up to the commit. The results are those of the jobs; an error is the whole group's.
  Result<std::vector<Done>> run_jobs(const Group& group);
  // `apart`: each job in a savepoint of its own, which is undone when it fails. Else nothing when one of
  // several has failed: what it and the others did must be undone.
  Result<std::optional<std::vector<Done>>> run_each(const Group& group, bool apart);
  Done begin();
  Done run_prepared(std::string_view sql);
  Done run_job(const Journal::Job& job);
  Done commit();
  // After a failed commit: is it in the file all the same? An error says that it is not, or that nobody
  // knows.
  Done verify(std::int64_t number, Error why);
  Done reopen();
  void checkpoint();  // leaves it to the checkpointer, as long as that keeps up
  void set_health(const Done& done);

  const std::string path_;
  const std::string vfs_;
  const Clock& clock_;
  const std::int64_t id_;
  Checkpointer checkpointer_;

  // The writer thread's own.
  std::unique_ptr<Connection> connection_;  // never null
  bool suspect_ = false;                    // it has failed and could not be replaced yet
  int frames_before_ = 0;                   // in the WAL after the last commit
  int frames_copied_ = 0;                   // of them in the database, as far as is known
  std::string gathered_;                    // memory for the pages of a commit

  std::atomic<std::int64_t> own_commits_{0};

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Queued> queue_;
  bool stopping_ = false;
  Health health_;
  WriterStats stats_;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace b24gate::journal
