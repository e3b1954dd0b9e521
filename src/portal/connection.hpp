// One HTTP connection of HttpTransport: an httplib client and the means to end its call from another thread.
#pragma once

#include <memory>
#include <string>

#include "outbound/socket_handle.hpp"
#include "portal/http_transport.hpp"
#include "portal/url.hpp"

namespace b24gate::portal {

using outbound::SocketHandle;

class Connection {
 public:
  virtual ~Connection() = default;
  virtual HttpReply post(const std::string& path, const std::string& body,
                         const std::string& idempotency_key) = 0;

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
