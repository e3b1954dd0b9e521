// `b24gate sandbox`: a stand-in Bitrix24 portal on loopback, to learn on and to test against. A process of
// its own; the daemon speaks to it over HTTP as to the real one:
// http://127.0.0.1:8090/rest/1/<secret>/<method>.
//
// Keeps everything in memory: stopping forgets it. Bounded by max_objects (store.hpp) and by http::Limits.
// Threads: start() and stop() from one thread. Requests are answered on the server's loop; a late answer
// waits on a timer thread and blocks nobody; events are POSTed on a thread of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/time.hpp"

namespace b24gate::sandbox {

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8090;  // 0: the system chooses
  std::string secret = "sandbox-secret";
  double rate = 2;                 // requests per second, as on plans below Enterprise (there 5)
  int burst = 50;                  // above which requests are refused (Enterprise: 250)
  double operating_limit = 480;    // seconds of execution for each method in ten minutes; 0: no limit
  bool telephony_by_docs = false;  // calls and lines are closed to the webhook
  std::string client_id = "local.sandbox";
  std::string client_secret = "sandbox-secret";  // of the local application
};

class Sandbox {
 public:
  Sandbox(Options options, const Clock& clock);
  ~Sandbox();  // stops
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  // Fails when the address cannot be bound; the text says why.
  Done start();
  // REQUIRES: started.
  [[nodiscard]] std::uint16_t port() const;
  // Late answers that still wait are dropped: their clients see a failure.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace b24gate::sandbox
