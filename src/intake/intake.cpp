#include "intake/intake.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::intake {
namespace {

constexpr std::string_view hook_prefix = "/hook/";

http::Response error(int status, std::string_view code, std::string_view message) {
  http::Response response;
  response.status = status;
  response.body = json::write(json::Value::object({{"error", code}, {"message", message}}));
  return response;
}

http::Response answer_of(int status, const json::Value& answer) {
  http::Response response;
  response.status = status;
  if (const auto* text = answer.string()) {
    response.body = *text;
    response.content_type = "text/plain; charset=utf-8";
  } else {
    response.body = json::write(answer);
  }
  return response;
}

// Headers that are secrets wherever they come from; the vendor's own are the connector's to know.
bool is_secret_header(std::string_view name) {
  const auto same = [&](std::string_view other) {
    return name.size() == other.size() &&
           std::equal(name.begin(), name.end(), other.begin(), [](char a, char b) {
             return (a >= 'A' && a <= 'Z' ? a + 32 : a) == (b >= 'A' && b <= 'Z' ? b + 32 : b);
           });
  };
  return same("Authorization") || same("X-Api-Key") || same("Cookie") || same("Proxy-Authorization");
}

std::string headers_json(const std::vector<connector::Header>& headers) {
  json::Array out;
  for (const auto& [name, value] : headers) {
    out.push_back(json::Value::array({name, is_secret_header(name) ? std::string("***") : value}));
  }
  return json::write(json::Value(std::move(out)));
}

}  // namespace

// A request on its way to the disk and back to its sender.
struct Intake::Pending {
  std::shared_ptr<const config::Configuration> configuration;
  const config::Source* source = nullptr;
  Understood understood;
  journal::NewRequest record;
  http::Responder respond{nullptr};
  SteadyPoint began{};
  json::Value answer;
  std::string outcome;
  bool brought_events = false;
};

Intake::Intake(const config::Current& current, journal::Journal& journal, metrics::Metrics& metrics,
               const Clock& clock, const normalize::GeoDatabase* geo, std::function<void()> stored)
    : current_(current),
      journal_(journal),
      metrics_(metrics),
      clock_(clock),
      geo_(geo),
      stored_(std::move(stored)) {}

void Intake::operator()(http::Request request, http::Responder respond) {
  const SteadyPoint began = clock_.steady();
  auto configuration = current_.get();
  if (request.path.rfind(hook_prefix, 0) == 0) {
    hook(std::move(configuration), std::move(request), std::move(respond), began);
    return;
  }
  metrics_.request("unknown", "refused", 404, clock_.steady() - began);
  respond(error(404, "not_found", "nothing is here"));
}

void Intake::hook(std::shared_ptr<const config::Configuration> configuration, http::Request request,
                  http::Responder respond, SteadyPoint began) {
  const std::string_view path = std::string_view(request.path).substr(hook_prefix.size());
  const std::size_t slash = std::min(path.find('/'), path.size());
  const config::Source* source = configuration->source(path.substr(0, slash));
  const std::string rest(path.substr(slash));
  const std::string client = client_address(request, configuration->server.trusted_proxies);

  const auto refuse = [&](http::Response response, std::string_view why) {
    const std::string_view name = source ? std::string_view(source->name) : "unknown";
    log::write(log::request_refused, {log::id("source", name),
                                      {"status", response.status},
                                      log::id("why", why),
                                      log::id("client", client)});
    metrics_.request(name, "refused", response.status, clock_.steady() - began);
    respond(std::move(response));
  };

  if (!source)
    return refuse(error(404, "unknown_source", "no source of this name is configured"), "unknown source");
  if (request.method != "POST" && request.method != "GET") {
    auto response = error(405, "method_not_allowed", "send a POST or a GET");
    response.headers.emplace_back("Allow", "GET, POST");
    return refuse(std::move(response), "method");
  }
  const auto& allow = source->allow;
  if (!allow.empty() && std::none_of(allow.begin(), allow.end(), [&](const yaml::Network& network) {
        return network.contains(client);
      })) {
    return refuse(error(403, "forbidden", "this address may not post here"), "address is not in allow:");
  }

  connector::Request read;
  read.method = request.method;
  read.query = std::move(request.query);
  read.headers = std::move(request.headers);
  read.body = std::move(request.body);
  read.client_ip = client;
  read.received_at = request.received_at;
  const connector::Source settings =
      source->settings(configuration->portal.time_zone, configuration->phones.region, read.received_at);
  const Admitted admitted = admit(*source->connector, settings, read, rest);
  if (admitted.admission != Admission::admitted) {
    const bool missing = admitted.admission == Admission::missing;
    return refuse(
        error(401, "unauthorized", missing ? "the secret is missing" : "the secret or signature is wrong"),
        missing ? "secret missing" : "secret or signature wrong");
  }
  // Only those who know the secret use up the source's rate.
  if (source->rate) {
    if (const auto wait = rates_.take(source->name, *source->rate, began)) {
      auto response = error(429, "too_many_requests", "this source sends more than its rate allows");
      response.headers.emplace_back("Retry-After", std::to_string((wait->count() + 999) / 1000));
      return refuse(std::move(response), "rate");
    }
  }

  auto pending = std::make_shared<Pending>();
  normalize::Options normalization;
  normalization.phone_region = configuration->phones.region;
  normalization.geo = geo_;
  pending->understood = understand(*configuration, *source, read, normalization);
  if (pending->understood.outcome == connector::Outcome::refused) {
    const auto& understood = pending->understood;
    return refuse(understood.answer.is_null() ? error(understood.status, "refused", understood.reason)
                                              : answer_of(understood.status, understood.answer),
                  "refused by the connector");
  }
  source->connector->redact(read, settings);
  journal::NewRequest& record = pending->record;
  record.source = source->name;
  record.connector = source->connector->name();
  record.received_at = read.received_at;
  record.client_ip = client;
  record.method = read.method;
  record.target = fmt::format("/hook/{}{}{}{}{}", source->name, rest == admitted.path ? "" : "/***",
                              admitted.path, read.query.empty() ? "" : "?", read.query);
  record.headers = headers_json(read.headers);
  record.body = std::move(read.body);
  record.status = pending->understood.status;
  record.outcome = connector::name(pending->understood.outcome);
  record.reason = pending->understood.reason;
  for (auto& one : pending->understood.events) {
    journal::NewEvent& event = record.events.emplace_back();
    event.key = one.event.key;
    event.kind = event::name(one.event.kind);
    event.occurred_at = one.event.occurred_at;
    event.deliver = one.event.creates_lead;
    if (!event.deliver) event.reason = "create_lead_when is not met: " + source->mapping.create_lead_when();
    event.identities = identities_of(one.event);
    event.data = json::write(one.json);
  }
  pending->source = source;
  pending->configuration = std::move(configuration);
  pending->respond = std::move(respond);
  pending->began = began;
  store(std::move(pending));
}

