// Copies the write-ahead log into the database beside the writer: reading a megabyte of it, writing and
// syncing them would hold up every webhook that waits for its commit. Private to the journal.
//
// Threads: everything from any thread. Nothing is lost by its failures: what could not be copied stays in the
// WAL, the next call tries it again with a new connection, and the writer copies by itself before the WAL
// grows too long.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "journal/connection.hpp"

namespace b24gate::journal {

class Checkpointer {
 public:
  Checkpointer(std::string path, std::string vfs);
  // Waits for a copying that is under way.
  ~Checkpointer();

  // There is something to copy. Does not block.
  void wake();
  // How many of the log's frames the last copying has left in the database. Of a log that has begun anew
  // since it says too much.
  [[nodiscard]] int copied() const { return copied_; }
  // Waits for a copying that is under way; none begins while it is held.
  [[nodiscard]] std::unique_lock<std::mutex> hold_off();

 private:
  void run();
  void copy();

  const std::string path_;
  const std::string vfs_;

  std::mutex copying_;  // held while it copies; guards the connection
  std::unique_ptr<Connection> connection_;

  std::atomic<int> copied_{0};

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool wanted_ = false;
  bool stopping_ = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace b24gate::journal
