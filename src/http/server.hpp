// An HTTP/1.1 server for hostile networks: an event-driven front with bounds on everything.
//
// Every connection belongs to one of `threads` event loops. A loop never blocks: it reads what has come,
// frames requests with http_parser, hands whole requests to the handler and writes answers when their
// Responder speaks. So a slow or silent client costs a buffer, never a thread, and keep-alive cannot starve
// anybody.
//
// Bounds (all in Limits): connections, bytes and number of headers, bytes of the request line, bytes of a
// body (declared, chunked or lied about), time for a whole request whatever the pace of its bytes, idle time
// between requests. At the bound on connections the longest idle keep-alive connection is closed; when none
// is idle the new one is answered 503 and closed. Refused before the handler sees them: malformed requests
// (400), both Content-Length and Transfer-Encoding (400), an unknown transfer coding (501), a body over the
// bound (413), a header block over the bound (431), a late request (408).
//
// Threads: start() and stop() from one thread. The handler is called on the loops' threads, several at once,
// and must not block. A Responder may be used from any thread, once; dropping it unused answers 500.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace b24gate::http {

using Header = std::pair<std::string, std::string>;

struct Request {
  std::string method;
  std::string target;  // as it came: path and query, still encoded
  std::string path;    // percent-decoded path; never contains a NUL
  std::string query;   // after the ?, still encoded
  std::vector<Header> headers;
  std::string body;       // chunks joined
  std::string peer;       // address of the other end, without port
  TimePoint received_at;  // when the last byte came

  // The value of the first header of that name (any case); empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct Response {
  int status = 200;  // 0: the connection is closed without a byte, for stand-ins that imitate a broken peer
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::vector<Header> headers;  // beyond Content-Type, Content-Length, Connection, Date
  bool close = false;           // close the connection after this answer
};

// Makes a response when it is about to be sent.
using MakeResponse = std::function<Response()>;

class Responder {
 public:
  // Calls what it gets once, or has it called.
  using Send = std::function<void(MakeResponse)>;
  explicit Responder(Send send);
  Responder(Responder&& other) noexcept;
  Responder& operator=(Responder&& other) noexcept;  // an unused one that is overwritten counts as dropped
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder();

  // REQUIRES: neither this nor later() was called before. When the client has gone meanwhile, the answer is
  // dropped.
  void operator()(Response response);
  // The same, of what `make` returns: it is called once, and freed, by the thread that sends the answer (by
  // the caller's where that has ended), also when nobody waits for it any more. It must not block; where it
  // throws the client is answered 500.
  void later(MakeResponse make);

 private:
  Send send_;
};

using Handler = std::function<void(Request, Responder)>;

struct Limits {
  std::size_t max_connections = 4096;
  std::size_t max_request_line = 8 * 1024;
  std::size_t max_header_bytes = 32 * 1024;  // request line included
  std::size_t max_headers = 100;
  std::size_t max_body = 10 * 1024 * 1024;
  Milliseconds request_deadline{30'000};  // from a request's first byte to its last; for the first request of
                                          // a connection from the accept on, TLS handshake included
  Milliseconds write_deadline{30'000};    // for a whole answer to be taken by the client
  Milliseconds idle{75'000};              // between requests on a kept-alive connection
  std::size_t max_buffered = 256 * 1024 * 1024;  // bytes of requests being read, all connections together;
                                                 // over it new bodies are answered 503
};

namespace tls {
class Context;
}

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the system chooses
  unsigned threads = 1;
  Limits limits;
  std::shared_ptr<const tls::Context> tls;  // null: in clear
  std::string server_name;                  // value of the Server header; empty: none is sent
};

struct Counters {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  // at the bound
  std::uint64_t requests = 0;
  std::uint64_t refused_requests = 0;  // answered here, before the handler
  std::uint64_t timed_out = 0;
};

class Server {
 public:
  Server(Options options, Handler handler, const Clock& clock);
  ~Server();  // stops, as stop(0)
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and begins to serve. Fails when the address cannot be bound; the text says which and why.
  Done start();
  [[nodiscard]] std::uint16_t port() const;

  // Stops accepting, closes idle connections, lets requests that have begun finish within `grace`, then
  // closes the rest.
  void stop(Milliseconds grace);

  // Another certificate for new connections. REQUIRES: started with one.
  void set_tls(std::shared_ptr<const tls::Context> context);
  // New bounds for requests that begin from now on.
  void set_limits(const Limits& limits);

  [[nodiscard]] Counters counters() const;

  // Makes every loop look at the clock again: for tests that move time. Thread-safe.
  void wake();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The standard reason of a status ("Not Found").
std::string_view reason_phrase(int status);

}  // namespace b24gate::http
