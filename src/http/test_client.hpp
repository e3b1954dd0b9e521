// For tests: a raw client on loopback, and a server that runs for the length of a test.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/manual_clock.hpp"
#include "http/fd.hpp"
#include "http/server.hpp"

namespace b24gate::http::testing {

// One whole response.
struct Reply {
  int status = 0;  // 0: the connection ended first
  std::string head;
  std::string body;
  [[nodiscard]] bool says(std::string_view text) const { return head.find(text) != std::string::npos; }
};

// Blocks; a read that brings nothing for 20 seconds counts as the end, so that a broken server fails its
// test.
class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{20, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_buffer > 0)
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      socket_.close();
  }

  [[nodiscard]] bool connected() const { return static_cast<bool>(socket_); }
  [[nodiscard]] int fd() const { return socket_.get(); }

  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  Reply read(bool has_body = true) {
    Reply reply;
    std::size_t end = 0;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return reply;
    }
    reply.head = in_.substr(0, end + 2);
    in_.erase(0, end + 4);
    reply.status = std::atoi(reply.head.c_str() + 9);
    const std::size_t length = reply.head.find("Content-Length: ");
    if (has_body && length != std::string::npos) {
      const auto size = static_cast<std::size_t>(std::atoll(reply.head.c_str() + length + 16));
      while (in_.size() < size) {
        if (!more()) {
          reply.status = 0;
          return reply;
        }
      }
      reply.body = in_.substr(0, size);
      in_.erase(0, size);
    }
    return reply;
  }

  Reply ask(std::string_view request) {
    send(request);
    return read();
  }

  // Everything up to the end of the stream.
  std::string read_all() {
    while (more()) {
    }
    return std::exchange(in_, {});
  }

  // Whether the other end closes without sending anything more.
  bool is_closed() { return in_.empty() && !more(); }

  void shut_write() const { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_.close(); }

 private:
  bool more() {
    char buffer[16 * 1024];
    const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  Fd socket_;
  std::string in_;
};

inline std::string post(std::string_view body, std::string_view more_headers = "") {
  std::string out =
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return out.append(more_headers).append("\r\n").append(body);
}

inline const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

// Answers "METHOD path?query body".
inline void echo(Request request, Responder respond) {
  Response response;
  response.body = request.method + " " + request.path + "?" + request.query + " " + request.body;
  response.content_type = "text/plain";
  respond(std::move(response));
}

struct Running {
  explicit Running(Limits limits = {}, Handler handler = echo, unsigned threads = 1,
                   std::shared_ptr<const tls::Context> tls = nullptr) {
    Options options;
    options.limits = limits;
    options.threads = threads;
    options.tls = std::move(tls);
    server = std::make_unique<Server>(std::move(options), std::move(handler), clock);
    started = server->start();
  }

  [[nodiscard]] Client connect(int receive_buffer = 0) const {
    return Client(server->port(), receive_buffer);
  }

  // Time passes for the server.
  void advance(Milliseconds by) {
    clock.advance(by);
    server->wake();
  }

  // Returns when `holds` does.
  template <class Holds>
  void until(Holds holds) const {
    while (!holds(server->counters())) std::this_thread::yield();
  }

  // With one thread: returns when the server has looked at everything sent before.
  [[nodiscard]] bool has_seen_all() const { return connect().ask(get).status == 200; }

  ManualClock clock{from_unix_ms(784'111'777'000)};  // Sun, 06 Nov 1994 08:49:37 GMT
  std::unique_ptr<Server> server;
  Done started;
};

}  // namespace b24gate::http::testing
