#include "cli/dry_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/os_error.hpp"
#include "delivery/order.hpp"
#include "delivery/plan_call.hpp"
#include "event/merge.hpp"
#include "portal/card.hpp"

namespace b24gate::cli {
namespace {

constexpr std::string_view hook_prefix = "/hook/";

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(by, from), text.size());
    if (end > from) out.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return out;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

delivery::ClientFacts supposed_client(const std::string& known) {
  delivery::ClientFacts client;
  client.known = known == "open-lead" || known == "client";
  if (known == "open-lead") client.open_lead = delivery::OpenLead{1, 0, {}};
  if (known == "client") client.contact_id = 1;
  client.summary = known.empty() || known == "nobody" ? "unknown to the portal" : "supposed: " + known;
  return client;
}

// Somebody who is known: the account manager's client.
connector::Client supposed_answer(const config::Configuration& configuration, const std::string& known) {
  journal::ClientRow row;
  row.name = "Известный клиент";
  row.card = known == "open-lead" ? "lead:1" : "contact:1";
  if (const auto* manager = configuration.roster.account_manager()) row.user_id = manager->user_id;
  return intake::client_of(row, configuration);
}

Result<connector::Request> parse_http(const std::string& bytes) {
  connector::Request request;
  std::size_t at = 0;
  const auto line = [&]() -> std::optional<std::string> {
    if (at >= bytes.size()) return std::nullopt;
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    std::string text = bytes.substr(at, end - at);
    at = end + 1;
    if (!text.empty() && text.back() == '\r') text.pop_back();
    return text;
  };
  const auto first = line();
  const auto words = first ? split(*first, ' ') : std::vector<std::string>();
  if (words.size() < 2)
    return fail(ErrorKind::input, "line 1", "no request line like: POST /hook/site/secret HTTP/1.1");
  request.method = words[0];
  const std::size_t question = std::min(words[1].find('?'), words[1].size());
  request.path = words[1].substr(0, question);
  request.query = question < words[1].size() ? words[1].substr(question + 1) : "";
  for (auto text = line(); text && !text->empty(); text = line()) {
    const std::size_t colon = text->find(':');
    if (colon == std::string::npos)
      return fail(ErrorKind::input, "headers", fmt::format("no header: '{}'", *text));
    std::string value = text->substr(colon + 1);
    value.erase(0, value.find_first_not_of(' '));
    request.headers.emplace_back(text->substr(0, colon), value);
  }
  if (at < bytes.size()) request.body = bytes.substr(at);
  const std::string_view declared = request.header("Content-Length");
  if (!declared.empty() && declared.find_first_not_of("0123456789") == std::string_view::npos &&
      declared.size() < 10) {
    const auto size = std::stoul(std::string(declared));
    if (size < request.body.size()) request.body.resize(size);
  }
  return request;
}

}  // namespace

namespace {

// Of a whole request (.http) the path is what follows the source and its secret; a secret that is not the
// source's stands for it all the same, unless the request proves itself by what it holds.
void strip_hook(connector::Request& request, const connector::Connector& connector,
                const connector::Source& settings) {
  if (request.path.rfind(hook_prefix, 0) != 0) return;
  const std::size_t source_end = std::min(request.path.find('/', hook_prefix.size()), request.path.size());
  request.path.erase(0, source_end);
  const std::string whole = request.path;
  const std::size_t secret_end = whole.empty() ? 0 : std::min(whole.find('/', 1), whole.size());
  const bool right = secret_end > 1 &&
                     std::any_of(settings.secrets.begin(), settings.secrets.end(), [&](const Secret& secret) {
                       return secret.matches(whole.substr(1, secret_end - 1));
                     });
  if (right || connector.verify(request, settings) != connector::Proof::good)
    request.path.erase(0, secret_end);
}

// What the listener refuses before it looks for a secret.
std::optional<DryRun> refused_at_the_door(const connector::Request& request,
                                          const connector::Connector& connector, bool whole) {
  const auto refused = [](int status, std::string_view code, std::string_view message, std::string reason) {
    DryRun out;
    out.status = status;
    out.outcome = "refused";
    out.reason = std::move(reason);
    out.understood.answer = json::Value::object({{"error", code}, {"message", message}});
    return out;
  };
  const bool known = request.path.rfind(hook_prefix, 0) == 0 ||
                     (!connector.own_path().empty() && request.path == connector.own_path());
  if (whole && !known)
    return refused(404, "not_found", "nothing is here",
                   fmt::format("nothing listens at '{}'; write /hook/SOURCE/SECRET", request.path));
  if (request.method != "POST" && request.method != "GET")
    return refused(405, "method_not_allowed", "send a POST or a GET",
                   fmt::format("the method is {}; a webhook is a POST or a GET", request.method));
  return std::nullopt;
}

}  // namespace

