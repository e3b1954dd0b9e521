#include "http/stream.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace b24gate::http {
namespace {

Io result(ssize_t returned) {
  if (returned > 0) return {Io::State::done, static_cast<std::size_t>(returned)};
  if (returned == 0) return {Io::State::ended, 0};
  return {errno == EAGAIN || errno == EWOULDBLOCK ? Io::State::blocked : Io::State::failed, 0};
}

}  // namespace

Stream::Stream(Fd socket, const tls::Context* context) : socket_(std::move(socket)) {
  if (context != nullptr) session_ = std::make_unique<tls::Session>(*context, socket_.get());
}

Io Stream::handshake() { return session_ ? session_->handshake() : Io{Io::State::done, 0}; }

Io Stream::read(char* to, std::size_t size) {
  return session_ ? session_->read(to, size) : read_raw(to, size);
}

Io Stream::write(const char* from, std::size_t size) {
  if (session_) return session_->write(from, size);
  return result(::send(socket_.get(), from, size, MSG_NOSIGNAL | MSG_DONTWAIT));
}

Io Stream::read_raw(char* to, std::size_t size) {
  return result(::recv(socket_.get(), to, size, MSG_DONTWAIT));
}

bool Stream::has_input() const {
  char byte = 0;
  return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void Stream::shut_write() {
  if (session_) session_->close_notify();
  ::shutdown(socket_.get(), SHUT_WR);
}

void Stream::close() {
  if (!socket_) return;
  if (session_) session_->close_notify();
  session_.reset();
  socket_.close();
}

}  // namespace b24gate::http
