#include "outbound/socket_handle.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

using namespace b24gate::outbound;

namespace {

struct Sockets {
  Sockets() {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  }
  ~Sockets() {
    ::close(listener);
    ::close(client);
  }
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  bool connects() const {
    return ::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
};

}  // namespace

TEST_CASE("before the request leaves a socket may be opened, afterwards none is of use") {
  SocketHandle handle;
  handle.begin();
  {
    Sockets sockets;
    handle.opened(sockets.client);
    CHECK(sockets.connects());
    CHECK(handle.usable());
  }
  handle.writing();
  {
    Sockets sockets;
    handle.opened(sockets.client);
    CHECK_FALSE(sockets.connects());
    CHECK(errno == ENOTSOCK);
  }
  handle.begin();
  Sockets sockets;
  handle.opened(sockets.client);
  CHECK(sockets.connects());
}

TEST_CASE("a call that was ended opens nothing more, and what is open is shut") {
  SocketHandle handle;
  handle.begin();
  Sockets sockets;
  handle.opened(sockets.client);
  REQUIRE(sockets.connects());
  handle.cut();
  CHECK(handle.was_cut());
  CHECK(::send(sockets.client, "x", 1, MSG_NOSIGNAL) == -1);
  CHECK_FALSE(handle.usable());
  Sockets next;
  handle.opened(next.client);
  CHECK_FALSE(next.connects());
}

TEST_CASE("an idle socket with anything to read is not usable") {
  SocketHandle handle;
  CHECK_FALSE(handle.usable());
  handle.begin();
  Sockets sockets;
  handle.opened(sockets.client);
  REQUIRE(sockets.connects());
  const int peer = ::accept(sockets.listener, nullptr, nullptr);
  REQUIRE(peer >= 0);
  CHECK(handle.usable());
  SUBCASE("bytes") {
    REQUIRE(::send(peer, "x", 1, MSG_NOSIGNAL) == 1);
    CHECK_FALSE(handle.usable());
    ::close(peer);
  }
  SUBCASE("the end") {
    ::close(peer);
    CHECK_FALSE(handle.usable());
  }
}
