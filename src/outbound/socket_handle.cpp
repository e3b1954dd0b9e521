#include "outbound/socket_handle.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

namespace b24gate::outbound {

SocketHandle::~SocketHandle() {
  if (duplicate_ >= 0) ::close(duplicate_);
}

void SocketHandle::begin() {
  const std::lock_guard lock(mutex_);
  written_ = false;
  cut_ = false;
}

void SocketHandle::writing() {
  const std::lock_guard lock(mutex_);
  written_ = true;
}

bool SocketHandle::has_written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

void SocketHandle::opened(int socket) {
  const std::lock_guard lock(mutex_);
  if (written_ || cut_) {
    // httplib gives no way to refuse: what is no socket cannot be connected.
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0) {
      ::dup3(nothing, socket, O_CLOEXEC);
      ::close(nothing);
    } else {
      ::close(socket);
    }
    return;
  }
  if (duplicate_ >= 0) ::close(duplicate_);
  duplicate_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
}

void SocketHandle::cut() {
  const std::lock_guard lock(mutex_);
  cut_ = true;
  if (duplicate_ >= 0) ::shutdown(duplicate_, SHUT_RDWR);
}

bool SocketHandle::was_cut() const {
  const std::lock_guard lock(mutex_);
  return cut_;
}

bool SocketHandle::usable() const {
  const std::lock_guard lock(mutex_);
  if (duplicate_ < 0) return false;
  pollfd waiting{duplicate_, POLLIN | POLLRDHUP, 0};
  return ::poll(&waiting, 1, 0) == 0;
}

void ignore_broken_pipes() {
  struct sigaction present {};
  if (::sigaction(SIGPIPE, nullptr, &present) == 0 && present.sa_handler == SIG_DFL) {
    present.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &present, nullptr);
  }
}

}  // namespace b24gate::outbound
