#include "intake/understand.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/ascii.hpp"
#include "connector/key.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::intake {
namespace {

int default_status(connector::Outcome outcome) {
  switch (outcome) {
    case connector::Outcome::unreadable:
      return 400;
    case connector::Outcome::refused:
      return 401;
    default:
      return 200;
  }
}

connector::Reading read(const config::Source& source, const connector::Request& request,
                        const connector::Source& settings) {
  try {
    return source.connector->read(request, settings);
  } catch (const std::exception& failure) {
    // A connector's promise is broken, but the request is kept: nothing is lost, and the log says where to
    // look.
    log::write(log::connector_failed,
               {log::id("source", source.name), log::id("type", typeid(failure).name())});
    connector::Reading reading;
    reading.outcome = connector::Outcome::unreadable;
    reading.reason = "the connector failed on this request";
    return reading;
  }
}

// Whose call it is, told from the extension or the login that the PBX knows.
void name_employee(event::Call& call, const people::Roster& roster) {
  const people::Employee* employee =
      call.ordered_by.empty() ? roster.by_login(call.employee)
                              : roster.by_user_id(json::Value(call.ordered_by).integer().value_or(0));
  if (!employee) employee = roster.by_extension(call.extension);
  if (employee) call.employee = employee->name;
}

// create_lead_when over the event's scope, which is made of its JSON and taken apart again: a copy costs as
// much as writing the event's JSON did.
bool wants_lead(const config::Source& source, json::Value& json) {
  json::Value scope = mapping::scope_of(std::move(json), source.name, source.title, source.connector->name());
  const bool out = source.mapping.creates_lead(scope);
  for (const auto* added : {"source", "connector"}) scope.object_if()->erase(added);
  json = std::move(scope);
  return out;
}

}  // namespace

Understood understand(const config::Configuration& configuration, const config::Source& source,
                      const connector::Source& settings, const connector::Request& request,
                      const normalize::Options& normalization) {
  connector::Reading reading = read(source, request, settings);
  Understood out;
  out.outcome = reading.outcome;
  out.reason = std::move(reading.reason);
  out.status = reading.status != 0 ? reading.status : default_status(reading.outcome);
  out.answer = std::move(reading.answer);
  if (reading.question) {
    const auto phones = normalize::read_phones(reading.question->phone, normalization.phone_region);
    out.phone = phones.empty() ? std::string() : phones.front().e164;
  }
  std::vector<event::Event> drafts = std::exchange(reading.events, {});
  const std::vector<json::Value> raw = std::exchange(reading.raw, {});
  out.reading = std::move(reading);
  if (out.outcome != connector::Outcome::accepted) return out;

  for (std::size_t i = 0; i < drafts.size(); ++i) {
    UnderstoodEvent one;
    one.event = std::move(drafts[i]);
    const std::string own_key = one.event.key;
    if (i < raw.size()) source.mapping.override_event(raw[i], one.event);
    if (one.event.key != own_key) one.event.near_keys.clear();  // the mapping knows an id
    for (const auto& [name, value] : source.set) event::set_member(one.event, name, value);
    // A mapping may have made an enquiry of it after all.
    if (one.event.action == event::Action::create) one.event.note.clear();
    normalize::normalize(one.event, normalization);
    if (!one.event.occurred_at) one.event.occurred_at = request.received_at;
    if (one.event.call) name_employee(*one.event.call, configuration.roster);
    if (one.event.call && configuration.calls.is_ignored(config::call_number(one.event))) {
      one.event.action = event::Action::ignore;
      one.event.note = "the number is in calls.ignore";
    }
    one.json = event::to_json(one.event, configuration.portal.time_zone);
    one.event.creates_lead = one.event.action == event::Action::create && wants_lead(source, one.json);
    one.json["creates_lead"] = one.event.creates_lead;
    out.events.push_back(std::move(one));
  }
  if (out.events.empty()) {
    out.outcome = connector::Outcome::ignored;
    if (out.reason.empty()) out.reason = "the request holds nothing to act on";
  }
  return out;
}

Understood captured(const connector::Request& request, const TimeZone& zone) {
  Understood out;
  UnderstoodEvent& one = out.events.emplace_back();
  // The same bytes again are the same request again, as everywhere.
  const json::Value content =
      json::Value::object({{"path", request.path}, {"query", request.query}, {"body", request.body}});
  connector::set_content_key(one.event, "capture", "request", content, zone, request.received_at);
  one.event.action = event::Action::ignore;
  one.event.note = "captured: kept unread; b24gate retry reads it";
  one.event.occurred_at = request.received_at;
  one.json = event::to_json(one.event, zone);
  return out;
}

std::vector<journal::Identity> identities_of(const event::Event& event, std::string_view source) {
  std::vector<journal::Identity> out;
  for (const auto& phone : event.contact.phones) out.push_back({"phone", phone});
  for (const auto& email : event.contact.emails) out.push_back({"email", email});
  for (const auto& messenger : event.contact.messengers) out.push_back({messenger.type, messenger.id});
  for (const auto& conversation : event::conversations_of(event)) {
    out.push_back({std::string(journal::conversation_kind), fmt::format("{}/{}", source, conversation)});
  }
  return out;
}

Admitted admit(const connector::Connector& connector, const connector::Source& settings,
               connector::Request& request, std::string_view rest) {
  const auto matches = [&](std::string_view offered) {
    bool found = false;  // every secret is compared, so that the time does not tell which one was near
    for (const auto& secret : settings.secrets) found = secret.matches(offered) || found;
    return found && !offered.empty();
  };
  Admitted out;
  bool offered = false;
  const std::size_t end = rest.size() > 1 ? rest.find('/', 1) : std::string_view::npos;
  const std::string_view first =
      rest.size() > 1 ? rest.substr(1, end == std::string_view::npos ? end : end - 1) : "";
  out.path = std::string(rest);
  if (!first.empty() && matches(first)) {
    out.path = end == std::string_view::npos ? "" : std::string(rest.substr(end));
    out.admission = Admission::admitted;
  }
  if (out.admission != Admission::admitted) {
    offered = !first.empty();
    if (const auto key = request.header("X-Api-Key"); !key.empty()) {
      offered = true;
      if (matches(key)) out.admission = Admission::admitted;
    }
    constexpr std::string_view bearer = "Bearer ";
    if (const auto authorization = request.header("Authorization");
        ascii::same(authorization.substr(0, bearer.size()), bearer)) {
      offered = true;
      if (matches(authorization.substr(bearer.size()))) out.admission = Admission::admitted;
    }
  }
  request.path = out.path;
  switch (connector.verify(request, settings)) {
    case connector::Proof::good:
      out.admission = Admission::admitted;
      break;
    case connector::Proof::bad:
      out.admission = Admission::wrong;
      break;
    case connector::Proof::absent:
      if (out.admission != Admission::admitted && offered) out.admission = Admission::wrong;
      break;
  }
  return out;
}

}  // namespace b24gate::intake
