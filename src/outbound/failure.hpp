// Why a connection did not come about: what httplib's one word for it hides.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"

namespace httplib {
enum class Error;
}

namespace b24gate::outbound {

enum class Trouble {
  name,         // the host's name cannot be resolved
  refused,      // nobody listens there
  unreachable,  // the system says that no way leads there
  slow,         // no connection, or no greeting, in time
  no_tls,       // what answers speaks no TLS
  tls,          // no version or cipher in common, or cut off
  authorities,  // our own list of authorities cannot be read
  untrusted,    // the certificate's issuer is not known here
  expired,      // or not valid yet
  other_name,   // the certificate is for another host
  broken,       // the connection was there and broke
};

struct Failure {
  Trouble trouble = Trouble::broken;
  std::string what;  // a sentence with nothing secret; it may name the host
};

// An exchange with `host` that ended with `error`. `verified` is OpenSSL's verdict on the certificate. To
// tell why nothing was connected it looks the name up and connects once more, for at most `time`. REQUIRES:
// called on the thread of the exchange, before OpenSSL is used there again, and begin_exchange() before it.
Failure failure_of(httplib::Error error, long verified, const std::string& host, int port, Milliseconds time);
// The request had begun to leave: what httplib says then is about a connection that it was not allowed to
// make.
Failure broken();
// Whether such an error comes before a byte of the request.
bool before_request(httplib::Error error);
// Forgets what OpenSSL complained of earlier on this thread.
void begin_exchange();

}  // namespace b24gate::outbound
