#include "chaos/gate.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "base/ascii.hpp"

namespace b24gate::chaos {
namespace {

using http::Fd;

SteadyPoint now() { return std::chrono::time_point_cast<Milliseconds>(std::chrono::steady_clock::now()); }

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Fd bound(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("the gate cannot have its port");
  return fd;
}

// The end of a connection as a broken network shows it: a reset rather than an orderly close.
void reset(Fd& fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd.close();
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t content_length(std::string_view head) {
  const std::string lower = ascii::lower(head);
  const std::size_t at = lower.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : std::strtoull(lower.c_str() + at + 17, nullptr, 10);
}

// Reads one message; nothing when the connection ends first. `limit`: stops after so many bytes.
std::optional<std::string> read_message(int fd, std::size_t limit = std::string::npos) {
  std::string text;
  std::size_t whole = std::string::npos;
  std::array<char, 16'384> part{};
  while (text.size() < std::min(whole, limit)) {
    const ssize_t got = ::recv(fd, part.data(), part.size(), 0);
    if (got <= 0) return std::nullopt;
    text.append(part.data(), static_cast<std::size_t>(got));
    const std::size_t end = text.find("\r\n\r\n");
    if (whole == std::string::npos && end != std::string::npos)
      whole = end + 4 + content_length(std::string_view(text).substr(0, end + 2));
  }
  return text;
}

std::size_t head_size(const std::string& message) { return message.find("\r\n\r\n") + 4; }

}  // namespace

std::string_view name(Fault fault) {
  constexpr std::array<std::string_view, fault_count> names{"cut_request", "stall",    "late",    "swallow",
                                                            "cut_head",    "cut_body", "corrupt", "slow"};
  return names[static_cast<std::size_t>(fault)];
}

struct Gate::Connection {
  Fd fd;
  std::thread thread;
  bool ended = false;
};

Gate::Gate(std::uint64_t seed, Milliseconds settle)
    : settle_(settle), reserved_(bound(0)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), random_(seed) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(reserved_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
  set({});
}

Gate::~Gate() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    end_connections();
  }
  changed_.notify_all();
  ::eventfd_write(wake_.get(), 1);
  acceptor_.join();
  for (auto& connection : connections_) connection.thread.join();
}

Fd Gate::listen() const {
  Fd fd = bound(port_);
  if (::listen(fd.get(), 128) != 0) throw std::runtime_error("the gate cannot listen");
  return fd;
}

void Gate::accept_loop() {
  Fd listener;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      if (weather_.refuse == static_cast<bool>(listener)) {
        if (weather_.refuse) {
          listener.close();
        } else {
          listener = listen();
        }
      }
      listening_ = static_cast<bool>(listener);
      changed_.notify_all();
      join_ended();
    }
    std::array<pollfd, 2> wanted{{{wake_.get(), POLLIN, 0}, {listener.get(), POLLIN, 0}}};
    ::poll(wanted.data(), listener ? 2 : 1, -1);
    eventfd_t ignored = 0;
    ::eventfd_read(wake_.get(), &ignored);
    if (!listener) continue;
    Fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd) continue;
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(mutex_);
    if (stopping_ || weather_.refuse) continue;
    ++connections_seen_;
    Connection& connection = connections_.emplace_back();
    connection.fd = std::move(fd);
    connection.thread = std::thread([this, &connection] { serve(connection); });
  }
}

// REQUIRES: mutex_.
void Gate::join_ended() {
  connections_.remove_if([](Connection& connection) {
    if (!connection.ended) return false;
    connection.thread.join();
    return true;
  });
}

// REQUIRES: mutex_. The threads notice and close.
void Gate::end_connections() {
  for (auto& connection : connections_) {
    if (!connection.ended) ::shutdown(connection.fd.get(), SHUT_RDWR);
  }
}

void Gate::set(const Weather& weather) {
  std::unique_lock lock(mutex_);
  weather_ = weather;
  if (weather.refuse) end_connections();
  ::eventfd_write(wake_.get(), 1);
  changed_.wait(lock, [&] { return listening_ != weather.refuse; });
}

void Gate::wait_until_quiet() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return under_way_.empty(); });
}

std::map<std::string, std::uint64_t> Gate::counts() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::uint64_t> out{{"connections", connections_seen_}, {"requests", requests_}};
  for (std::size_t i = 0; i < fault_count; ++i) out[std::string(name(static_cast<Fault>(i)))] = struck_[i];
  return out;
}

