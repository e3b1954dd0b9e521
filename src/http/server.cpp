#include "http/server.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/os_error.hpp"
#include "http/loop.hpp"

namespace b24gate::http {
namespace {

constexpr int backlog = 4096;  // the system cuts it to net.core.somaxconn

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

bool listen_at(const Fd& socket, const addrinfo& address) {
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // accepted sockets inherit it
  if (address.ai_family == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  return ::bind(socket.get(), address.ai_addr, address.ai_addrlen) == 0 &&
         ::listen(socket.get(), backlog) == 0;
}

Result<Fd> listen_on(const std::string& host, std::uint16_t port) {
  const std::string where = host + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed =
      ::getaddrinfo(host.empty() ? nullptr : host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) {
    return fail(ErrorKind::config, where,
                std::string("the address cannot be listened on: ") + ::gai_strerror(failed), Ran::no,
                Move::administrator);
  }
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  int error = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Fd socket(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket && listen_at(socket, *address)) return socket;
    error = errno;
  }
  return fail(ErrorKind::config, where, std::string("the address cannot be listened on: ") + os_error(error),
              Ran::no, Move::administrator);
}

std::uint16_t port_of(const Fd& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
  const std::uint16_t port = address.ss_family == AF_INET6
                                 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                 : reinterpret_cast<const sockaddr_in&>(address).sin_port;
  return ntohs(port);
}

}  // namespace

class Server::Impl {
 public:
  Impl(Options options, Handler handler, const Clock& clock)
      : options_(std::move(options)), shared_(clock, std::move(handler), options_) {}

  Done start() {
    shared_.set_tls(options_.tls);
    auto listener = listen_on(options_.host, options_.port);
    if (!listener) return fail(std::move(listener.error()));
    listener_ = std::move(*listener);
    port_ = port_of(listener_);
    for (unsigned i = 0; i < std::max(1U, options_.threads); ++i) {
      shared_.loops.push_back(std::make_unique<Loop>(shared_, options_.limits, listener_.get()));
    }
    unsigned number = 0;
    for (const auto& loop : shared_.loops) {
      if (auto started = loop->start(number++); !started) {
        stop(Milliseconds{0});
        return started;
      }
    }
    return {};
  }

  void stop(Milliseconds grace) {
    if (!listener_) return;
    ::shutdown(listener_.get(), SHUT_RD);  // the system refuses new clients from here on
    const SteadyPoint give_up_at = shared_.clock.steady() + grace;
    for (const auto& loop : shared_.loops) loop->stop(give_up_at);
    for (const auto& loop : shared_.loops) loop->join();
    listener_.close();
  }

  void set_tls(std::shared_ptr<const tls::Context> context) { shared_.set_tls(std::move(context)); }

  void set_limits(const Limits& limits) {
    shared_.max_connections = limits.max_connections;
    shared_.max_buffered = limits.max_buffered;
    for (const auto& loop : shared_.loops) loop->set_limits(limits);
    options_.limits = limits;
  }

  [[nodiscard]] Counters counters() const {
    Counters sum;
    sum.connections_open = shared_.connections.load();
    for (const auto& loop : shared_.loops) {
      const LoopCounters& counters = loop->counters();
      sum.connections_accepted += counters.accepted.load();
      sum.connections_refused += counters.refused.load();
      sum.requests += counters.requests.load();
      sum.refused_requests += counters.refused_requests.load();
      sum.timed_out += counters.timed_out.load();
    }
    return sum;
  }

  void wake() {
    for (const auto& loop : shared_.loops) loop->wake();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Options options_;
  Shared shared_;
  Fd listener_;
  std::uint16_t port_ = 0;
};

Server::Server(Options options, Handler handler, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler), clock)) {}

Server::~Server() { stop(Milliseconds{0}); }

Done Server::start() { return impl_->start(); }
std::uint16_t Server::port() const { return impl_->port(); }
void Server::stop(Milliseconds grace) { impl_->stop(grace); }
void Server::set_tls(std::shared_ptr<const tls::Context> context) { impl_->set_tls(std::move(context)); }
void Server::set_limits(const Limits& limits) { impl_->set_limits(limits); }
Counters Server::counters() const { return impl_->counters(); }
void Server::wake() { impl_->wake(); }

}  // namespace b24gate::http
