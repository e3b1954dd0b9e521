#include "metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <vector>

namespace b24gate::metrics {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

double seconds(Milliseconds time) { return static_cast<double>(time.count()) / 1000; }

const prometheus::Histogram::BucketBoundaries request_buckets{0.001, 0.002, 0.005, 0.01, 0.025, 0.05,
                                                              0.1,   0.25,  1,     5,    30};
const prometheus::Histogram::BucketBoundaries portal_buckets{0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60};
const prometheus::Histogram::BucketBoundaries delivery_buckets{0.1, 0.5, 1, 2, 5, 15, 60, 300, 3600, 86400};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = BuildCounter()
                                                          .Name("b24gate_requests_total")
                                                          .Help("Requests at the public listener.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& request_seconds =
      BuildHistogram().Name("b24gate_request_seconds").Help("Time to answer a webhook.").Register(registry);
  prometheus::Family<prometheus::Counter>& commands =
      BuildCounter().Name("b24gate_portal_commands_total").Help("Commands to the portal.").Register(registry);
  prometheus::Family<prometheus::Counter>& portal_requests = BuildCounter()
                                                                 .Name("b24gate_portal_requests_total")
                                                                 .Help("HTTP requests to the portal.")
                                                                 .Register(registry);
  prometheus::Family<prometheus::Histogram>& portal_seconds =
      BuildHistogram()
          .Name("b24gate_portal_seconds")
          .Help("Time of an HTTP request to the portal.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& events =
      BuildCounter().Name("b24gate_events_total").Help("Events that reached a state.").Register(registry);
  prometheus::Family<prometheus::Histogram>& delivery_seconds =
      BuildHistogram()
          .Name("b24gate_delivery_seconds")
          .Help("Time from webhook to the last delivery.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& reloads = BuildCounter()
                                                         .Name("b24gate_config_reloads_total")
                                                         .Help("Reloads of the configuration.")
                                                         .Register(registry);
  std::mutex mutex;
  std::vector<std::function<void(Metrics&)>> collectors;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::request(std::string_view source, std::string_view outcome, int status, Milliseconds took) {
  impl_->requests
      .Add({{"source", std::string(source)},
            {"outcome", std::string(outcome)},
            {"status", std::to_string(status)}})
      .Increment();
  impl_->request_seconds.Add({{"source", std::string(source)}}, request_buckets).Observe(seconds(took));
}

void Metrics::portal_command(std::string_view method, std::string_view error_class) {
  impl_->commands.Add({{"method", std::string(method)}, {"class", std::string(error_class)}}).Increment();
}

void Metrics::portal_request(std::string_view error_class, Milliseconds took) {
  impl_->portal_requests.Add({{"class", std::string(error_class)}}).Increment();
  impl_->portal_seconds.Add({}, portal_buckets).Observe(seconds(took));
}

void Metrics::event(std::string_view source, std::string_view state, Milliseconds since_received) {
  impl_->events.Add({{"source", std::string(source)}, {"state", std::string(state)}}).Increment();
  if (state == "delivered") {
    impl_->delivery_seconds.Add({{"source", std::string(source)}}, delivery_buckets)
        .Observe(seconds(since_received));
  }
}

void Metrics::reload(bool good, TimePoint at, std::string_view config_hash) {
  impl_->reloads.Add({{"result", good ? "good" : "failed"}}).Increment();
  gauge("b24gate_config_last_reload_successful", "Whether the last reload was good.", good ? 1 : 0);
  if (!good) return;
  gauge("b24gate_config_last_reload_success_timestamp_seconds", "When the configuration in force was read.",
        static_cast<double>(to_unix_ms(at)) / 1000);
  // The hash as a number, so that it is one series whatever the configuration.
  double hash = 0;
  for (const char c : config_hash) hash = hash * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
  gauge("b24gate_config_hash", "Hash of the configuration in force.", hash);
}

void Metrics::gauge(std::string_view name, std::string_view help, double value) {
  BuildGauge().Name(std::string(name)).Help(std::string(help)).Register(impl_->registry).Add({}).Set(value);
}

void Metrics::gauge(std::string_view name, std::string_view help, std::string_view label,
                    std::string_view label_value, double value) {
  BuildGauge()
      .Name(std::string(name))
      .Help(std::string(help))
      .Register(impl_->registry)
      .Add({{std::string(label), std::string(label_value)}})
      .Set(value);
}

void Metrics::before_render(std::function<void(Metrics&)> collect) {
  const std::lock_guard lock(impl_->mutex);
  impl_->collectors.push_back(std::move(collect));
}

std::string Metrics::render() {
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& collect : impl_->collectors) collect(*this);
  }
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace b24gate::metrics