DryRun DryRunner::run(const config::Source& source, connector::Request request,
                      const Suppositions& suppositions) {
  DryRun out;
  request.received_at = suppositions.at;
  const connector::Source settings =
      source.settings(configuration_.portal.time_zone, configuration_.phones.region, suppositions.at);
  const connector::Connector& connector = *source.connector;
  if (!suppositions.proved) {
    if (auto refused = refused_at_the_door(request, connector, suppositions.whole))
      return std::move(*refused);
    strip_hook(request, connector, settings);
  }
  if (!suppositions.proved && connector.verify(request, settings) == connector::Proof::bad) {
    out.status = 401;
    out.outcome = "refused";
    const connector::Failure why = connector.verify_failure(request, settings);
    out.reason = why.reason.empty() ? "the signature, token or key of the vendor is wrong" : why.reason;
    out.answer = connector.refusal(connector::Refusal::unauthorized, why.code);
    if (out.answer) out.status = out.answer->status;
    out.understood.answer = json::Value::object({{"error", "unauthorized"}, {"message", out.reason}});
    return out;
  }
  normalize::Options normalization;
  normalization.phone_region = configuration_.phones.region;
  normalization.geo = geo_;
  out.understood = source.capture
                       ? intake::captured(request, configuration_.portal.time_zone)
                       : intake::understand(configuration_, source, settings, request, normalization);
  out.status = out.understood.status;
  out.outcome = connector::name(out.understood.outcome);
  out.reason = out.understood.reason;
  connector::Stored stored;
  stored.request_id = ++requests_;
  bool any_new = out.understood.events.empty();
  for (auto& one : out.understood.events) {
    const auto [id, is_new] = ids_.emplace(source.name + "/" + one.event.key, ids_.size() + 1);
    stored.event_ids.push_back(id->second);
    if (is_new) {
      any_new = true;
      plan(source, one, suppositions, out);
    } else {
      // It is there already, with everything that it caused.
      one.event.creates_lead = false;
      one.json["creates_lead"] = false;
    }
  }
  if (!any_new) out.outcome = "duplicate";
  stored.duplicate = !any_new;
  answer(source, settings, suppositions, stored, out);
  return out;
}

// In the service's own words, as the daemon would.
void DryRunner::answer(const config::Source& source, const connector::Source& settings,
                       const Suppositions& suppositions, connector::Stored& stored, DryRun& out) const {
  if (source.capture) return;
  if (out.understood.phone && !out.understood.phone->empty() &&
      (suppositions.known == "client" || suppositions.known == "open-lead")) {
    stored.client = supposed_answer(configuration_, suppositions.known);
  }
  if (out.understood.outcome == connector::Outcome::unreadable) {
    out.answer = source.connector->refusal(connector::Refusal::unreadable, "");
  } else if (out.understood.outcome != connector::Outcome::refused) {
    out.answer = source.connector->answer(out.understood.reading, settings, stored);
  }
  if (out.answer) out.status = out.answer->status;
}

delivery::Surroundings DryRunner::surroundings(const Suppositions& suppositions) const {
  delivery::Surroundings out;
  out.now = suppositions.at;
  out.presence = supposed_presence(configuration_.roster, suppositions.present);
  out.load = [load = suppositions.load](const people::Employee& employee) -> std::optional<people::Load> {
    const auto it = load.find(employee.name);
    return it == load.end() ? 0 : it->second;
  };
  if (suppositions.recalled) {
    out.presence = suppositions.recalled->presence;
    out.load = suppositions.recalled->load;
    out.given = suppositions.recalled->given;
  }
  out.turns = turns_;
  out.head_of = [](std::int64_t) { return std::int64_t{0}; };
  return out;
}

