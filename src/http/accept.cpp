// How a loop takes new connections: who gets them, and what happens at the bounds.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "http/loop.hpp"

namespace b24gate::http {
namespace {

constexpr int accepts_a_turn = 64;
constexpr Milliseconds accept_pause{100};
// Connections over the bound that are told so, of all loops; more are just closed. So many that a crowd that
// comes at twice our speed learns when to come again: a refused one stays until it has taken its answer.
constexpr std::size_t most_refused_open = 2'048;
constexpr int eviction_tries = 16;

std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
    } else {
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
  }
  return text.data();
}

}  // namespace

bool Loop::watch_listener() {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLEXCLUSIVE;
  event.data.ptr = nullptr;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_, &event) == 0;
}

void Loop::accept_some() {
  if (accept_again_at_ != SteadyPoint::max()) {
    accept_again_at_ = SteadyPoint::max();
    if (!watch_listener()) return pause_accepting();
  }
  for (int i = 0; i < accepts_a_turn; ++i) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    Fd socket(
        ::accept4(listener_, reinterpret_cast<sockaddr*>(&address), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      LoopCounters::add(counters_.accepted);
      place(Arrival{std::move(socket), text_of(address), false});
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINVAL) {
      return;
    } else if (errno == EMFILE || errno == ENFILE) {
      const bool go_on = shed();
      take_reserve();
      if (!go_on) return;
    } else if (errno == ENOBUFS || errno == ENOMEM || errno == EBADF || errno == ENOTSOCK) {
      return pause_accepting();
    }
    // Anything else is that one connection's own trouble.
  }
}

// No descriptors are left, and epoll would report the waiting client for ever. Frees one by closing an idle
// connection, else takes the client with the descriptor kept for this and hangs up. False when there is
// nothing to accept for now.
bool Loop::shed() {
  pollfd waiting{listener_, POLLIN, 0};
  if (::poll(&waiting, 1, 0) == 0)
    return false;  // accept4 asks for a descriptor before it looks for a client
  if (evict_one()) return true;
  reserve_.close();
  const Fd socket(::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) {
    if (errno != EAGAIN && errno != EINTR) pause_accepting();
    return false;
  }
  LoopCounters::add(counters_.accepted);
  LoopCounters::add(counters_.refused);
  return true;
}

void Loop::take_reserve() {
  if (!reserve_) reserve_ = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void Loop::pause_accepting() {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_, nullptr);
  accept_again_at_ = now_ + accept_pause;
}

void Loop::place(Arrival arrival) {
  arrival.counted = shared_.take_place();
  Loop* target = this;
  if (arrival.counted) {
    // Handing over costs a wake-up, so a difference of one is left alone.
    for (const auto& other : shared_.loops) {
      if (other->load_.load(std::memory_order_relaxed) + 1 < target->load_.load(std::memory_order_relaxed)) {
        target = other.get();
      }
    }
  } else {
    publish_oldest_idle();
    for (const auto& other : shared_.loops) {
      if (other->oldest_idle_.load(std::memory_order_relaxed) <
          target->oldest_idle_.load(std::memory_order_relaxed)) {
        target = other.get();
      }
    }
  }
  // Counted before it is there: of a crowd that is taken in one turn each loop gets its part.
  target->load_.fetch_add(1, std::memory_order_relaxed);
  if (target == this) {
    adopt(std::move(arrival));
  } else {
    target->mailbox_->post(std::move(arrival));
  }
}

void Loop::adopt(Arrival arrival) {
  if (stopping_) {
    load_.fetch_sub(1, std::memory_order_relaxed);
    if (arrival.counted) shared_.leave_place();
    return;
  }
  while (!arrival.counted) {
    arrival.counted = shared_.take_place();
    if (!arrival.counted && !evict_one()) return refuse(std::move(arrival));
  }
  open(std::move(arrival), false);
}

bool Loop::evict_one() {
  int tries = 0;
  for (const auto& connection : idle_) {
    if (connection->may_be_evicted()) {
      connection->close();
      return true;
    }
    if (++tries == eviction_tries) break;
  }
  return false;
}

void Loop::refuse(Arrival arrival) {
  LoopCounters::add(counters_.refused);
  if (refused_open_ >= most_refused_open / shared_.loops.size()) {
    load_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  if (Connection* connection = open(std::move(arrival), true)) connection->drive();
}

Connection* Loop::open(Arrival arrival, bool refused) {
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back(nullptr);
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  if (refused) ++refused_open_;
  const auto context = shared_.tls();
  auto made = std::make_unique<Connection>(*this, std::move(arrival), context.get(), refused, slot);
  Connection* connection = made.get();
  connection->place = active_.insert(active_.end(), std::move(made));
  slots_[slot] = connection;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = connection;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection->fd(), &event) != 0) {
    connection->close();
    return nullptr;
  }
  return connection;
}

}  // namespace b24gate::http
