// Fetching from vendors: recordings, reports. Addresses come from outside, so every step is checked.
//
// Only https, unless the host is allowed with http:// in front; only hosts that are listed; only addresses
// that the Internet may reach, all of them that a name has, and the connection is made to the address that
// was checked. Redirects are followed a few times, each checked like the first; what the vendor's call
// carries (headers, body) never goes to another host. No error repeats an address' path, query or headers.
#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"
#include "connector/connector.hpp"
#include "outbound/resolver.hpp"
#include "outbound/transport.hpp"

namespace b24gate::outbound {

// Which addresses that are not public may be asked.
enum class Inside { none, loopback, all };

struct FetchOptions {
  std::vector<std::string> hosts;  // see allowed_hosts.hpp; nothing listed, nothing allowed
  Inside inside = Inside::none;
  std::size_t max_bytes = 64 * 1024 * 1024;  // of all answers on the way together
  Milliseconds max_time{120'000};            // of all of it; the look-up of a name is not interrupted
  int max_redirects = 5;
};

struct Fetched {
  int status = 0;  // whatever it is: 204 and 404 are answers
  std::vector<connector::Header> headers;
  std::string content_type;  // lower case, without parameters
  std::string body;
  std::string host;  // that answered at last
};

class Fetcher {
 public:
  // REQUIRES: all of them outlive this.
  Fetcher(Transport& transport, const Resolver& resolver, const Clock& clock)
      : transport_(transport), resolver_(resolver), clock_(clock) {}

  // Fails with ErrorKind::refused when a rule above forbids it (the administrator's move where a list of
  // theirs does), ErrorKind::limit past a bound, ErrorKind::network else. Thread-safe; blocks.
  [[nodiscard]] Result<Fetched> fetch(const connector::HttpCall& call, const FetchOptions& options) const;

 private:
  Transport& transport_;
  const Resolver& resolver_;
  const Clock& clock_;
};

// What a source's options say about fetching recordings: `recording_hosts` (a text or a list; without it
// `vendor_hosts`, the connector's own) and `recording_private: yes`.
[[nodiscard]] FetchOptions recording_options(const json::Value& options,
                                             const std::vector<std::string>& vendor_hosts);

}  // namespace b24gate::outbound