void DryRunner::plan(const config::Source& source, intake::UnderstoodEvent& one,
                     const Suppositions& suppositions, DryRun& out) {
  std::shared_ptr<Conversation> conversation;
  const auto names = event::conversations_of(one.event);
  for (const auto& name : names) {
    const auto it = conversations_.find(source.name + "/" + name);
    if (it != conversations_.end() && !conversation) conversation = it->second;
  }
  if (!conversation) conversation = std::make_shared<Conversation>();
  for (const auto& name : names) conversations_[source.name + "/" + name] = conversation;
  const auto scope_of = [&](const event::Event& event) {
    return mapping::scope_of(event::to_json(event, configuration_.portal.time_zone), source.name,
                             source.title, source.connector->name());
  };
  json::Value before;
  if (!conversation->events.empty()) before = scope_of(event::merged(conversation->events));
  conversation->add(one.event);
  if (!names.empty()) {
    for (const auto& known : suppositions.also_known) conversation->add(known);
  }
  event::Event whole = event::merged(conversation->events);
  whole.key = one.event.key;
  out.conversations.push_back(whole);

  const std::string number = "e" + std::to_string(ids_.size());
  auto card = portal::parse_card(whole.reference);
  if (!card && conversation->has_lead) card = portal::Card{"lead", 1, 0};
  if (!card && one.event.action == event::Action::attach && suppositions.known == "open-lead")
    card = portal::Card{"lead", 1, 0};
  if (!card && one.event.action == event::Action::attach && suppositions.known == "client")
    card = portal::Card{"contact", 1, 0};
  if (configuration_.calls.is_live_state(one.event) ||
      (one.event.call && !one.event.call->ordered_by.empty())) {
    plan_live(source, one, whole, *conversation, number, out);
    return;
  }
  if (one.event.action == event::Action::ignore) return;
  delivery::Surroundings around = surroundings(suppositions);
  around.call_registered = conversation->registered;
  if (whole.call && whole.call->final) conversation->registered = true;
  if (card) {
    out.planned.push_back(one.event.key);
    const json::Value scope =
        mapping::scope_of(one.json, source.name, source.title, source.connector->name());
    // It belongs to a card that is there: nothing is created for it.
    one.event.creates_lead = false;
    one.json["creates_lead"] = false;
    out.plans.push_back(delivery::plan_update(configuration_, source, whole, one.event, scope,
                                              scope_of(whole), before, *card, delivery::ClientFacts(), around,
                                              number));
  } else if (one.event.creates_lead) {
    conversation->has_lead = true;
    out.planned.push_back(one.event.key);
    out.plans.push_back(delivery::plan_enquiry(
        configuration_, source, whole, one.event, scope_of(whole),
        suppositions.recalled ? suppositions.recalled->client : supposed_client(suppositions.known), around,
        number));
    for (const auto& [group, turn] : out.plans.back().decision.turns) turns_[group] = turn;
  } else if (one.event.call && one.event.call->final && configuration_.calls.is_told(whole)) {
    out.planned.push_back(one.event.key);
    out.plans.push_back(delivery::plan_call_alone(configuration_, source, whole, one.event, scope_of(whole),
                                                  delivery::ClientFacts(), around, number));
  }
}

void DryRunner::plan_live(const config::Source& source, const intake::UnderstoodEvent& one,
                          const event::Event& whole, Conversation& conversation, const std::string& number,
                          DryRun& out) {
  std::vector<journal::DeliveryRow> telephony = conversation.telephony;
  const bool ordered = !one.event.call->ordered_by.empty();
  delivery::LiveCall made;
  if (ordered) {
    made.deliveries = delivery::plan_order(configuration_, source, one.event,
                                           delivery::whose_call(configuration_, *one.event.call), 1);
  } else {
    made = delivery::plan_live_call(configuration_, source, whole, one.event, telephony, 1);
  }
  if (made.deliveries.empty()) return;
  for (const auto& delivery : made.deliveries) {
    journal::DeliveryRow row;
    row.name = delivery.name;
    row.params = delivery.params;
    if (row.name == journal::register_name) {
      row.state = journal::DeliveryState::confirmed;
      row.result = json::write(json::Value::object({{"CALL_ID", "externalCall." + number}}));
      conversation.registered = true;
    }
    conversation.telephony.push_back(std::move(row));
  }
  delivery::EnquiryPlan plan;
  plan.decision.reason = ordered ? "a call that was ordered in the portal" : "a state of a live call";
  plan.deliveries = std::move(made.deliveries);
  out.planned.push_back(one.event.key);
  out.plans.push_back(std::move(plan));
}

