#include "distribution/sentence.hpp"

#include <fmt/format.h>

namespace b24gate::distribution {
namespace {

std::string title_of(const people::Roster& roster, const std::string& name) {
  const auto* employee = roster.employee(name);
  return employee ? employee->title : name;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::string sentence_of(const Decision& decision, const std::string& why_russian,
                        const std::vector<PassedOver>& passed, const people::Roster& roster) {
  constexpr std::size_t most_names = 5;
  std::string out = "Ответственный";
  if (!decision.employee.empty()) out += " " + title_of(roster, decision.employee);
  out += ": ";
  if (!decision.rule.empty())
    out += fmt::format("правило «{}» ({}), ", decision.rule, file_name(decision.at));
  if (!decision.group.empty() && !decision.fallback) out += fmt::format("группа {}, ", decision.group);
  out += why_russian;
  std::string names;
  std::size_t told = 0;
  for (const auto& one : passed) {
    if (one.why_russian.empty() || one.employee == decision.employee) continue;
    if (++told > most_names) continue;
    names +=
        fmt::format("{}{} ({})", names.empty() ? "" : ", ", title_of(roster, one.employee), one.why_russian);
  }
  if (told > most_names) names += fmt::format(" и ещё {}", told - most_names);
  if (!names.empty()) out += "; не выбраны: " + names;
  return out + ".";
}

json::Value to_json(const Decision& decision) {
  json::Value out = json::Value(json::Object());
  const auto text = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) out[key] = value;
  };
  text("employee", decision.employee);
  if (decision.user_id != 0) out["user_id"] = decision.user_id;
  text("group", decision.group);
  text("rule", decision.rule);
  text("at", decision.at);
  text("reason", decision.reason);
  text("sentence", decision.sentence);
  if (decision.keep) out["keep"] = true;
  if (decision.fallback) out["fallback"] = true;
  text("waits_for", decision.waits_for);
  if (decision.waits_until) out["waits_until"] = to_iso(*decision.waits_until, TimeZone::utc());
  if (decision.acceptance) {
    const bool head = decision.acceptance->then == Acceptance::Then::head;
    json::Value within =
        json::Value::object({{"time", decision.acceptance->time}, {"then", head ? "head" : "next"}});
    if (!head) within["group"] = decision.acceptance->group;
    out["accept_within"] = std::move(within);
  }
  if (!decision.observers.empty()) {
    json::Value observers = json::Value(json::Array());
    for (const auto& name : decision.observers) observers.push(name);
    out["observers"] = std::move(observers);
  }
  if (decision.robot) out["robot"] = decision.robot->source;
  if (decision.tell_manager != 0) out["tell_manager"] = decision.tell_manager;
  if (!decision.unmatched.empty()) {
    json::Value rules = json::Value(json::Array());
    json::Value lines = json::Value(json::Array());
    for (const auto& one : decision.unmatched) {
      rules.push(json::Value::object({{"rule", one.rule}, {"at", one.at}, {"why", one.why}}));
      lines.push(fmt::format("{}: {}", one.rule, one.why_russian));
    }
    out["unmatched"] = std::move(rules);
    out["unmatched_lines"] = std::move(lines);
  }
  json::Value considered = json::Value(json::Array());
  for (const auto& candidate : decision.considered) {
    considered.push(json::Value::object(
        {{"employee", candidate.employee}, {"skipped", candidate.skipped}, {"cause", candidate.cause}}));
  }
  out["considered"] = considered;
  return out;
}

}  // namespace b24gate::distribution
