#include "intake/stored.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "portal/card.hpp"

namespace b24gate::intake {
namespace {

constexpr std::string_view hidden = "***";

// Headers that are secrets wherever they come from; the vendor's own are the connector's to know.
bool is_secret_header(std::string_view name) {
  for (const char* secret : {"Authorization", "X-Api-Key", "Cookie", "Proxy-Authorization"}) {
    if (ascii::same(name, secret)) return true;
  }
  return false;
}

std::string headers_json(const std::vector<connector::Header>& headers) {
  json::Array out;
  for (const auto& [name, value] : headers) {
    out.push_back(json::Value::array({name, is_secret_header(name) ? std::string(hidden) : value}));
  }
  return json::write(json::Value(std::move(out)));
}

// A telephone rings, or is to ring.
bool is_urgent(const event::Event& event, const config::Configuration& configuration) {
  return configuration.calls.is_live_state(event) || (event.call && !event.call->ordered_by.empty());
}

// Whether something is to be done for the event in the portal; the reason when nothing is.
bool is_delivered(const event::Event& event, const config::Configuration& configuration,
                  const config::Source& source, std::string& reason) {
  if (is_urgent(event, configuration)) return true;
  switch (event.action) {
    case event::Action::create:
      if (event.creates_lead) return true;
      reason = "create_lead_when is not met: " + source.mapping.create_lead_when();
      // It may still be a part of what has a lead already.
      return !event::conversations_of(event).empty();
    case event::Action::update:
    case event::Action::attach:
      return true;
    case event::Action::ignore:
      if (event.call && event.call->final && event.call->direction == "internal" &&
          configuration.calls.is_told(event))
        return true;
      reason = event.note.empty() ? "kept in the journal only" : event.note;
      return false;
  }
  return false;
}

// When a call began, as far as the service says; a notification of its end counts back.
std::optional<TimePoint> began(const event::Event& event) {
  if (!event.call) return event.occurred_at;
  if (event.call->started_at) return event.call->started_at;
  if (!event.occurred_at || !event.call->final) return event.occurred_at;
  return *event.occurred_at - Seconds{event.call->wait_s.value_or(0) + event.call->talk_s.value_or(0)};
}

// By which the same call is recognised when another service tells of it.
std::optional<journal::CallSight> sight_of(const event::Event& event,
                                           const config::Configuration& configuration) {
  const config::JoinCalls& join = configuration.calls.join;
  // An order is no call yet: the PBX's own events find it, it finds nothing.
  const bool told = configuration.calls.is_told(event) && event.call->ordered_by.empty() &&
                    event.call->direction != "internal" && event.occurred_at && !event.call->id.empty();
  if (!told) return std::nullopt;
  journal::CallSight out;
  out.client = config::call_number(event);
  out.direction = event.call->direction;
  if (join.lines == config::JoinCalls::Lines::same) out.line = event.call->line;
  out.at = *began(event);
  out.within = join.within;
  return out;
}

}  // namespace

journal::NewRequest record_of(const config::Configuration& configuration, const config::Source& source,
                              const connector::Source& settings, connector::Request request,
                              const Understood& understood, std::string target, std::string_view origin) {
  source.connector->redact(request, settings);
  journal::NewRequest record;
  record.source = source.name;
  record.connector = source.connector->name();
  record.received_at = request.received_at;
  record.client_ip = request.client_ip;
  record.method = request.method;
  record.target = fmt::format("{}{}{}", target, request.query.empty() ? "" : "?", request.query);
  record.headers = headers_json(request.headers);
  record.body = std::move(request.body);
  record.status = understood.status;
  record.outcome = connector::name(understood.outcome);
  record.reason = understood.reason;
  record.origin = origin;
  record.call_quiet = configuration.calls.quiet;
  for (const auto& one : understood.events) {
    journal::NewEvent& event = record.events.emplace_back();
    event.key = one.event.key;
    event.near_keys = one.event.near_keys;
    event.kind = event::name(one.event.kind);
    event.occurred_at = began(one.event);
    event.deliver = is_delivered(one.event, configuration, source, event.reason);
    event.urgent = is_urgent(one.event, configuration);
    event.call = sight_of(one.event, configuration);
    event.identities = identities_of(one.event, source.name);
    event.data = json::write(one.json);
  }
  return record;
}

Result<connector::Request> request_of(const journal::RequestRow& row) {
  if (row.headers.empty()) {
    return fail(ErrorKind::refused, fmt::format("request r{}", row.id),
                "its bytes are kept no longer (storage.keep.raw_requests)");
  }
  connector::Request out;
  out.method = row.method;
  out.client_ip = row.client_ip;
  out.received_at = row.received_at;
  out.body = row.body;
  std::string path = row.target;
  if (const std::size_t mark = path.find('?'); mark != std::string::npos) {
    out.query = path.substr(mark + 1);
    path.resize(mark);
  }
  // /hook/source[/***][/what/follows]; other paths are the service's own and stay whole.
  const std::string hook = "/hook/" + row.source;
  if (path.rfind(hook, 0) == 0) {
    path.erase(0, hook.size());
    const std::string secret = "/" + std::string(hidden);
    if (path.rfind(secret, 0) == 0) path.erase(0, secret.size());
  }
  out.path = std::move(path);
  const auto headers = json::parse(row.headers);
  if (!headers) return fail(headers.error());
  if (const auto* list = headers->array_if()) {
    for (const auto& header : *list) out.headers.emplace_back(header.at(0).text(), header.at(1).text());
  }
  return out;
}

connector::Client client_of(const journal::ClientRow& row, const config::Configuration& configuration) {
  connector::Client out;
  out.name = row.name;
  out.company = row.company;
  out.card = row.card;
  if (const auto card = portal::parse_card(row.card)) {
    out.card_url =
        portal::card_url(configuration.portal.url.value.reveal(), card->type, std::to_string(card->id));
  }
  if (const people::Employee* employee = configuration.roster.by_user_id(row.user_id)) {
    out.employee = employee->title;
    out.extension = employee->extension;
    out.login = employee->login;
  }
  return out;
}

}  // namespace b24gate::intake