void Intake::store(std::shared_ptr<Pending> pending) {
  auto job = [pending](journal::Tx& tx) -> Done {
    auto recorded = journal::record(tx, pending->record);
    if (!recorded) return tl::unexpected(recorded.error());
    pending->outcome = recorded->outcome;
    pending->brought_events = !recorded->event_ids.empty();
    pending->answer = pending->understood.answer;
    if (pending->understood.outcome == connector::Outcome::unreadable && pending->answer.is_null()) {
      pending->answer =
          json::Value::object({{"error", "unreadable"}, {"message", pending->understood.reason}});
    }
    if (pending->answer.is_null()) {
      pending->answer = json::Value::object(
          {{"status", recorded->outcome}, {"id", "r" + std::to_string(recorded->request_id)}});
    }
    return journal::set_answer(tx, recorded->request_id, json::write(pending->answer));
  };
  auto done = [this, pending](Done stored) {
    const Milliseconds took = clock_.steady() - pending->began;
    const std::string& name = pending->source->name;
    if (!stored) {
      log::write(log::request_not_stored, {log::id("source", name), log::error(stored.error())});
      metrics_.request(name, "not_stored", 503, took);
      auto response = error(503, "not_stored", "the request could not be stored; send it again later");
      response.headers.emplace_back("Retry-After", "30");
      pending->respond(std::move(response));
      return;
    }
    if (pending->understood.outcome == connector::Outcome::unreadable) {
      log::write(log::request_unreadable,
                 {log::id("source", name), log::id("why", pending->understood.reason)});
    }
    log::write(log::request_stored, {log::id("source", name), log::id("outcome", pending->outcome)});
    metrics_.request(name, pending->outcome, pending->understood.status, took);
    pending->respond(answer_of(pending->understood.status, pending->answer));
    if (pending->brought_events) stored_();
  };
  journal_.write(std::move(job), std::move(done));
}

std::string client_address(const http::Request& request, const std::vector<yaml::Network>& trusted_proxies) {
  const auto trusted = [&](std::string_view address) {
    return std::any_of(trusted_proxies.begin(), trusted_proxies.end(),
                       [&](const yaml::Network& network) { return network.contains(address); });
  };
  std::string address = request.peer;
  if (!trusted(address)) return address;
  // Several headers are one list in their order; walk it from the end while proxies of ours speak.
  std::string list;
  for (const auto& [name, value] : request.headers) {
    if (name.size() == 15 && std::equal(name.begin(), name.end(), "x-forwarded-for", [](char a, char b) {
          return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
        })) {
      list += (list.empty() ? "" : ",") + value;
    }
  }
  while (!list.empty() && trusted(address)) {
    const std::size_t comma = list.rfind(',');
    std::string_view last =
        comma == std::string::npos ? std::string_view(list) : std::string_view(list).substr(comma + 1);
    while (!last.empty() && last.front() == ' ') last.remove_prefix(1);
    while (!last.empty() && last.back() == ' ') last.remove_suffix(1);
    if (last.empty() || last.size() > 64) break;
    address = std::string(last);
    list.resize(comma == std::string::npos ? 0 : comma);
  }
  return address;
}

}  // namespace b24gate::intake
