// One HTTP exchange with the portal: the seam at which tests replace the network.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace b24gate::portal {

struct HttpReply {
  // not_sent: no byte of the request left this machine; sent: bytes may have left, no complete answer came
  // back; answered: status, headers and the whole body are here.
  enum class State { not_sent, sent, answered };
  State state = State::not_sent;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string problem;      // what the network said when it is not answered; without addresses' secrets
  std::string advice = {};  // what a person can do about that; empty when nothing
};

class Transport {
 public:
  virtual ~Transport() = default;
  // POSTs a JSON body to an absolute URL, with the header Idempotency-Key unless that is empty. No redirects,
  // no cookies. Thread-safe; blocks up to its time-outs.
  virtual HttpReply post(const std::string& url, const std::string& body,
                         const std::string& idempotency_key) = 0;
  HttpReply post(const std::string& url, const std::string& body) { return post(url, body, {}); }
};

}  // namespace b24gate::portal
