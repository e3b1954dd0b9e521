#include "delivery/telephony.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "connector/key.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::size_t line_width = 50;
constexpr std::size_t external_id_width = 64;

// 1 outgoing, 2 incoming, 4 a call back that was ordered on a site or by a missed call.
int type_of(const event::Event& event) {
  if (event.call->direction == "in") return 2;
  const json::Value* ordered = event.fields.find("Обратный звонок");
  const std::string by = ordered ? ordered->text() : "";
  const bool call_back = by.find("Widget") != std::string::npos || by.find("Miss") != std::string::npos;
  return call_back || (event.call->direction == "out" && event.action == event::Action::create) ? 4 : 1;
}

std::string_view entity_name(const portal::Card& card) {
  if (card.type == "lead") return "LEAD";
  if (card.type == "contact") return "CONTACT";
  if (card.type == "company") return "COMPANY";
  return {};  // a deal cannot be named here: it is bound when the call is finished
}

}  // namespace

Whose whose_call(const config::Configuration& configuration, const event::Call& call) {
  const people::Roster& roster = configuration.roster;
  Whose out;
  out.employee = roster.employee(call.employee);
  if (!out.employee) out.employee = roster.by_login(call.employee);
  if (!out.employee) out.employee = roster.by_extension(call.extension);
  out.named = out.employee != nullptr;
  if (out.named) return out;
  out.unknown = call.extension.empty() ? call.employee : call.extension;
  out.employee = roster.employee(configuration.calls.employee_of(call.line));
  if (!out.employee) out.employee = roster.account_manager();
  return out;
}

bool is_missed(const event::Event& event) {
  constexpr std::array<std::string_view, 5> missed{"missed", "busy", "rejected", "no_answer", "unavailable"};
  return event.call && event.call->final && event.call->direction == "in" &&
         std::find(missed.begin(), missed.end(), event.call->outcome) != missed.end();
}

std::string_view status_code(const event::Call& call) {
  if (call.outcome == "answered") return "200";
  if (call.outcome == "busy") return "486";
  if (call.outcome == "rejected") return "603";
  if (call.outcome == "unavailable") return "480";
  if (call.outcome == "blocked") return "403";
  if (call.outcome == "missed" || call.outcome == "no_answer") return "304";
  return call.talk_s.value_or(0) > 0 ? "200" : "OTHER";
}

std::string external_id(const config::Source& source, const event::Event& event, int round) {
  const std::string again = round > 1 ? "#" + std::to_string(round) : "";
  const std::string id = event.call && !event.call->id.empty() ? event.call->id : event.key;
  std::string out = source.name + ":" + id + again;
  if (out.size() <= external_id_width) return out;
  const std::string digest = connector::content_id(json::Value(out)).substr(0, 40);
  return std::string(utf8::head(source.name, 20)) + ":" + digest + again;
}

json::Value register_params(const config::Configuration& configuration, const config::Source& source,
                            const event::Event& event, const Whose& whose, bool shown,
                            const std::optional<portal::Card>& card, int round) {
  const event::Call& call = *event.call;
  json::Value out = json::Value::object({{"USER_ID", whose.employee ? whose.employee->user_id : 0},
                                         {"PHONE_NUMBER", config::call_number(event)},
                                         {"TYPE", type_of(event)},
                                         {"CRM_CREATE", 0},
                                         {"SHOW", shown ? 1 : 0},
                                         {"ADD_TO_CHAT", 0},
                                         {"EXTERNAL_CALL_ID", external_id(source, event, round)}});
  const auto began = call.started_at ? call.started_at : event.occurred_at;
  if (began) out["CALL_START_DATE"] = to_iso(*began, configuration.portal.time_zone);
  if (!call.line.empty()) out["LINE_NUMBER"] = std::string(utf8::head(call.line, line_width));
  if (card && !entity_name(*card).empty()) {
    out["CRM_ENTITY_TYPE"] = entity_name(*card);
    out["CRM_ENTITY_ID"] = card->id;
  }
  return out;
}

json::Value finish_params(const event::Event& event, const Whose& whose) {
  const event::Call& call = *event.call;
  const std::string_view code = status_code(call);
  // The portal takes a call for answered by its length alone.
  const int duration = code == "200" ? std::max(1, call.talk_s.value_or(0)) : 0;
  json::Value out = json::Value::object({{"CALL_ID", std::string(call_id_mark)},
                                         {"USER_ID", whose.employee ? whose.employee->user_id : 0},
                                         {"DURATION", duration},
                                         {"STATUS_CODE", code},
                                         {"ADD_TO_CHAT", 0}});
  if (const json::Value* mark = event.fields.find("Оценка")) {
    const auto vote = json::Value(mark->text()).integer();
    if (vote && *vote >= 1 && *vote <= 5) out["VOTE"] = *vote;
  }
  return out;
}

std::string call_id_in(const json::Value& result) { return result["CALL_ID"].text(); }

std::string registered_call(const std::vector<journal::DeliveryRow>& deliveries) {
  for (const auto& delivery : deliveries) {
    if (delivery.name != journal::register_name || delivery.state != journal::DeliveryState::confirmed)
      continue;
    if (const auto result = json::parse(delivery.result)) return call_id_in(*result);
  }
  return {};
}

bool is_call_unknown(std::string_view description) {
  return description.find("Call is not found") != std::string_view::npos;
}

bool is_user_unknown(std::string_view description) {
  return description.find("User is not found") != std::string_view::npos;
}

}  // namespace b24gate::delivery
