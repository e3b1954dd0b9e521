// What the portal itself sends: its events, and the installation of the local application.
#include <algorithm>

#include "base/ascii.hpp"
#include "connector/body.hpp"
#include "intake/answers.hpp"
#include "intake/arrival.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"
#include "portal/installation.hpp"
#include "text/form.hpp"

namespace b24gate::intake {
namespace {

// In the journal and in metrics: no source of the configuration.
constexpr const char* portal_source = "portal-events";
constexpr std::string_view install_ending = "/install";
constexpr std::string_view click_event = "onexternalcallstart";
// What an application with a page shows while it is installed: the portal waits for installFinish.
constexpr std::string_view install_page =
    "<!doctype html><meta charset=\"utf-8\"><title>b24gate</title>"
    "<script src=\"https://api.bitrix24.com/api/v1/\"></script>"
    "<script>BX24.init(function () { BX24.installFinish(); });</script>"
    "<p>b24gate: приложение установлено.</p>";

std::string without_tokens(const json::Value& body) {
  return json::write(json::Value::object({{"event", body["event"]}, {"data", body["data"]}}));
}

json::Value accepted_answer() { return json::Value::object({{"status", "accepted"}}); }

}  // namespace

// Source: bitrix24/events.md 9.2, transport.md "OAuth local application".
void Intake::portal_path(Arrival arrival) {
  const config::Portal& portal = arrival.configuration->portal;
  std::string_view secret = std::string_view(arrival.request.path).substr(portal_prefix.size());
  const bool to_install = secret.size() > install_ending.size() &&
                          secret.substr(secret.size() - install_ending.size()) == install_ending;
  if (to_install) secret.remove_suffix(install_ending.size());
  const bool installs = application_ && portal.application;
  if (portal.secret.empty() || (!installs && (to_install || portal.application_token.empty()))) {
    return refuse(arrival, nullptr,
                  error(404, "not_configured",
                        to_install ? "portal.secret and portal.application are not set"
                                   : "portal.secret and portal.application_token are not set"),
                  "portal events are not configured");
  }
  if (!portal.secret.matches(secret))
    return refuse(arrival, nullptr, error(401, "unauthorized", "the secret in the address is wrong"),
                  "wrong secret");
  if (arrival.request.method != "POST") {
    auto response = error(405, "method_not_allowed", "send a POST");
    response.headers.emplace_back("Allow", "POST");
    return refuse(arrival, nullptr, std::move(response), "method");
  }
  const auto body = text::parse_body(arrival.request.body, arrival.request.header("Content-Type"));
  if (!body) return refuse(arrival, nullptr, error(400, "unreadable", body.error().text()), "unreadable");
  if (to_install) {
    install(std::move(arrival), *body);
  } else {
    portal_event(std::move(arrival), *body);
  }
}

void Intake::portal_event(Arrival arrival, const json::Value& body) {
  const config::Portal& portal = arrival.configuration->portal;
  const std::string token = body["auth"]["application_token"].text();
  // Both are compared, so that the time tells nothing.
  const bool webhook = portal.application_token.matches(token);
  const bool application = application_ && application_->knows(token);
  if (!webhook && !application)
    return refuse(arrival, nullptr, error(401, "unauthorized", "the application token is wrong"),
                  "wrong application token");
  if (application) {
    const auto about = portal::read_about_application(body, {});
    if (about.kind == portal::AboutApplication::Kind::removed)
      return remove_application(std::move(arrival), about.application_token);
  }
  const std::string event = ascii::lower(body["event"].text());
  if (event == click_event && take_click(arrival, body)) {
    if (portal_told_) portal_told_(event);
    return;
  }
  keep_portal_event(std::move(arrival), body, event);
}

// On disk like every request before it is answered, without the tokens that came along. It brings no event:
// the portal tells ids only and never twice, what has changed is read from it.
void Intake::keep_portal_event(Arrival arrival, const json::Value& body, std::string event) {
  journal::NewRequest record;
  record.source = portal_source;
  record.connector = "portal";
  record.received_at = arrival.request.received_at;
  record.client_ip = arrival.client;
  record.method = arrival.request.method;
  record.target = std::string(portal_prefix) + std::string(connector::redacted);
  record.headers = R"([["Content-Type","application/json"]])";
  record.body = without_tokens(body);
  record.outcome = connector::name(connector::Outcome::ignored);
  record.reason = "what has changed is read from the portal";
  journal::Journal::Job job = [record = std::move(record)](journal::Tx& tx) -> Done {
    auto recorded = journal::record(tx, record, [](const journal::Recorded&) -> Result<std::string> {
      return json::write(accepted_answer());
    });
    if (!recorded) return fail(std::move(recorded.error()));
    return {};
  };
  const auto held = std::make_shared<Arrival>(std::move(arrival));
  journal_.write(std::move(job), [this, held, event = std::move(event)](const Done& done) {
    if (!done) {
      log::write(log::request_not_stored, {log::id("source", portal_source), log::error(done.error())});
      metrics_.request(portal_source, "not_stored", 503, clock_.steady() - held->began);
      return held->respond(not_stored());
    }
    if (portal_told_) portal_told_(event);
    metrics_.request(portal_source, "accepted", 200, clock_.steady() - held->began);
    held->respond(answer_of(200, accepted_answer()));
  });
}

// Kept without the tokens that came along. False: no source can read it.
bool Intake::take_click(Arrival& arrival, const json::Value& body) {
  const auto& sources = arrival.configuration->sources;
  const auto source = std::find_if(sources.begin(), sources.end(),
                                   [](const auto& one) { return one.connector->name() == "portal"; });
  if (source == sources.end()) return false;
  connector::Request request;
  request.method = "POST";
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = without_tokens(body);
  request.client_ip = arrival.client;
  request.received_at = arrival.request.received_at;
  const connector::Source settings = source->settings(
      arrival.configuration->portal.time_zone, arrival.configuration->phones.region, request.received_at);
  take_in(std::move(arrival), *source, std::move(request), settings, std::string(hook_prefix) + source->name);
  return true;
}

std::function<void(Done)> Intake::answer_when_kept(Arrival arrival, http::Response accepted) {
  // Shared, because a std::function must be copyable.
  const auto held = std::make_shared<Arrival>(std::move(arrival));
  return [this, held, accepted = std::move(accepted)](const Done& done) {
    if (done) {
      metrics_.request(portal_source, "accepted", 200, clock_.steady() - held->began);
      return held->respond(accepted);
    }
    log::write(log::application_refused, {log::error(done.error())});
    switch (done.error().kind) {
      case ErrorKind::refused:
        return refuse(*held, nullptr, error(403, "forbidden", done.error().what), "application");
      case ErrorKind::input:
        return refuse(*held, nullptr, error(400, "unreadable", done.error().what), "application");
      case ErrorKind::config:
        return refuse(*held, nullptr, error(404, "not_configured", done.error().what), "application");
      default:
        return refuse(*held, nullptr, not_stored(), "application not stored");
    }
  };
}

void Intake::install(Arrival arrival, const json::Value& body) {
  const auto query = text::parse_form(arrival.request.query);
  const auto about = portal::read_about_application(body, query ? *query : json::Value());
  switch (about.kind) {
    case portal::AboutApplication::Kind::installed: {
      http::Response accepted = answer_of(200, json::Value::object({{"status", "installed"}}));
      if (about.installation.by_page) {
        accepted.body = install_page;
        accepted.content_type = "text/html; charset=utf-8";
      }
      return application_->install(about.installation,
                                   answer_when_kept(std::move(arrival), std::move(accepted)));
    }
    case portal::AboutApplication::Kind::removed:
      return remove_application(std::move(arrival), about.application_token);
    case portal::AboutApplication::Kind::something_else:
      break;
  }
  refuse(arrival, nullptr, error(400, "unreadable", "this is no installation of an application"),
         "no installation");
}

void Intake::remove_application(Arrival arrival, const Secret& application_token) {
  http::Response accepted = answer_of(200, json::Value::object({{"status", "removed"}}));
  application_->remove(application_token, answer_when_kept(std::move(arrival), std::move(accepted)));
}

}  // namespace b24gate::intake
