#include "delivery/round_planner.hpp"

#include <fmt/format.h>

namespace b24gate::delivery {
namespace {

// Not something that is added to a card.
bool makes_lead(const EnquiryPlan& plan) { return !plan.rejected && plan.attach_to == 0 && !plan.card; }

// In one word, for reports that count.
std::string how_chosen(const EnquiryPlan& plan, bool given_out) {
  const distribution::Decision& decision = plan.decision;
  if (!given_out) return "holder";
  if (decision.keep) return "keep";
  if (!decision.waits_for.empty()) return "waits";
  if (decision.fallback) return "fallback";
  if (!decision.group.empty()) return "group";
  return decision.manager ? "manager" : "rule";
}

// 42 of "e42", and of "e42-2".
std::int64_t event_of(const std::string& number) {
  return json::Value(number.empty() ? number : number.substr(1, number.find('-') - 1)).integer().value_or(0);
}

}  // namespace

EnquiryPlan Engine::RoundPlanner::plan(const config::Source& source, const event::Event& event,
                                       const event::Event& own, const json::Value& scope,
                                       const ClientFacts& client, const std::string& number) {
  const std::lock_guard lock(engine_.decisions_mutex_);
  const Surroundings around = surroundings();
  EnquiryPlan made = plan_enquiry(*configuration_, source, event, own, scope, client, around, number);
  for (const auto& [group, turn] : made.decision.turns) engine_.turns_[group] = turn;
  made.assignment = assignment_of(made, makes_lead(made), around.now);
  const auto* employee = configuration_->roster.employee(made.decision.employee);
  // What the account manager holds until somebody comes was not given to them.
  if (engine_.availability_ && made.assignment->new_lead && made.decision.waits_for.empty())
    engine_.availability_->gave(event_of(number), *employee, around.now);
  return made;
}

EnquiryPlan Engine::RoundPlanner::hand_over(const config::Source& source, const event::Event& event,
                                            const json::Value& scope, const ClientFacts& client,
                                            const std::string& number, const HandOver& what,
                                            const std::function<std::int64_t(EnquiryPlan&)>& commit) {
  const std::lock_guard lock(engine_.decisions_mutex_);
  const Surroundings around = surroundings();
  EnquiryPlan made = plan_hand_over(*configuration_, source, event, scope, client, around, number, what);
  if (!commit || made.deliveries.empty()) return made;
  if (!what.expired) made.assignment = assignment_of(made, true, around.now);
  const std::int64_t id = commit(made);
  if (id == 0 || what.expired) return made;
  for (const auto& [group, turn] : made.decision.turns) engine_.turns_[group] = turn;
  const auto* employee = configuration_->roster.employee(made.decision.employee);
  if (engine_.availability_ && employee) {
    engine_.availability_->gave(id, *employee, around.now);
    engine_.availability_->landed(id, what.lead_id);
  }
  return made;
}

EnquiryPlan Engine::RoundPlanner::plan_given(const config::Source& source, const event::Event& event,
                                             const json::Value& scope, const ClientFacts& client,
                                             const std::string& number, const HandOver& lead) {
  const std::lock_guard lock(engine_.decisions_mutex_);
  const Surroundings around = surroundings();
  EnquiryPlan made = plan_hand_over(*configuration_, source, event, scope, client, around, number, lead);
  made.attach_to = lead.lead_id;
  for (const auto& [group, turn] : made.decision.turns) engine_.turns_[group] = turn;
  made.assignment = assignment_of(made, true, around.now);
  const auto* employee = configuration_->roster.employee(made.decision.employee);
  if (engine_.availability_ && employee && !made.decision.keep)
    engine_.availability_->gave(event_of(number), *employee, around.now);
  return made;
}

EnquiryPlan Engine::RoundPlanner::plan_update(const config::Source& source, const event::Event& event,
                                              const event::Event& own, const json::Value& scope,
                                              const json::Value& whole, const json::Value& before,
                                              const Card& card, const ClientFacts& client,
                                              const std::string& number) {
  const std::lock_guard lock(engine_.decisions_mutex_);
  return delivery::plan_update(*configuration_, source, event, own, scope, whole, before, card, client,
                               surroundings(), number);
}

EnquiryPlan Engine::RoundPlanner::plan_call_alone(const config::Source& source, const event::Event& event,
                                                  const event::Event& own, const json::Value& scope,
                                                  const ClientFacts& client, const std::string& number) {
  const std::lock_guard lock(engine_.decisions_mutex_);
  return delivery::plan_call_alone(*configuration_, source, event, own, scope, client, surroundings(),
                                   number);
}

void Engine::RoundPlanner::whose_call(const config::Source& source, const Whose& whose,
                                      const event::Call& call) {
  engine_.note_whose(source, whose, call);
}

Surroundings Engine::RoundPlanner::surroundings() const {
  Surroundings out;
  if (people::Availability* people = engine_.availability_) {
    out.presence = people->presence(configuration_->roster, configuration_->portal.time_zone);
    out.load = people->load();
    out.given = people->given();
  } else {
    out.presence = people::presence_by_schedule(configuration_->roster);
    out.load = [](const people::Employee&) { return std::optional<people::Load>(); };
  }
  out.turns = engine_.turns_;
  out.head_of = [schema = engine_.portal_](std::int64_t user_id) {
    return schema ? schema->head_of_user(user_id) : std::int64_t{0};
  };
  out.now = now();
  if (configuration_->portal.rest_v3 && !backlog && engine_.portal_ && engine_.portal_->has_v3_tasks())
    out.v3_tasks_by = engine_.portal_->owner();
  if (engine_.dictionaries_of_ == configuration_->hash) out.dictionaries = engine_.dictionaries_.get();
  return out;
}

journal::Assignment Engine::RoundPlanner::assignment_of(const EnquiryPlan& made, bool new_lead,
                                                        TimePoint at) const {
  journal::Assignment out;
  out.at = at;
  out.employee = made.decision.employee;
  out.new_lead = new_lead && configuration_->roster.employee(made.decision.employee) != nullptr;
  out.rule = made.decision.rule;
  out.chosen = how_chosen(made, new_lead);
  out.circumstances = json::write(made.circumstances);
  for (const auto& passed : made.decision.considered)
    out.passed_over.emplace_back(passed.employee, passed.cause);
  return out;
}

}  // namespace b24gate::delivery
