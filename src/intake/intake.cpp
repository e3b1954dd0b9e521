#include "intake/intake.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "connector/body.hpp"
#include "intake/answers.hpp"
#include "intake/arrival.hpp"
#include "intake/stored.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::intake {
namespace {

// A source whose name the path begins with and which proves its requests itself: whoever is not it is
// refused.
const config::Source* longest_prefix(const config::Configuration& configuration, std::string_view path) {
  const config::Source* found = nullptr;
  for (const auto& source : configuration.sources) {
    if (path.substr(0, source.name.size()) != source.name || !source.connector->can_prove(source.options))
      continue;
    if (!found || found->name.size() < source.name.size()) found = &source;
  }
  return found;
}

connector::Request to_connector(http::Request& request, const std::string& client) {
  connector::Request out;
  out.method = request.method;
  out.query = std::move(request.query);
  out.headers = std::move(request.headers);
  out.body = std::move(request.body);
  out.client_ip = client;
  out.received_at = request.received_at;
  return out;
}

}  // namespace

// A request on its way to the disk and back to its sender.
struct Intake::Pending {
  std::shared_ptr<const config::Configuration> configuration;
  const config::Source* source = nullptr;
  connector::Source settings;
  Understood understood;
  journal::NewRequest record;
  http::Responder respond{nullptr};
  SteadyPoint began{};
  std::string_view refused_as;
  http::Response answer;
  std::int64_t request_id = 0;
  std::string outcome;
  bool brought_events = false;
  Done kept;  // how the writing ended

  // On the journal's writer, inside its transaction.
  Done store(journal::Tx& tx);
  // `secrets`: what of the answer is one.
  [[nodiscard]] http::Response make_answer(const journal::Recorded& recorded,
                                           const std::optional<journal::ClientRow>& client,
                                           std::vector<Secret>& secrets) const;
};

http::Response Intake::Pending::make_answer(const journal::Recorded& recorded,
                                            const std::optional<journal::ClientRow>& client,
                                            std::vector<Secret>& secrets) const {
  if (understood.outcome == connector::Outcome::unreadable) {
    json::Value body = understood.answer;
    if (body.is_null()) {
      body = json::Value::object(
          {{"error", "unreadable"}, {"message", understood.reason}, {"id", number_of(recorded.request_id)}});
    }
    return refusal(*source, connector::Refusal::unreadable, refused_as, answer_of(understood.status, body));
  }
  connector::Stored stored;
  stored.request_id = recorded.request_id;
  stored.duplicate = recorded.outcome == "duplicate";
  stored.event_ids = recorded.in_order;
  if (client) stored.client = client_of(*client, *configuration);
  if (!source->capture) {
    if (auto own = source->connector->answer(understood.reading, settings, stored)) {
      secrets = std::move(own->secrets);
      return answer_of(*own);
    }
  }
  if (!understood.answer.is_null()) return answer_of(understood.status, understood.answer);
  return answer_of(understood.status, json::Value::object({{"status", recorded.outcome},
                                                           {"id", number_of(recorded.request_id)}}));
}

Done Intake::Pending::store(journal::Tx& tx) {
  const auto answer_as = [&](const journal::Recorded& recorded) -> Result<std::string> {
    std::optional<journal::ClientRow> client;
    if (understood.phone && !understood.phone->empty()) {
      auto known = journal::client(tx, *understood.phone);
      if (!known) return tl::unexpected(known.error());
      client = std::move(*known);
    }
    std::vector<Secret> secrets;
    answer = make_answer(recorded, client, secrets);
    std::string as_stored = answer.body;
    connector::redact_text(as_stored, secrets);
    return as_stored;
  };
  auto recorded = journal::record(tx, record, answer_as);
  if (!recorded) return tl::unexpected(recorded.error());
  request_id = recorded->request_id;
  outcome = recorded->outcome;
  brought_events = !recorded->event_ids.empty();
  return {};
}

Intake::Intake(const config::Current& current, journal::Journal& journal, metrics::Metrics& metrics,
               const Clock& clock, const normalize::GeoDatabase* geo, std::function<void()> stored)
    : current_(current),
      journal_(journal),
      metrics_(metrics),
      clock_(clock),
      geo_(geo),
      stored_(std::move(stored)) {}

void Intake::operator()(http::Request request, http::Responder respond) {
  Arrival arrival;
  arrival.began = clock_.steady();
  arrival.configuration = current_.get();
  arrival.client = client_address(request, arrival.configuration->server.trusted_proxies);
  arrival.request = std::move(request);
  arrival.respond = std::move(respond);
  if (arrival.request.path.rfind(hook_prefix, 0) == 0) {
    hook(std::move(arrival));
  } else if (arrival.request.path.rfind(portal_prefix, 0) == 0) {
    portal_path(std::move(arrival));
  } else {
    own_path(std::move(arrival));
  }
}

