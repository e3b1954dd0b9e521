#include "admin/admin.hpp"

#include <openssl/evp.h>

#include <map>
#include <string_view>

#include "admin/answers.hpp"
#include "base/ascii.hpp"
#include "journal/records.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::admin {
namespace {

// "user:password" out of an Authorization header; empty when there is none.
std::string basic_credentials(std::string_view header) {
  constexpr std::string_view basic = "Basic ";
  if (!ascii::same(header.substr(0, basic.size()), basic)) return {};
  const std::string_view encoded = header.substr(basic.size());
  if (encoded.size() > 4096 || encoded.size() % 4 != 0 || encoded.empty()) return {};
  std::string out(encoded.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(encoded.data()),
                                   static_cast<int>(encoded.size()));
  if (size < 0) return {};
  std::size_t length = static_cast<std::size_t>(size);
  for (std::size_t at = encoded.size(); at > 0 && encoded[at - 1] == '='; --at) --length;
  out.resize(length);
  return out;
}

double unix_seconds(TimePoint t) { return static_cast<double>(to_unix_ms(t)) / 1000; }

}  // namespace

Admin::Admin(const config::Current& current, journal::Journal& journal, const delivery::Engine& engine,
             const portal::Limiter& limiter, metrics::Metrics& metrics, Reloader& reloader,
             presence::Staff& staff, const portal::Application& application, const Clock& clock)
    : current_(current),
      journal_(journal),
      engine_(engine),
      limiter_(limiter),
      metrics_(metrics),
      reloader_(reloader),
      presence_(current, staff, clock),
      application_(application),
      clock_(clock) {
  metrics_.before_render([this](metrics::Metrics& collected) { collect(collected); });
}

void Admin::operator()(http::Request request, http::Responder respond) {
  const auto configuration = current_.get();
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/healthz") {
    respond(json_response(200, json::Value::object({{"status", "alive"}})));
    return;
  }
  if (request.path == "/readyz") {
    respond(ready(admitted(request, *configuration)));
    return;
  }
  if (!admitted(request, *configuration)) {
    auto response = error(401, "unauthorized", "a name and a password of admin.users are needed");
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"b24gate\"");
    respond(std::move(response));
    return;
  }
  if (PresenceApi::serves(request.path)) {
    presence_(request, std::move(respond));
  } else if (request.path == "/metrics" && get) {
    http::Response response;
    response.body = metrics_.render();
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    respond(std::move(response));
  } else if (request.path == "/api/v1/status" && get) {
    respond(json_response(200, status()));
  } else if (request.path == "/api/v1/reload") {
    if (request.method != "POST") {
      auto response = error(405, "method_not_allowed", "send a POST");
      response.headers.emplace_back("Allow", "POST");
      respond(std::move(response));
      return;
    }
    const ReloadState state = reloader_.reload();
    json::Value mistakes = json::Value(json::Array());
    for (const auto& mistake : state.mistakes) mistakes.push(mistake);
    respond(json_response(state.good ? 200 : 422,
                          json::Value::object({{"status", state.good ? "reloaded" : "kept"},
                                               {"config", current_.get()->hash},
                                               {"mistakes", std::move(mistakes)}})));
  } else {
    respond(error(404, "not_found", "nothing is here"));
  }
}

bool Admin::admitted(const http::Request& request, const config::Configuration& configuration) const {
  const auto& users = configuration.admin.users;
  if (users.empty()) return true;  // loopback only: check() sees to it
  const std::string credentials = basic_credentials(request.header("Authorization"));
  const std::size_t colon = std::min(credentials.find(':'), credentials.size());
  const std::string password = colon < credentials.size() ? credentials.substr(colon + 1) : "";
  bool good = false;  // every user is compared, so that the time tells nothing about names
  for (const auto& user : users) {
    const bool same_name = Secret(user.name).matches(credentials.substr(0, colon));
    const bool same_password = user.value.matches(password);
    good = good || (same_name && same_password);
  }
  return good;
}

http::Response Admin::ready(bool with_details) const {
  const journal::Health health = journal_.health();
  json::Value document = with_details ? status() : json::Value(json::Object());
  document["status"] = health.healthy ? "ready" : "not_ready";
  return json_response(health.healthy ? 200 : 503, document);
}

