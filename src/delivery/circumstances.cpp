// What a decision went by, stored with it in few bytes: who was away rather than who was there.
#include <map>
#include <memory>

#include "delivery/plan.hpp"

namespace b24gate::delivery {

json::Value circumstances_of(const people::Roster& roster, const Surroundings& surroundings,
                             const ClientFacts& client) {
  json::Object absent;
  json::Object load;
  for (const auto& employee : roster.employees()) {
    if (surroundings.presence) {
      if (const auto there = surroundings.presence(employee, surroundings.now); !there.present)
        absent.append(employee.name, there.why);
    }
    const auto has = surroundings.load ? surroundings.load(employee) : std::nullopt;
    if (has && has->total() > 0)
      load.append(employee.name, json::Value::object({{"leads", has->leads}, {"deals", has->deals}}));
  }
  json::Object given;
  for (const auto& employee : roster.employees()) {
    if (!surroundings.given || (!employee.max_per_day && !employee.max_per_hour)) continue;
    const TimePoint now = surroundings.now;
    given.append(employee.name,
                 json::Value::object(
                     {{"hour", surroundings.given(employee, now - std::chrono::hours{1})},
                      {"day", surroundings.given(employee, people::day_begins(roster, employee, now))}}));
  }
  json::Value known = json::Value::object({{"known", client.known},
                                           {"manager", client.manager_user_id},
                                           {"contact", client.contact_id},
                                           {"company", client.company_id}});
  if (client.open_lead) {
    known["lead"] = client.open_lead->id;
    known["lead_holder"] = client.open_lead->assigned_by;
  }
  json::Value out = json::Value::object({{"client", std::move(known)}});
  out["absent"] = json::Value(std::move(absent));
  out["load"] = json::Value(std::move(load));
  if (!given.empty()) {
    out["given"] = json::Value(std::move(given));
    out["at"] = to_unix_ms(surroundings.now);
  }
  return out;
}

std::optional<Recalled> recall(const json::Value& circumstances) {
  if (!circumstances.is_object()) return std::nullopt;
  auto absent = std::make_shared<std::map<std::string, std::string>>();
  if (const auto* names = circumstances["absent"].object_if()) {
    for (const auto& [name, why] : *names) (*absent)[name] = why.text();
  }
  auto load = std::make_shared<std::map<std::string, people::Load>>();
  if (const auto* loads = circumstances["load"].object_if()) {
    for (const auto& [name, has] : *loads) {
      (*load)[name] = people::Load(static_cast<int>(has["leads"].integer().value_or(0)),
                                   static_cast<int>(has["deals"].integer().value_or(0)));
    }
  }
  Recalled out;
  out.presence = [absent](const people::Employee& employee, TimePoint) {
    const auto away = absent->find(employee.name);
    if (away == absent->end()) return people::Presence{true, "was at work then"};
    return people::Presence{false, away->second};
  };
  out.load = [load](const people::Employee& employee) -> std::optional<people::Load> {
    const auto it = load->find(employee.name);
    return it == load->end() ? people::Load() : it->second;
  };
  // Of the last hour, or of the day: what caps ask for.
  const TimePoint at = from_unix_ms(circumstances["at"].integer().value_or(0));
  out.given = [at, given = circumstances["given"]](const people::Employee& employee, TimePoint since) {
    const json::Value& of = given[employee.name];
    const bool hour = since >= at - std::chrono::hours{1};
    return static_cast<int>(of[hour ? "hour" : "day"].integer().value_or(0));
  };
  const json::Value& client = circumstances["client"];
  out.client.known = client["known"].boolean().value_or(false);
  out.client.manager_user_id = client["manager"].integer().value_or(0);
  out.client.contact_id = client["contact"].integer().value_or(0);
  out.client.company_id = client["company"].integer().value_or(0);
  if (const auto lead = client["lead"].integer())
    out.client.open_lead = OpenLead{*lead, client["lead_holder"].integer().value_or(0), {}};
  out.client.summary = "as it was then";
  return out;
}

}  // namespace b24gate::delivery