void Intake::refuse(Arrival& arrival, const config::Source* source, http::Response response,
                    std::string_view why) {
  const std::string_view name = source ? std::string_view(source->name) : "unknown";
  log::write(log::request_refused, {log::id("source", name),
                                    {"status", response.status},
                                    log::id("why", why),
                                    log::id("client", arrival.client)});
  metrics_.request(name, "refused", response.status, clock_.steady() - arrival.began);
  arrival.respond(std::move(response));
}

void Intake::hook(Arrival arrival) {
  const std::string_view path = std::string_view(arrival.request.path).substr(hook_prefix.size());
  const std::size_t slash = std::min(path.find('/'), path.size());
  const config::Source* source = arrival.configuration->source(path.substr(0, slash));
  std::string rest(path.substr(slash));
  if (!source) {
    // Mango glues its paths to the address without a slash: /hook/pbxevents/call.
    source = longest_prefix(*arrival.configuration, path);
    if (source) rest = "/" + std::string(path.substr(source->name.size()));
  }
  if (!source) {
    return refuse(arrival, nullptr, error(404, "unknown_source", "no source of this name is configured"),
                  "unknown source");
  }
  if (!may_ask(arrival, *source)) return;
  connector::Request read = to_connector(arrival.request, arrival.client);
  connector::Source settings = source->settings(arrival.configuration->portal.time_zone,
                                                arrival.configuration->phones.region, read.received_at);
  const Admitted admitted = admit(*source->connector, settings, read, rest);
  if (admitted.admission != Admission::admitted) {
    const bool missing = admitted.admission == Admission::missing;
    connector::Failure failure{"missing", "secret missing"};
    if (!missing) failure = source->connector->verify_failure(read, settings);
    return refuse(arrival, source,
                  refusal(*source, connector::Refusal::unauthorized, failure.code,
                          error(401, "unauthorized",
                                missing ? "the secret is missing" : "the secret or signature is wrong")),
                  failure.reason.empty() ? "secret or signature wrong" : failure.reason);
  }
  std::string target =
      fmt::format("{}{}{}{}", hook_prefix, source->name, rest == admitted.path ? "" : "/***", admitted.path);
  take_in(std::move(arrival), *source, std::move(read), std::move(settings), std::move(target));
}

// A path that a service insists on: the source is the one whose proof the request carries.
void Intake::own_path(Arrival arrival) {
  const config::Source* speaks = nullptr;  // some source that knows the path, for the words of a refusal
  for (const auto& source : arrival.configuration->sources) {
    const std::string_view own = source.connector->own_path();
    if (!own.empty() && own == arrival.request.path) speaks = &source;
  }
  if (!speaks) return refuse(arrival, nullptr, error(404, "not_found", "nothing is here"), "path");
  const std::string target = arrival.request.path;
  connector::Request read = to_connector(arrival.request, arrival.client);
  read.path = target;
  const auto settings_of = [&](const config::Source& source) {
    return source.settings(arrival.configuration->portal.time_zone, arrival.configuration->phones.region,
                           read.received_at);
  };
  arrival.refused_as = speaks->connector->own_path_refusal();
  for (const auto& source : arrival.configuration->sources) {
    if (source.connector != speaks->connector) continue;
    const connector::Source settings = settings_of(source);
    if (source.connector->verify(read, settings) != connector::Proof::good) continue;
    if (!may_ask(arrival, source)) return;
    return take_in(std::move(arrival), source, std::move(read), settings, target);
  }
  refuse(arrival, speaks,
         refusal(*speaks, connector::Refusal::unauthorized, arrival.refused_as,
                 error(401, "unauthorized", "the login, password or key is missing or wrong")),
         "secret missing or wrong");
}

// Whether this method and this address may speak to the source at all; refuses when not.
bool Intake::may_ask(Arrival& arrival, const config::Source& source) {
  if (arrival.request.method != "POST" && arrival.request.method != "GET") {
    auto response = error(405, "method_not_allowed", "send a POST or a GET");
    response.headers.emplace_back("Allow", "GET, POST");
    refuse(arrival, &source,
           refusal(source, connector::Refusal::method, arrival.refused_as, std::move(response)), "method");
    return false;
  }
  const auto& allow = source.allow;
  if (!allow.empty() && std::none_of(allow.begin(), allow.end(), [&](const yaml::Network& network) {
        return network.contains(arrival.client);
      })) {
    refuse(arrival, &source,
           refusal(source, connector::Refusal::forbidden, arrival.refused_as,
                   error(403, "forbidden", "this address may not post here")),
           "address is not in allow:");
    return false;
  }
  return true;
}