// Nothing here is secret, but it speaks of people and of the files: not for everybody.
json::Value Admin::status() const {
  const auto configuration = current_.get();
  const TimeZone& zone = configuration->portal.time_zone;
  const journal::Health health = journal_.health();
  json::Value journal = json::Value::object({{"healthy", health.healthy}});
  if (!health.healthy) {
    journal["reason"] = health.reason;
    journal["since"] = to_iso(health.since, zone);
  }
  const delivery::LaneState lane = engine_.lane();
  json::Value portal = json::Value::object({{"open", lane.open}});
  if (!lane.open) {
    portal["reason"] = lane.reason;
    if (!lane.advice.empty()) portal["advice"] = lane.advice;
    portal["since"] = to_iso(lane.since, zone);
    portal["next_probe"] = to_iso(lane.next_probe, zone);
  }
  const portal::Standing standing = application_.standing();
  json::Value application = json::Value::object({{"state", portal::name(standing.state)}});
  if (!standing.reason.empty()) application["reason"] = standing.reason;
  if (!standing.advice.empty()) application["advice"] = standing.advice;
  json::Value notices = json::Value(json::Array());
  for (const auto& notice : engine_.notices().standing()) {
    json::Value one = json::Value::object({{"kind", delivery::name(notice.kind)}, {"what", notice.what}});
    if (!notice.advice.empty()) one["advice"] = notice.advice;
    one["since"] = to_iso(notice.since, zone);
    notices.push(std::move(one));
  }
  const ReloadState reload = reloader_.last();
  json::Value config = json::Value::object({{"hash", configuration->hash},
                                            {"last_reload", reload.good ? "good" : "failed"},
                                            {"at", to_iso(reload.at, zone)}});
  for (const auto& mistake : reload.mistakes) config["mistakes"].push(mistake);
  return json::Value::object({{"status", "ready"},
                              {"journal", std::move(journal)},
                              {"portal", std::move(portal)},
                              {"application", std::move(application)},
                              {"notices", std::move(notices)},
                              {"config", std::move(config)}});
}

void Admin::collect(metrics::Metrics& metrics) const {
  const journal::Health health = journal_.health();
  metrics.gauge("b24gate_journal_healthy", "Whether the journal can be written.", health.healthy ? 1 : 0);
  const journal::WriterStats writer = journal_.stats();
  metrics.gauge("b24gate_journal_jobs", "Write jobs since the start.", static_cast<double>(writer.jobs));
  metrics.gauge("b24gate_journal_commits", "Commits since the start.", static_cast<double>(writer.commits));
  metrics.gauge("b24gate_journal_failed_commits", "Failed commits since the start.",
                static_cast<double>(writer.failed_commits));
  metrics.gauge("b24gate_journal_bytes", "Size of the journal on disk.",
                static_cast<double>(journal_.size_on_disk()));
  const delivery::LaneState lane = engine_.lane();
  metrics.gauge("b24gate_portal_open", "Whether deliveries to the portal go on.", lane.open ? 1 : 0);
  std::map<std::string_view, int> notices{{"method", 0}, {"drift", 0}};
  for (const auto& notice : engine_.notices().standing()) ++notices[delivery::name(notice.kind)];
  for (const auto& [kind, count] : notices)
    metrics.gauge("b24gate_notices", "What a person must mend, see /readyz.", "kind", std::string(kind),
                  count);
  const portal::Limiter::Snapshot limiter = limiter_.snapshot();
  metrics.gauge("b24gate_portal_bucket_level", "Requests in the portal's leaky bucket, as we count.",
                limiter.level);
  metrics.gauge("b24gate_portal_bucket_size", "Size of the portal's leaky bucket.", limiter.burst);
  metrics.gauge("b24gate_portal_refusals", "Requests refused by the portal's rate limit.",
                static_cast<double>(limiter.refusals));
  for (const auto& method : limiter.methods) {
    metrics.gauge("b24gate_portal_operating_seconds",
                  "Time that a method has used in the portal's 10 minutes.", "method", method.method,
                  method.operating_s);
  }
  auto reader = journal_.reader();
  const auto queue = reader ? journal::queue_stats(*reader) : tl::unexpected(reader.error());
  if (!queue) {
    log::write(log::journal_unreadable, {log::error(queue.error())});
    return;
  }
  for (const char* state : {"received", "delivering", "waiting", "failed"}) {
    const auto it = queue->by_state.find(state);
    metrics.gauge("b24gate_queue_events", "Events that are not at their end.", "state", state,
                  it == queue->by_state.end() ? 0 : static_cast<double>(it->second));
  }
  const double age =
      queue->oldest_unfinished ? unix_seconds(clock_.now()) - unix_seconds(*queue->oldest_unfinished) : 0;
  metrics.gauge("b24gate_queue_oldest_seconds", "Age of the oldest unfinished event.", age);
}

}  // namespace b24gate::admin
