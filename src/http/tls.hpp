// TLS for the server: a certificate with its key, and sessions over non-blocking sockets. TLS 1.2 and 1.3.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "base/error.hpp"

namespace b24gate::http {

// How a read or a write on a non-blocking connection ended.
struct Io {
  enum class State { done, blocked, ended, failed };
  State state = State::failed;
  std::size_t bytes = 0;
};

namespace tls {

struct Files {
  std::string certificate;  // PEM, with its chain
  std::string key;
};

// Immutable once made, so that loops may share it. Sessions keep what they need of it alive.
class Context {
 public:
  // Fails with ErrorKind::config; `where` is the file that cannot be used, `what` says why and what to do. A
  // key with a passphrase cannot be read.
  static Result<std::shared_ptr<const Context>> load(const Files& files);
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
};

// One connection's session. One thread. Never raises SIGPIPE.
class Session {
 public:
  // The socket must outlive the session.
  Session(const Context& context, int socket);

  Io handshake();
  Io read(char* to, std::size_t size);
  Io write(const char* from, std::size_t size);
  // Says that nothing more will be written, if the socket takes it at once.
  void close_notify();

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Io result(int returned, std::size_t bytes);

  std::unique_ptr<SSL, Free> ssl_;
  bool broken_ = false;
};

}  // namespace tls
}  // namespace b24gate::http
