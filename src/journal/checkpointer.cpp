#include "journal/checkpointer.hpp"

#include <sqlite3.h>

#include <utility>

#include "base/thread_name.hpp"

namespace b24gate::journal {

Checkpointer::Checkpointer(std::string path, std::string vfs)
    : path_(std::move(path)), vfs_(std::move(vfs)), thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Checkpointer::wake() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  changed_.notify_one();
}

std::unique_lock<std::mutex> Checkpointer::hold_off() { return std::unique_lock(copying_); }

void Checkpointer::run() {
  name_this_thread("checkpoint");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    copy();
    lock.lock();
  }
}

void Checkpointer::copy() {
  const std::lock_guard lock(copying_);
  if (!connection_) {
    auto opened = Connection::open(path_, vfs_, Connection::Use::write);
    if (!opened) return;  // the writer meets the same disk, and says so
    connection_ = std::move(*opened);
  }
  int frames = 0;
  int copied = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
  if (code == SQLITE_OK) copied_ = copied;
  // Another process may be copying.
  if (code != SQLITE_OK && code != SQLITE_BUSY) connection_.reset();
}

}  // namespace b24gate::journal
