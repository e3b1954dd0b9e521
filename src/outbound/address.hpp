// Whom a numeric address belongs to, so that a name on the Internet cannot lead into the company's network.
#pragma once

#include <string_view>

namespace b24gate::outbound {

enum class Reach {
  everyone,  // a public address
  loopback,  // this machine
  inside,    // private networks, link-local, a provider's own (CGNAT), IPv6 unique local
  nobody,    // multicast, reserved, documentation, "this network", tunnels; and whatever is no address
};

// An IPv4 address that is written as IPv6 (mapped) is what it would be as IPv4, but never public.
[[nodiscard]] Reach reach_of(std::string_view address);

}  // namespace b24gate::outbound
