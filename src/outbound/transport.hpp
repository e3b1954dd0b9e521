// One HTTP exchange with one address: the seam at which tests replace the network.
#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"
#include "connector/connector.hpp"
#include "outbound/url.hpp"

namespace b24gate::outbound {

struct Exchange {
  std::string method = "GET";
  Url url;
  std::string address;  // numeric: where to connect, whatever the name means by now
  std::vector<connector::Header> headers;
  std::string body;
  std::size_t max_body = 0;  // of the answer
  Milliseconds time{0};      // for all of it
};

struct ExchangeReply {
  // not_sent: no byte of the request left this machine; sent: bytes may have left, no whole answer came back.
  enum class State { not_sent, sent, answered };
  State state = State::not_sent;
  bool too_long = false;  // the answer was given up at max_body
  int status = 0;
  std::vector<connector::Header> headers;
  std::string body;
  std::string problem;  // what the network said when it is not answered; without anything secret
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Follows no redirects, keeps no cookies. Thread-safe; blocks up to `time`.
  virtual ExchangeReply exchange(const Exchange& exchange) = 0;
};

}  // namespace b24gate::outbound
