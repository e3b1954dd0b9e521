// Transport over cpp-httplib: one connection for each exchange, certificates verified for the name, the
// connection made to the given address only.
//
// A request is never sent twice: from the moment its body begins to leave no new connection is let through.
#pragma once

#include <memory>
#include <string>

#include "outbound/transport.hpp"

namespace b24gate::outbound {

struct HttpOptions {
  std::string version = "0";  // goes out as User-Agent: b24gate/<version>
  Milliseconds connect_timeout{10'000};
  std::string ca_file;  // PEM with the only authorities that are believed; empty: the system's
};

class HttpTransport final : public Transport {
 public:
  // Starts one thread, which ends exchanges that last too long.
  explicit HttpTransport(HttpOptions options);
  // REQUIRES: no exchange is running.
  ~HttpTransport() override;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  ExchangeReply exchange(const Exchange& exchange) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace b24gate::outbound
