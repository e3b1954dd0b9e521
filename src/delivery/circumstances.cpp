// What a decision went by, stored with it in few bytes: who was away rather than who was there.
#include <map>
#include <memory>
#include <set>

#include "delivery/plan.hpp"

namespace b24gate::delivery {

json::Value circumstances_of(const people::Roster& roster, const Surroundings& surroundings,
                             const ClientFacts& client) {
  json::Array away;
  json::Object load;
  for (const auto& employee : roster.employees()) {
    if (surroundings.presence && !surroundings.presence(employee, surroundings.now).present)
      away.emplace_back(employee.name);
    const auto open = surroundings.load ? surroundings.load(employee) : std::nullopt;
    if (open) load.append(employee.name, *open);
  }
  json::Value known = json::Value::object({{"known", client.known},
                                           {"manager", client.manager_user_id},
                                           {"contact", client.contact_id},
                                           {"company", client.company_id}});
  if (client.open_lead) {
    known["lead"] = client.open_lead->id;
    known["lead_holder"] = client.open_lead->assigned_by;
  }
  json::Value out = json::Value::object({{"at", to_unix_ms(surroundings.now)}, {"client", std::move(known)}});
  out["away"] = json::Value(std::move(away));
  out["load"] = json::Value(std::move(load));
  return out;
}

std::optional<Recalled> recall(const json::Value& circumstances) {
  if (!circumstances.is_object()) return std::nullopt;
  auto away = std::make_shared<std::set<std::string>>();
  const json::Value& names = circumstances["away"];
  for (std::size_t i = 0; i < names.size(); ++i) away->insert(names.at(i).text());
  auto load = std::make_shared<std::map<std::string, int>>();
  if (const auto* loads = circumstances["load"].object_if()) {
    for (const auto& [name, open] : *loads) (*load)[name] = static_cast<int>(open.integer().value_or(0));
  }
  Recalled out;
  out.presence = [away](const people::Employee& employee, TimePoint) {
    const bool there = away->count(employee.name) == 0;
    return people::Presence{there, there ? "was at work then" : "was away then"};
  };
  out.load = [load](const people::Employee& employee) -> std::optional<int> {
    const auto it = load->find(employee.name);
    return it == load->end() ? std::nullopt : std::optional(it->second);
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
