// The means to end a client's call from another thread, for every HTTP client of the program.
#pragma once

#include <mutex>

namespace b24gate::outbound {

// Holds a duplicate of the socket's descriptor: closing it elsewhere and its number being given to another
// file does not matter. Thread-safe.
class SocketHandle {
 public:
  SocketHandle() = default;
  ~SocketHandle();
  SocketHandle(const SocketHandle&) = delete;
  SocketHandle& operator=(const SocketHandle&) = delete;

  // A new call begins: sockets may be opened again.
  void begin();
  // From now on no new socket is let through: the request has begun to leave.
  void writing();
  [[nodiscard]] bool has_written() const;
  // A socket was made. Makes it useless, so that connecting fails, when the request has begun to leave or the
  // call was ended.
  void opened(int socket);
  // Ends the call: what waits on the socket returns with an error.
  void cut();
  [[nodiscard]] bool was_cut() const;
  // Whether the idle socket is open and silent.
  [[nodiscard]] bool usable() const;

 private:
  mutable std::mutex mutex_;
  int duplicate_ = -1;
  bool written_ = false;
  bool cut_ = false;
};

// The process must not die of SIGPIPE: ignores that signal if nobody handles it.
void ignore_broken_pipes();

}  // namespace b24gate::outbound
