#include "delivery/composer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "delivery/operations.hpp"
#include "delivery/plan_call.hpp"
#include "mapping/lead_fields.hpp"
#include "portal/lead_item.hpp"

namespace b24gate::delivery {
namespace {

// Of a comment, in bytes: it is a text of 64 KB, to which our marker is added.
constexpr std::size_t longest_comment = 60'000;

}  // namespace

json::Value lead_mark() { return json::Value(std::string(lead_id_mark)); }

Composer::Composer(const config::Configuration& configuration, const config::Source& source,
                   const event::Event& event, const event::Event& own, const ClientFacts& client,
                   const Surroundings& surroundings, const std::string& number)
    : configuration_(configuration),
      source_(source),
      event_(event),
      own_(own),
      client_(client),
      surroundings_(surroundings),
      dictionaries_(surroundings.dictionaries ? *surroundings.dictionaries : configuration.dictionaries),
      number_(number) {}

void Composer::decide(const std::vector<std::string>& declined) {
  distribution::Facts facts;
  facts.scope = scope_;
  facts.declined = declined;
  facts.created_by = created_by_;
  facts.client = {client_.known, client_.manager_user_id, client_.open_lead ? client_.open_lead->id : 0};
  facts.at = surroundings_.now;
  facts.dictionaries = &dictionaries_;
  out_.decision = configuration_.rules.decide(facts, configuration_.roster, surroundings_);
  for (const auto& [name, value] : out_.decision.set) set_in_scope(name, value);
}

void Composer::set_in_scope(const std::string& name, const json::Value& value) {
  json::Value* at = &scope_;
  std::size_t from = 0;
  for (std::size_t dot = name.find('.'); dot != std::string::npos;
       from = dot + 1, dot = name.find('.', from)) {
    json::Value& next = (*at)[std::string_view(name).substr(from, dot - from)];
    if (!next.is_null() && !next.is_object()) return;
    at = &next;
  }
  (*at)[std::string_view(name).substr(from)] = value;
}

void Composer::make_fields() {
  lead_ = source_.mapping.lead(scope_, dictionaries_, configuration_.portal.time_zone);
  for (const auto& [name, value] : out_.decision.lead) {
    auto evaluated = value.evaluate(scope_, dictionaries_, configuration_.portal.time_zone);
    if (evaluated.rejected && !lead_.rejected) lead_.rejected = evaluated.note;
    if (!evaluated.note.empty()) lead_.notes.push_back(evaluated.note);
    if (!evaluated.value.says_nothing()) lead_.fields.set(name, mapping::crm_value(name, evaluated.value));
  }
  if (out_.decision.user_id > 0) lead_.fields.set("ASSIGNED_BY_ID", out_.decision.user_id);
  out_.lead = lead_.fields;
  scope_["lead"] = json::Value(lead_.fields);
  notes_ = lead_.notes;
}

void Composer::tell_decision() {
  scope_["decision"] = distribution::to_json(out_.decision);
  scope_["decision"]["sentence"] = out_.decision.sentence;
}

void Composer::add_observers(json::Value& fields) {
  json::Array users;
  for (const auto& name : out_.decision.observers) {
    const people::Employee* employee = configuration_.roster.employee(name);
    const std::int64_t user = name == "head" ? surroundings_.head_of(out_.decision.user_id)
                              : employee     ? employee->user_id
                                             : 0;
    if (user > 0 && user != out_.decision.user_id) users.emplace_back(user);
  }
  if (!users.empty()) fields["observers"] = json::Value(std::move(users));
}

void Composer::follow_up(const std::string& stage) {
  const distribution::Decision& decision = out_.decision;
  journal::FollowUp out;
  out.stage = stage;
  out.holder = decision.user_id;
  if (!decision.waits_for.empty()) {
    out.kind = journal::FollowUp::Kind::wait;
    out.due_at = decision.waits_until;
  } else if (decision.acceptance) {
    out.kind = journal::FollowUp::Kind::accept;
    out.due_at = distribution::deadline_of(*decision.acceptance, configuration_.roster, decision.employee,
                                           surroundings_.now);
  } else {
    return;
  }
  out_.follow_up = std::move(out);
}

void Composer::fill(json::Value fields) {
  if (fields.is_null()) return;
  const json::Value params = json::Value::object(
      {{"entityTypeId", 1}, {"id", lead_mark()}, {"fields", std::move(fields)}, {"useOriginalUfNames", "Y"}});
  out_.deliveries.push_back(operation("update", "crm.item.update", params));
}

void Composer::comment(const mapping::Template& text) { comment(text, "lead", lead_mark()); }

void Composer::comment(const mapping::Template& text, const std::string& type, json::Value id) {
  json::Value notes = json::Value(json::Array());
  for (const auto& note : notes_) notes.push(portal::escape_bb(note));
  scope_["notes"] = std::move(notes);
  std::string body = render(text);
  while (!body.empty() && body.back() == '\n') body.pop_back();
  if (body.size() > longest_comment) body = std::string(portal::head_of_bytes(body, longest_comment)) + "…";
  const std::string marker = comment_marker(number_);
  const json::Value params =
      json::Value::object({{"fields", json::Value::object({{"ENTITY_ID", std::move(id)},
                                                           {"ENTITY_TYPE", type},
                                                           {"COMMENT", body + "\n" + marker}})}});
  out_.deliveries.push_back(operation("comment", "crm.timeline.comment.add", params, marker));
}

void Composer::task() {
  if (!out_.decision.task || out_.decision.user_id <= 0) return;
  const distribution::TaskPlan& plan = *out_.decision.task;
  NewTask task;
  task.name = "task";
  task.title = render(plan.title);
  if (task.title.empty()) task.title = "Обработать лид";
  task.description = render(plan.description);
  task.responsible = out_.decision.user_id;
  task.auditor = auditor_of(plan);
  task.deadline = deadline_of(plan);
  task.card = binding_of("lead", lead_id_mark);
  task.key = "b24gate:" + number_;
  out_.deliveries.push_back(task_operation(task, surroundings_, configuration_.portal.time_zone));
}

void Composer::call(const json::Value& scope, std::optional<Card> card, std::int64_t chosen) {
  if (!event_.call) return;
  const bool makes_lead = std::any_of(out_.deliveries.begin(), out_.deliveries.end(),
                                      [](const auto& one) { return one.name == "lead"; });
  const bool lead = makes_lead || out_.attach_to > 0;
  for (auto& one : plan_call({configuration_, source_, event_, own_, scope, client_, surroundings_, number_,
                              std::move(card), lead, chosen}))
    out_.deliveries.push_back(std::move(one));
}

std::optional<TimePoint> Composer::deadline_of(const distribution::TaskPlan& plan) const {
  if (plan.amount.count() <= 0) return std::nullopt;
  return distribution::deadline_of(plan, configuration_.roster, out_.decision.employee, surroundings_.now);
}

std::int64_t Composer::auditor_of(const distribution::TaskPlan& plan) const {
  if (plan.auditor == "head") return surroundings_.head_of(out_.decision.user_id);
  const people::Employee* employee = configuration_.roster.employee(plan.auditor);
  return employee ? employee->user_id : 0;
}

void Composer::tell_assigned() {
  const bool own = out_.decision.notify.has_value();
  notify(out_.decision.user_id, own ? *out_.decision.notify : configuration_.texts.new_lead_notification,
         "new");
}

void Composer::notify(std::int64_t user_id, const mapping::Template& text, std::string_view occasion) {
  if (user_id <= 0) return;
  const std::string message = render(text);
  if (message.empty()) return;
  // A second notification with the same tag replaces the first: repeating it is harmless.
  const std::string tag = fmt::format("B24GATE|{}|{}", number_, occasion);
  out_.deliveries.push_back(operation("notify", "im.notify.system.add",
                                      json::Value::object({{"USER_ID", user_id},
                                                           {"MESSAGE", message},
                                                           {"TAG", tag},
                                                           {"SUB_TAG", "B24GATE"},
                                                           {"CLIENT_ID", "b24gate"}}),
                                      tag));
}

std::string Composer::render(const mapping::Template& text) const {
  return text.render(scope_, dictionaries_, configuration_.portal.time_zone);
}

}  // namespace b24gate::delivery
