// A non-blocking socket, in clear or through TLS. One thread. SIGPIPE is never raised.
#pragma once

#include <cstddef>
#include <memory>

#include "http/fd.hpp"
#include "http/tls.hpp"

namespace b24gate::http {

class Stream {
 public:
  // `context` may be null: in clear.
  Stream(Fd socket, const tls::Context* context);
  ~Stream() { close(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  [[nodiscard]] bool is_tls() const { return session_ != nullptr; }
  [[nodiscard]] int fd() const { return socket_.get(); }

  Io handshake();
  Io read(char* to, std::size_t size);
  Io write(const char* from, std::size_t size);
  // Reads what comes past any TLS, to throw it away.
  Io read_raw(char* to, std::size_t size);
  // Whether bytes wait in the socket.
  [[nodiscard]] bool has_input() const;
  // Nothing more will be written; the other end may still send.
  void shut_write();
  void close();

 private:
  Fd socket_;
  std::unique_ptr<tls::Session> session_;
};

}  // namespace b24gate::http