json::Value document_of(const config::Configuration& configuration, const config::Source& source,
                        const DryRun& run) {
  json::Value request =
      json::Value::object({{"source", source.name},
                           {"connector", source.connector->name()},
                           {"status", run.status},
                           {"outcome", run.outcome},
                           {"reason", run.reason.empty() ? json::Value() : json::Value(run.reason)}});
  json::Value answer = run.understood.answer;
  if (run.answer) answer = run.answer->body.is_null() ? json::Value(run.answer->text) : run.answer->body;
  if (answer.is_null()) answer = json::Value::object({{"status", run.outcome}});
  request["answer"] = std::move(answer);
  json::Array events;
  for (const auto& one : run.understood.events) events.push_back(one.json);
  json::Value out =
      json::Value::object({{"request", std::move(request)}, {"events", json::Value(std::move(events))}});
  json::Array operations;
  for (const auto& plan : run.plans) {
    const bool decides = plan.decision.user_id > 0 || plan.decision.keep || !plan.lead.empty();
    if (out["lead"].is_null() && (decides || plan.rejected)) {
      out["lead"] = json::Value(plan.lead);
      out["assignment"] = distribution::to_json(plan.decision);
      if (plan.rejected) out["rejected"] = *plan.rejected;
    }
    for (const auto& delivery : plan.deliveries) {
      auto params = json::parse(delivery.params);
      operations.push_back(
          json::Value::object({{"method", delivery.method},
                               {"params", params ? std::move(*params) : json::Value(json::Object())}}));
    }
  }
  out["operations"] = json::Value(std::move(operations));
  json::Array conversations;
  for (const auto& whole : run.conversations) {
    if (!event::conversations_of(whole).empty())
      conversations.push_back(event::to_json(whole, configuration.portal.time_zone));
  }
  if (!conversations.empty()) out["conversations"] = json::Value(std::move(conversations));
  return out;
}

bool is_whole_request(std::string_view name) { return ends_with(name, ".http"); }

Result<connector::Request> read_request(const std::string& name, const std::string& bytes,
                                        const RequestFile& defaults) {
  if (is_whole_request(name)) {
    auto request = parse_http(bytes);
    if (!request) return request;
    for (const auto& header : defaults.headers) request->headers.push_back(header);
    if (!defaults.path.empty()) request->path = defaults.path;
    if (!defaults.query.empty()) request->query = defaults.query;
    return request;
  }
  connector::Request request;
  request.method = defaults.method;
  request.path = defaults.path;
  request.query = defaults.query;
  request.headers = defaults.headers;
  if (ends_with(name, ".query")) {
    request.method = "GET";
    request.query = bytes.substr(0, bytes.find_last_not_of("\r\n") + 1);
    return request;
  }
  request.body = bytes;
  if (request.header("Content-Type").empty()) {
    if (ends_with(name, ".form"))
      request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    if (ends_with(name, ".json")) request.headers.emplace_back("Content-Type", "application/json");
    if (ends_with(name, ".xml")) request.headers.emplace_back("Content-Type", "application/xml");
  }
  // Editors end files with a newline that no service sends.
  if (ends_with(name, ".form") && !request.body.empty() && request.body.back() == '\n')
    request.body.pop_back();
  return request;
}

Result<std::string> read_bytes(const std::string& name) {
  if (name == "-")
    return std::string{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  std::ifstream file(name, std::ios::binary);
  if (!file) return fail(ErrorKind::input, name, os_error(errno));
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored))
    return fail(ErrorKind::input, name, "it is a folder; name a file");
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

people::PresenceOf supposed_presence(const people::Roster& roster, const std::string& present) {
  if (present.empty()) return people::presence_by_schedule(roster);
  if (present == "all")
    return [](const people::Employee&, TimePoint) { return people::Presence{true, "supposed present"}; };
  if (present == "none")
    return [](const people::Employee&, TimePoint) { return people::Presence{false, "supposed absent"}; };
  return [names = split(present, ',')](const people::Employee& employee, TimePoint) {
    const bool there = std::find(names.begin(), names.end(), employee.name) != names.end();
    return people::Presence{there, there ? "supposed present" : "supposed absent"};
  };
}

std::vector<std::string> unknown_names(const people::Roster& roster, const std::string& present) {
  std::vector<std::string> out;
  if (present.empty() || present == "all" || present == "none") return out;
  for (auto& name : split(present, ',')) {
    if (!roster.employee(name)) out.push_back(name);
  }
  return out;
}

}  // namespace b24gate::cli