void Intake::take_in(Arrival arrival, const config::Source& source, connector::Request request,
                     connector::Source settings, std::string target) {
  // Only those who know the secret use up the source's rate.
  if (source.rate) {
    if (const auto wait = rates_.take(source.name, *source.rate, arrival.began)) {
      auto response = error(429, "too_many_requests", "this source sends more than its rate allows");
      response.headers.emplace_back("Retry-After", std::to_string((wait->count() + 999) / 1000));
      return refuse(arrival, &source,
                    refusal(source, connector::Refusal::too_many, arrival.refused_as, std::move(response)),
                    "rate");
    }
  }
  auto pending = std::make_shared<Pending>();
  pending->understood = source.capture ? captured(request, arrival.configuration->portal.time_zone)
                                       : understand(*arrival.configuration, source, settings, request,
                                                    normalization_of(*arrival.configuration));
  if (pending->understood.outcome == connector::Outcome::refused) {
    const auto& understood = pending->understood;
    return refuse(arrival, &source,
                  understood.answer.is_null() ? error(understood.status, "refused", understood.reason)
                                              : answer_of(understood.status, understood.answer),
                  "refused by the connector");
  }
  pending->record = record_of(*arrival.configuration, source, settings, std::move(request),
                              pending->understood, std::move(target), source.capture ? "capture" : "webhook");
  pending->understood.events.clear();  // in the record now: made by this thread, freed by this thread
  pending->source = &source;
  pending->settings = std::move(settings);
  pending->configuration = std::move(arrival.configuration);
  pending->respond = std::move(arrival.respond);
  pending->began = arrival.began;
  pending->refused_as = arrival.refused_as;
  store(std::move(pending));
}

normalize::Options Intake::normalization_of(const config::Configuration& configuration) const {
  normalize::Options out;
  out.phone_region = configuration.phones.region;
  out.geo = geo_;
  return out;
}

void Intake::store(std::shared_ptr<Pending> pending) {
  // Everything but the transaction is the loop's: the writer, for which all wait, only hands over, and what
  // the loop has allocated it also frees. The job lives no longer than what keeps the request.
  auto job = [one = pending.get()](journal::Tx& tx) { return one->store(tx); };
  auto done = [this, pending = std::move(pending)](Done stored) mutable {
    pending->kept = std::move(stored);
    http::Responder respond = std::move(pending->respond);
    respond.later([this, pending = std::move(pending)] { return answer_stored(*pending); });
  };
  journal_.write(std::move(job), std::move(done));
}

http::Response Intake::answer_stored(Pending& pending) {
  const Milliseconds took = clock_.steady() - pending.began;
  const std::string& name = pending.source->name;
  if (!pending.kept) {
    log::write(log::request_not_stored, {log::id("source", name), log::error(pending.kept.error())});
    auto response =
        refusal(*pending.source, connector::Refusal::not_stored, pending.refused_as, not_stored());
    metrics_.request(name, "not_stored", response.status, took);
    return response;
  }
  if (pending.understood.outcome == connector::Outcome::unreadable) {
    log::write(log::request_unreadable,
               {log::id("source", name), log::id("request", number_of(pending.request_id)),
                log::id("why", pending.understood.reason)});
  }
  log::write(log::request_stored, {log::id("source", name), log::id("outcome", pending.outcome)});
  metrics_.request(name, pending.outcome, pending.answer.status, took);
  if (pending.brought_events) stored_();
  return std::move(pending.answer);
}

Result<std::size_t> Intake::feed(const std::string& name, connector::Request request) {
  const auto configuration = current_.get();
  const config::Source* source = configuration->source(name);
  if (!source) return fail(ErrorKind::refused, name, "the source is not configured any more");
  const connector::Source settings =
      source->settings(configuration->portal.time_zone, configuration->phones.region, request.received_at);
  const Understood understood =
      understand(*configuration, *source, settings, request, normalization_of(*configuration));
  const std::string target = fmt::format("{}{}{}", hook_prefix, name, request.path);
  const journal::NewRequest record =
      record_of(*configuration, *source, settings, std::move(request), understood, target, "pull");
  std::size_t brought = 0;
  const Done stored = journal_.write_now([&](journal::Tx& tx) -> Done {
    brought = 0;
    // What the webhooks have brought leaves no trace: it would be found again every hour.
    auto known = journal::all_known(tx, record);
    if (!known) return tl::unexpected(known.error());
    if (*known) return {};
    auto recorded = journal::record(tx, record);
    if (!recorded) return tl::unexpected(recorded.error());
    brought = recorded->event_ids.size();
    return {};
  });
  if (!stored) return tl::unexpected(stored.error());
  if (brought > 0) stored_();
  return brought;
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
    if (ascii::same(name, "X-Forwarded-For")) list += (list.empty() ? "" : ",") + value;
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
