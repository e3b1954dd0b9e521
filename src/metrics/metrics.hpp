// What Prometheus reads at /metrics. Labels are bounded: names out of the configuration, methods and classes
// of ours; never anything that a visitor or a vendor typed. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace b24gate::metrics {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // One request at the public listener; `source` is a configured name or "unknown".
  void request(std::string_view source, std::string_view outcome, int status, Milliseconds took);
  // One command to the portal.
  void portal_command(std::string_view method, std::string_view error_class);
  // One HTTP request to the portal, whatever it carried.
  void portal_request(std::string_view error_class, Milliseconds took);
  // An event reached a state: delivered, waiting, failed, …; with `since_received` for delivered ones.
  void event(std::string_view source, std::string_view state, Milliseconds since_received);
  void reload(bool good, TimePoint at, std::string_view config_hash);

  // Sets a gauge; for values that are asked for at the time of a scrape.
  void gauge(std::string_view name, std::string_view help, double value);
  void gauge(std::string_view name, std::string_view help, std::string_view label,
             std::string_view label_value, double value);
  // Called before each render: sets the gauges that describe the present.
  void before_render(std::function<void(Metrics&)> collect);

  // Prometheus' text format.
  [[nodiscard]] std::string render();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace b24gate::metrics