void Gate::serve(Connection& connection) {
  while (exchange(connection)) {
  }
  const std::lock_guard lock(mutex_);
  reset(connection.fd);
  connection.ended = true;
  ::eventfd_write(wake_.get(), 1);
}

Gate::Choice Gate::choose() {
  const std::lock_guard lock(mutex_);
  Choice out;
  int left = static_cast<int>(random_() % 1000);
  out.random = random_();
  for (std::size_t i = 0; i < fault_count && out.fault < 0; ++i) {
    if (left < weather_.per_mille[i]) out.fault = static_cast<int>(i);
    left -= weather_.per_mille[i];
  }
  if (out.fault >= 0) ++struck_[static_cast<std::size_t>(out.fault)];
  return out;
}

// One request and its answer. False: the connection is to end.
bool Gate::exchange(Connection& connection) {
  // Not before there is something: a connection that waits for its next request has no fault yet.
  pollfd readable{connection.fd.get(), POLLIN, 0};
  ::poll(&readable, 1, -1);
  const Choice choice = choose();
  const auto is = [&](Fault fault) { return choice.fault == static_cast<int>(fault); };
  const auto share = [&](std::size_t of) { return of == 0 ? 0 : choice.random % of; };
  if (is(Fault::cut_request)) {
    (void)read_message(connection.fd.get(), 1 + share(600));
    return false;
  }
  auto request = read_message(connection.fd.get());
  if (!request) return false;
  const SteadyPoint at = now();
  Passing passing;
  const std::size_t line = request->find(' ') + 1;
  passing.target = request->substr(line, request->find(' ', line) - line);
  passing.body = request->substr(head_size(*request));
  taken(passing, at);
  if (is(Fault::stall)) {
    done(at);
    pause(Milliseconds{share(800)});
    return false;
  }
  if (is(Fault::late)) {
    ::shutdown(connection.fd.get(), SHUT_RDWR);
    pause(settle_ * static_cast<std::int64_t>(share(60)) / 100);
  }
  std::string answer = portal_answer(*request, at);
  if (!answer.empty() && observer_) observer_(Moment::worked, passing);
  done(at);
  if (answer.empty() || is(Fault::late) || is(Fault::swallow)) return false;
  const std::size_t head = head_size(answer);
  if (is(Fault::cut_head)) {
    send_all(connection.fd.get(), std::string_view(answer).substr(0, share(head)));
    return false;
  }
  if (is(Fault::cut_body)) {
    send_all(connection.fd.get(), std::string_view(answer).substr(0, head + share(answer.size() - head)));
    return false;
  }
  if (is(Fault::corrupt) && answer.size() > head) {
    const std::size_t from = head + share(answer.size() - head);
    const std::size_t to = std::min(answer.size(), from + 1 + choice.random / 7 % 20);
    for (std::size_t i = from; i < to; ++i) answer[i] = '\x01';
  }
  if (is(Fault::slow)) {
    const std::size_t piece = std::max<std::size_t>(1, answer.size() / 5);
    for (std::size_t from = 0; from < answer.size(); from += piece) {
      if (!send_all(connection.fd.get(), std::string_view(answer).substr(from, piece))) return false;
      if (!pause(Milliseconds{share(120)})) return false;
    }
    return true;
  }
  return send_all(connection.fd.get(), answer);
}

void Gate::taken(Passing& passing, SteadyPoint at) {
  {
    const std::lock_guard lock(mutex_);
    under_way_.insert(at);
    passing.number = ++requests_;
  }
  if (observer_) observer_(Moment::taken, passing);
}

void Gate::done(SteadyPoint at) {
  const std::lock_guard lock(mutex_);
  under_way_.erase(under_way_.find(at));
  changed_.notify_all();
}

// Empty: the portal gave none.
std::string Gate::portal_answer(const std::string& request, SteadyPoint taken_at) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return *under_way_.begin() + settle_ >= taken_at; });
  }
  const Fd portal(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(portal_port_);
  if (::connect(portal.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  const int on = 1;
  ::setsockopt(portal.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!send_all(portal.get(), request)) return {};
  return read_message(portal.get()).value_or("");
}

// False: the gate is about to end.
bool Gate::pause(Milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [&] { return stopping_; });
}

}  // namespace b24gate::chaos
