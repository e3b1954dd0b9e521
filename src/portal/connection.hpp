// One HTTP connection of HttpTransport: an httplib client and the means to end its call from another thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "portal/http_transport.hpp"
#include "portal/url.hpp"

namespace b24gate::portal {

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

class Connection {
 public:
  virtual ~Connection() = default;
  virtual HttpReply post(const std::string& path, const std::string& body) = 0;

  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] const std::shared_ptr<SocketHandle>& handle() const { return handle_; }

  SteadyPoint idle_since;

 protected:
  explicit Connection(std::string origin) : origin_(std::move(origin)) {}

 private:
  std::string origin_;
  std::shared_ptr<SocketHandle> handle_ = std::make_shared<SocketHandle>();
};

// Not connected yet. REQUIRES: `options` outlives it.
std::unique_ptr<Connection> make_connection(const Url& url, const HttpOptions& options);

}  // namespace b24gate::portal
