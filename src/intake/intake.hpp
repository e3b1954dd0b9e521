// The public listener's handler: a webhook comes in, is proved, read, stored, and then answered.
//
// Thread-safe; called on the HTTP server's loops, never blocks: the answer is given from the journal's writer
// once the request is on disk. A 2xx is never given before that. What is refused (unknown source, wrong
// secret, too many) is counted and logged, not stored: strangers must not be able to fill the disk.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/time.hpp"
#include "config/configuration.hpp"
#include "http/server.hpp"
#include "intake/rate.hpp"
#include "intake/understand.hpp"
#include "journal/journal.hpp"
#include "metrics/metrics.hpp"
#include "normalize/normalize.hpp"
#include "portal/application.hpp"

namespace b24gate::intake {

class Intake {
 public:
  // All must outlive it. `stored` is called after a commit that brought new events, on the thread that
  // answers (a loop of the server's) or that of feed().
  Intake(const config::Current& current, journal::Journal& journal, metrics::Metrics& metrics,
         const Clock& clock, const normalize::GeoDatabase* geo, std::function<void()> stored);

  void operator()(http::Request request, http::Responder respond);
  // Called for each event that the portal's outgoing webhook tells of, with its name in lower case, when the
  // request is on disk (on the journal's writer, or before a click is stored: a click on a number is a
  // request of the source that reads the portal). REQUIRES: before the first request.
  void on_portal_event(std::function<void(const std::string& event)> told) { portal_told_ = std::move(told); }
  // The portal's local application: it is installed and removed by POST /portal/{secret}/install, and its
  // token proves events too. What an installation carries is kept by the application alone, never stored as a
  // request; 200 comes when it is on disk. REQUIRES: before the first request; outlives this.
  void use_application(portal::Application& application) { application_ = &application; }

  // What asking a service has found, as if it had come: stored when something in it is new. Waits for the
  // disk. REQUIRES: not on the journal's writer.
  Result<std::size_t> feed(const std::string& source, connector::Request request);

 private:
  struct Pending;
  struct Arrival;
  void hook(Arrival arrival);
  void own_path(Arrival arrival);
  void portal_path(Arrival arrival);
  void portal_event(Arrival arrival, const json::Value& body);
  bool take_click(Arrival& arrival, const json::Value& body);
  void keep_portal_event(Arrival arrival, const json::Value& body, std::string event);
  void install(Arrival arrival, const json::Value& body);
  void remove_application(Arrival arrival, const Secret& application_token);
  // How the application took it: 200 with `accepted`, or the refusal that fits the error.
  std::function<void(Done)> answer_when_kept(Arrival arrival, http::Response accepted);
  void take_in(Arrival arrival, const config::Source& source, connector::Request request,
               connector::Source settings, std::string target);
  void refuse(Arrival& arrival, const config::Source* source, http::Response response, std::string_view why);
  bool may_ask(Arrival& arrival, const config::Source& source);
  void store(std::shared_ptr<Pending> pending);
  // The answer to what has been stored, or could not be; says so to log and metrics.
  http::Response answer_stored(Pending& pending);
  [[nodiscard]] normalize::Options normalization_of(const config::Configuration& configuration) const;

  const config::Current& current_;
  journal::Journal& journal_;
  metrics::Metrics& metrics_;
  const Clock& clock_;
  const normalize::GeoDatabase* geo_;
  std::function<void()> stored_;
  std::function<void(const std::string&)> portal_told_;
  portal::Application* application_ = nullptr;
  RateLimits rates_;
};

// The visitor's address: the peer's, or what trusted proxies say in X-Forwarded-For (the last address that is
// not a trusted proxy's).
std::string client_address(const http::Request& request, const std::vector<yaml::Network>& trusted_proxies);

}  // namespace b24gate::intake
