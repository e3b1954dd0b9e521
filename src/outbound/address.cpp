#include "outbound/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace b24gate::outbound {
namespace {

struct Block {
  std::uint32_t network;
  int prefix;
  Reach reach;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// RFC 6890 and its updates.
constexpr Block blocks[] = {
    {v4(0, 0, 0, 0), 8, Reach::nobody},      {v4(10, 0, 0, 0), 8, Reach::inside},
    {v4(100, 64, 0, 0), 10, Reach::inside},  {v4(127, 0, 0, 0), 8, Reach::loopback},
    {v4(169, 254, 0, 0), 16, Reach::inside}, {v4(172, 16, 0, 0), 12, Reach::inside},
    {v4(192, 0, 0, 0), 24, Reach::nobody},   {v4(192, 0, 2, 0), 24, Reach::nobody},
    {v4(192, 88, 99, 0), 24, Reach::nobody}, {v4(192, 168, 0, 0), 16, Reach::inside},
    {v4(198, 18, 0, 0), 15, Reach::nobody},  {v4(198, 51, 100, 0), 24, Reach::nobody},
    {v4(203, 0, 113, 0), 24, Reach::nobody}, {v4(224, 0, 0, 0), 4, Reach::nobody},
    {v4(240, 0, 0, 0), 4, Reach::nobody},
};

Reach reach_of_v4(std::uint32_t address) {
  for (const Block& block : blocks) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - block.prefix);
    if ((address & mask) == block.network) return block.reach;
  }
  return Reach::everyone;
}

Reach reach_of_v6(const in6_addr& address) {
  const unsigned char* bytes = address.s6_addr;
  if (IN6_IS_ADDR_LOOPBACK(&address)) return Reach::loopback;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    const Reach reach = reach_of_v4(v4(bytes[12], bytes[13], bytes[14], bytes[15]));
    return reach == Reach::everyone ? Reach::nobody : reach;
  }
  if ((bytes[0] & 0xFE) == 0xFC) return Reach::inside;                      // fc00::/7
  if (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80) return Reach::inside;  // fe80::/10
  if ((bytes[0] & 0xE0) != 0x20) return Reach::nobody;                      // all but 2000::/3
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return Reach::nobody;           // 6to4: any IPv4 inside
  if (bytes[0] == 0x20 && bytes[1] == 0x01) {
    if (bytes[2] < 0x02) return Reach::nobody;                       // 2001::/23, Teredo and others
    if (bytes[2] == 0x0D && bytes[3] == 0xB8) return Reach::nobody;  // documentation
  }
  if (bytes[0] == 0x3F && bytes[1] == 0xFF && (bytes[2] & 0xF0) == 0) return Reach::nobody;  // documentation
  return Reach::everyone;
}

}  // namespace

Reach reach_of(std::string_view address) {
  const std::string text(address);
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return reach_of_v4(ntohl(four.s_addr));
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) == 1) return reach_of_v6(six);
  return Reach::nobody;
}

}  // namespace b24gate::outbound
