// Wires the reading of what no webhook brought: which sources are asked, where the marks lie, where the
// findings go.
#pragma once

#include "config/configuration.hpp"
#include "intake/intake.hpp"
#include "journal/journal.hpp"
#include "outbound/fetch.hpp"
#include "outbound/http_transport.hpp"
#include "pull/runner.hpp"

namespace b24gate::cli {

class Puller {
 public:
  // All must outlive it.
  Puller(const config::Current& current, journal::Journal& journal, intake::Intake& intake,
         const Clock& clock, std::function<double()> random);

  void start();
  // The sources of the configuration in force, from now on.
  void configure();
  // False: a call to a service is still open after `grace`.
  bool stop(Milliseconds grace);

 private:
  [[nodiscard]] pull::Parts parts(std::function<double()> random);

  const config::Current& current_;
  journal::Journal& journal_;
  intake::Intake& intake_;
  const Clock& clock_;
  outbound::HttpTransport transport_;
  outbound::SystemResolver resolver_;
  outbound::Fetcher fetcher_;
  pull::Runner runner_;
};

}  // namespace b24gate::cli
