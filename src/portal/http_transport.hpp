// Transport over cpp-httplib: HTTPS with verified certificates, connections kept alive and pooled.
//
// One connection serves one call at a time; as many calls as there are threads may run at once. Never follows
// redirects, never keeps cookies, never asks for compression. Thread-safe.
//
// A request is never sent twice. httplib 0.11.4 does not repeat one by itself; later versions do when a TLS
// peer says goodbye after the request was written. Here a new connection is refused from the moment the body
// begins to be written, so that with any version such a call ends as `sent`.
//
// A connection that has waited in the pool is used again only if it is young enough and its socket has
// nothing to read (a goodbye would be there). If the peer closes it in the very moment of writing, the call
// ends as `sent`.
//
// The process must not die of SIGPIPE: the constructor ignores that signal if nobody handles it.
#pragma once

#include <memory>
#include <string>

#include "base/time.hpp"
#include "portal/transport.hpp"

namespace b24gate::portal {

struct HttpOptions {
  std::string version = "0";            // goes out as User-Agent: b24gate/<version>
  Milliseconds connect_timeout{5'000};  // for each address of the host; TLS included
  Milliseconds total_timeout{70'000};   // of one call; the look-up of the name is not interrupted
  std::size_t max_body = 32 * 1024 * 1024;
  Milliseconds max_idle{15'000};  // how long a connection may wait in the pool
  std::size_t max_pooled = 8;
  std::string ca_file;  // PEM with the only authorities that are believed; empty: the system's
};

class HttpTransport final : public Transport {
 public:
  // Starts one thread, which ends calls that last too long. REQUIRES: `clock` outlives this; it dates idle
  // connections.
  HttpTransport(HttpOptions options, const Clock& clock);
  // REQUIRES: no call is running.
  ~HttpTransport() override;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  using Transport::post;
  // not_sent: the address is not allowed (http:// elsewhere than on loopback), the name, the connection or
  // TLS failed. sent: anything after that without a whole answer, also an answer longer than max_body.
  HttpReply post(const std::string& url, const std::string& body,
                 const std::string& idempotency_key) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace b24gate::portal
