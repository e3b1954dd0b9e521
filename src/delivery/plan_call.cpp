#include "delivery/plan_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "delivery/operations.hpp"
#include "distribution/deadline.hpp"

namespace b24gate::delivery {
namespace {

std::string card_binding(const CallToPlan& call) {
  if (call.lead) return binding_of("lead", lead_id_mark);
  return call.card ? binding_of(call.card->type, std::to_string(call.card->id)) : std::string();
}

const people::Employee* by_user(const CallToPlan& call, std::int64_t user_id) {
  return user_id > 0 ? call.configuration.roster.by_user_id(user_id) : nullptr;
}

const people::Employee* somebody(const CallToPlan& call, config::CallBackTo to) {
  const people::Roster& roster = call.configuration.roster;
  switch (to) {
    case config::CallBackTo::manager: {
      const bool open = call.client.open_lead && call.client.open_lead->assigned_by > 0;
      if (const auto* holder = by_user(call, open ? call.client.open_lead->assigned_by : 0)) return holder;
      if (const auto* holder = by_user(call, call.card ? call.card->assigned_by : 0)) return holder;
      return by_user(call, call.client.manager_user_id);
    }
    case config::CallBackTo::last_talked:
      return roster.employee(call.client.calls.last_talked);
    case config::CallBackTo::rules:
      return by_user(call, call.chosen_user);
    case config::CallBackTo::line: {
      const auto* named = roster.employee(call.configuration.calls.employee_of(call.event.call->line));
      return named ? named : roster.account_manager();
    }
  }
  return nullptr;
}

// The first who is somebody and at work; when nobody is at work the first who is somebody.
const people::Employee* who_calls_back(const CallToPlan& call) {
  const config::CallLine* line = call.configuration.calls.line(call.event.call->line);
  const auto& order = line && line->call_back ? *line->call_back : call.configuration.calls.call_back.to;
  const people::Employee* first = nullptr;
  for (const auto to : order) {
    const people::Employee* one = somebody(call, to);
    if (!one) continue;
    if (!call.surroundings.presence || call.surroundings.presence(*one, call.surroundings.now).present)
      return one;
    if (!first) first = one;
  }
  return first ? first : call.configuration.roster.account_manager();
}

// Somebody has talked to the client since.
bool is_answered_since(const CallToPlan& call) {
  const auto began = call.event.call->started_at ? call.event.call->started_at : call.event.occurred_at;
  return call.client.calls.answered_at && began && *call.client.calls.answered_at > *began;
}

void add_call_back(const CallToPlan& call, std::vector<journal::NewDelivery>& out) {
  const std::string card = card_binding(call);
  const config::CallBacks& settings = call.configuration.calls.call_back;
  if (!settings.task || card.empty() || !is_missed(call.event) || is_answered_since(call)) return;
  if (config::call_number(call.event).empty()) return;
  const people::Employee* employee = who_calls_back(call);
  if (!employee) return;
  const TimeZone& zone = call.configuration.portal.time_zone;
  const mapping::Dictionaries& dictionaries =
      call.surroundings.dictionaries ? *call.surroundings.dictionaries : call.configuration.dictionaries;
  distribution::TaskPlan time;
  time.working = settings.parsed.working;
  time.amount =
      distribution::length_of(settings.parsed, call.configuration.roster.schedule(employee->schedule));
  NewTask task;
  task.name = journal::call_back_name;
  task.title = call.configuration.texts.call_back_title.render(call.scope, dictionaries, zone);
  task.description = call.configuration.texts.call_back_description.render(call.scope, dictionaries, zone);
  task.responsible = employee->user_id;
  task.deadline =
      distribution::deadline_of(time, call.configuration.roster, employee->name, call.surroundings.now);
  task.card = card;
  task.key = "b24gate:" + call.number + ":call";
  out.push_back(task_operation(task, call.surroundings, zone));
}

// What was missed is settled as soon as somebody talks to the client.
void close_call_backs(const CallToPlan& call, std::vector<journal::NewDelivery>& out) {
  if (call.event.call->outcome != "answered") return;
  const auto began = call.event.call->started_at ? call.event.call->started_at : call.event.occurred_at;
  for (const auto& task : call.client.calls.open) {
    if (began && task.missed_at > *began) continue;
    out.push_back(operation("close", "tasks.task.complete", json::Value::object({{"taskId", task.task_id}}),
                            fmt::format("task:{}", task.task_id)));
  }
}

journal::NewDelivery to_screen(const char* name, const std::string& call_id, json::Value users) {
  return operation(name, fmt::format("telephony.externalCall.{}", name),
                   json::Value::object({{"CALL_ID", call_id}, {"USER_ID", std::move(users)}}));
}

// Users at whose screens the card was put, and not taken away again.
std::set<std::int64_t> shown_to(const std::vector<journal::DeliveryRow>& telephony) {
  std::set<std::int64_t> out;
  for (const auto& row : telephony) {
    const auto params = json::parse(row.params);
    if (!params) continue;
    const json::Value& user = (*params)["USER_ID"];
    std::vector<std::int64_t> users;
    if (const auto* list = user.array_if()) {
      for (const auto& one : *list) users.push_back(one.integer().value_or(0));
    } else {
      users.push_back(user.integer().value_or(0));
    }
    const bool shows =
        row.name == "show" || (row.name == journal::register_name && (*params)["SHOW"].integer() == 1);
    for (const auto one : users) {
      if (shows) out.insert(one);
      if (row.name == "hide") out.erase(one);
    }
  }
  return out;
}

}  // namespace

std::optional<journal::NewDelivery> record_operation(const config::Configuration& configuration,
                                                     const event::Event& own, const std::string& number) {
  if (!configuration.calls.telephony || !configuration.calls.records.attach || !own.call ||
      !own.call->recording)
    return std::nullopt;
  return operation(std::string(journal::record_name), "telephony.externalCall.attachRecord",
                   json::Value::object(
                       {{"CALL_ID", std::string(call_id_mark)}, {"FILENAME", fmt::format("{}.mp3", number)}}),
                   own.call->recording->id.empty() ? "url" : own.call->recording->id);
}

std::vector<journal::NewDelivery> plan_call(const CallToPlan& call) {
  std::vector<journal::NewDelivery> out;
  if (!call.event.call) return out;
  const bool told = call.configuration.calls.is_told(call.event);
  if (call.own.call && call.own.call->final) {
    add_call_back(call, out);
    close_call_backs(call, out);
  }
  if (told && call.event.call->final && !call.surroundings.call_registered) {
    const Whose whose = whose_call(call.configuration, *call.event.call);
    std::optional<Card> card = call.card;
    json::Value params =
        register_params(call.configuration, call.source, call.event, whose, false, card, call.round);
    if (call.lead) {
      params["CRM_ENTITY_TYPE"] = "LEAD";
      params["CRM_ENTITY_ID"] = std::string(lead_id_mark);
    }
    out.push_back(operation(std::string(journal::register_name), "telephony.externalCall.register", params,
                            params["EXTERNAL_CALL_ID"].text()));
    out.push_back(operation(std::string(journal::finish_name), "telephony.externalCall.finish",
                            finish_params(call.event, whose)));
  }
  if (told) {
    if (auto record = record_operation(call.configuration, call.own, call.number))
      out.push_back(std::move(*record));
  }
  return out;
}

LiveCall plan_live_call(const config::Configuration& configuration, const config::Source& source,
                        const event::Event& whole, const event::Event& own,
                        const std::vector<journal::DeliveryRow>& telephony, int round) {
  LiveCall out;
  const auto nothing = [&](std::string why) {
    out.why_nothing = std::move(why);
    return out;
  };
  if (!whole.call || whole.call->final) return nothing("the call is over: its final record decides");
  const std::string& state = own.call->state;
  const Whose whose = whose_call(configuration, *own.call);
  const bool registered = std::any_of(telephony.begin(), telephony.end(),
                                      [](const auto& row) { return row.name == journal::register_name; });
  if (!registered) {
    if (state != "ringing" && state != "talking") return nothing("no telephone rings any more");
    if (!whose.named && whose.unknown.empty()) return nothing("no employee's telephone rings yet");
    // The card of somebody who is not in employees.yaml would pop up at another's screen.
    const json::Value params =
        register_params(configuration, source, whole, whose, whose.named, std::nullopt, round);
    out.deliveries.push_back(operation(std::string(journal::register_name), "telephony.externalCall.register",
                                       params, params["EXTERNAL_CALL_ID"].text()));
    out.deliveries.push_back(operation(std::string(journal::finish_name), "telephony.externalCall.finish",
                                       finish_params(whole, whose)));
    return out;
  }
  const std::string call_id = registered_call(telephony);
  if (call_id.empty()) return nothing("the call is not registered in the portal");
  if (!whose.named) return nothing("nobody whose screen it concerns");
  const std::set<std::int64_t> shown = shown_to(telephony);
  const std::int64_t user = whose.employee->user_id;
  if (state == "ringing" || state == "talking") {
    if (shown.count(user) == 0) out.deliveries.push_back(to_screen("show", call_id, user));
  } else if (state == "ended" && shown.count(user) != 0 && shown.size() > 1) {
    out.deliveries.push_back(to_screen("hide", call_id, user));
  }
  if (state == "talking") {
    json::Array others;
    for (const auto one : shown) {
      if (one != user) others.emplace_back(one);
    }
    if (!others.empty()) out.deliveries.push_back(to_screen("hide", call_id, json::Value(std::move(others))));
  }
  if (out.deliveries.empty()) return nothing("the card is where it belongs");
  return out;
}

}  // namespace b24gate::delivery
