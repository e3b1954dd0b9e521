#include "outbound/resolver.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

namespace b24gate::outbound {

Result<std::vector<std::string>> SystemResolver::resolve(const std::string& host) const {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code != 0) {
    // AI_ADDRCONFIG hides loopback on a machine without a network.
    hints.ai_flags = 0;
    code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  }
  if (code != 0) {
    return fail(ErrorKind::network, host, std::string("the name cannot be resolved: ") + ::gai_strerror(code),
                Ran::no, Move::ours);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  std::vector<std::string> out;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    char text[NI_MAXHOST] = {};
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
      continue;
    if (std::find(out.begin(), out.end(), text) == out.end()) out.emplace_back(text);
  }
  if (out.empty()) return fail(ErrorKind::network, host, "the name has no address", Ran::no, Move::ours);
  return out;
}

}  // namespace b24gate::outbound
