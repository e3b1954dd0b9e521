// Calls of the portal's REST through an inbound webhook: one command directly, several as one batch.
//
// One call() is one HTTP request (two when the portal has moved). It waits for nothing but the answer: the
// caller asks the Limiter first (Limiter::take); call() reports the outcomes to it. Thread-safe, as many
// calls at once as the Transport allows. Nothing is kept on disk.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "portal/batch.hpp"
#include "portal/command.hpp"
#include "portal/limiter.hpp"
#include "portal/methods.hpp"
#include "portal/transport.hpp"
#include "portal/url.hpp"

namespace b24gate::portal {

struct ClientOptions {
  Secret url;  // https://portal/rest/1/secret/; the slash at the end may be missing
  std::size_t max_batch = kMaxCommands;
  // The portal answers at another host now: the host's name, for the log and the administrator. Called
  // outside locks, from the thread of the call, once for each new host.
  std::function<void(const std::string& host)> moved;
};

class Client {
 public:
  // REQUIRES: transport, limiter and clock outlive this. With an address that parse_url refuses every call
  // ends as `auth` for the whole portal, with advice.
  Client(ClientOptions options, Transport& transport, Limiter& limiter, const Clock& clock);

  // One outcome per command, in order. A single command goes as JSON and loses nothing; several go as a
  // batch: with Halt::no they are independent, with Halt::yes the portal stops after the first failure.
  // Commands beyond max_batch are not sent and come back as retry_safe, as does what stands behind or is a
  // command of REST 3.0 that is not the only one. `took` is the time measured here for
  // a single command, the portal's own figure inside a batch.
  //
  // A 302 to the same path on another host that may be trusted with the secret (https, or loopback if we were
  // there) is followed once with the same body; when REST answers there, that host is used until the process
  // ends.
  std::vector<Outcome> call(const std::vector<Command>& commands, Halt halt = Halt::no);

  // One command alone.
  Outcome call(const Command& command);

  // Another address from the next call on: the webhook was made anew, or the portal has moved. An address
  // that parse_url refuses behaves as in the constructor.
  void set_url(const Secret& url);

 private:
  [[nodiscard]] std::string address_problem() const;
  HttpReply exchange(const Command& command, const std::string& body);

  const ClientOptions options_;
  Transport& transport_;
  Limiter& limiter_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  // Protected by mutex_.
  std::string problem_;  // what is wrong with the address; empty: nothing
  Url base_;             // its path has the secret and ends with a slash
};

}  // namespace b24gate::portal
