// A telephone exchange for tests: services tell of calls, a real engine works on a journal, the stand-in
// portal keeps what it is told. All in one process, on a clock that the test drives.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/manual_clock.hpp"
#include "config/configuration.hpp"
#include "delivery/engine.hpp"
#include "delivery/recordings.hpp"
#include "journal/testing/fixture.hpp"
#include "json/value.hpp"
#include "metrics/metrics.hpp"
#include "portal/client.hpp"
#include "sandbox/portal.hpp"

namespace b24gate::calls {

// What is posted: connectors/<sample>, at a path behind the source, with other words in its text.
struct Told {
  std::string source;
  std::string sample;  // mango/samples/a11-summary.form
  std::vector<std::pair<std::string, std::string>> instead;
};

class Exchange {
 public:
  // `more` goes into config.yaml; without it records are not attached.
  explicit Exchange(const std::string& more = "", TimePoint now = from_unix_ms(1'773'299'700'000));
  ~Exchange();

  // Reads and records it, as intake does. The engine is not asked to work.
  void tell(const Told& told);
  // The engine works until nothing is due.
  void work();
  // Time passes in small steps, and the engine works after each.
  void pass(Milliseconds time);
  // The daemon is killed and started again.
  void restart();
  // Everything that was said about calls settles.
  void settle();

  [[nodiscard]] json::Value state() const { return portal.state(100'000, false); }
  // Calls that the portal has in its statistics, oldest first; of one client, or all.
  [[nodiscard]] json::Array finished(const std::string& phone = "") const;
  [[nodiscard]] json::Array open_calls() const;
  // Leads whose client has this phone.
  [[nodiscard]] json::Array leads(const std::string& phone) const;
  [[nodiscard]] json::Array tasks() const;
  // Events of the journal, oldest first.
  [[nodiscard]] std::vector<journal::EventRow> events() const;
  [[nodiscard]] std::vector<journal::DeliveryRow> deliveries(std::int64_t event) const;

  // What an administrator must know, each in a sentence.
  [[nodiscard]] std::vector<std::string> notices() const;

  ManualClock clock;
  sandbox::Portal portal;
  // When set, decides what becomes of a request before the portal sees it: true swallows the answer.
  std::function<bool(const std::string& method)> lose_answer;
  std::vector<std::string> methods;  // that were called, in order
  // What services answer when a record is fetched.
  delivery::Recordings::Fetch fetch;
  // One turn of the fetching of records, and what follows from it.
  void fetch_records();

 private:
  class Transport;
  void start();

  journal::testing::Fixture fixture_;
  std::shared_ptr<const config::Configuration> configuration_;
  std::unique_ptr<config::Current> current_;
  std::unique_ptr<Transport> transport_;
  metrics::Metrics metrics_;
  std::unique_ptr<portal::Limiter> limiter_;
  std::unique_ptr<portal::Client> client_;
  std::unique_ptr<delivery::Engine> engine_;
  std::unique_ptr<delivery::Recordings> recordings_;
};

}  // namespace b24gate::calls
