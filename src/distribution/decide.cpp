// The decision: walking the tree of rules, and what follows from the rule that fits.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "distribution/choose.hpp"
#include "distribution/rule.hpp"
#include "distribution/sentence.hpp"
#include "distribution/why_not.hpp"

namespace b24gate::distribution {
namespace {

constexpr std::string_view nothing_fits_text =
    "Не подошло ни одно правило: назначьте ответственного. {{ lead.url }}\n{{ decision.unmatched_lines | "
    "lines }}";
constexpr std::size_t most_unmatched = 30;
constexpr std::string_view nobody_there_text =
    "На работе нет никого, кому правило отдаёт этот лид: назначьте ответственного. {{ lead.url }}";
constexpr std::string_view waiting_text =
    "Лид ждёт сотрудника, который выйдет на работу; назначать вручную пока не нужно. {{ lead.url }}";

std::optional<mapping::Template> built_in(std::string_view text) {
  auto compiled = mapping::Template::compile(text);
  return compiled ? std::optional(std::move(*compiled)) : std::nullopt;
}

class Decider {
 public:
  Decider(const Rules::Compiled& compiled, const Facts& facts, const people::Roster& roster,
          const Circumstances& circumstances)
      : compiled_(compiled),
        facts_(facts),
        roster_(roster),
        circumstances_(circumstances),
        observation_(compiled.vocabulary, facts, roster) {}

  Decision run() {
    if (!walk(compiled_.rules)) without_rule();
    finish();
    return std::move(out_);
  }

 private:
  // Depth first; true when a rule gave the answer. A rule whose children give none answers itself if it
  // assigns anybody.
  bool walk(const std::vector<Rule>& rules) {
    for (const auto& rule : rules) {
      if (!observation_.holds(rule.when)) continue;
      if (walk(rule.rules) || answer(rule)) return true;
    }
    return false;
  }

  bool answer(const Rule& rule) {
    const Assign& assign = rule.does.assign;
    switch (assign.to) {
      case Assign::To::nobody:
        return false;
      case Assign::To::keep:
        // What came from a service was created by nobody who could keep it.
        if (facts_.created_by.empty()) return false;
        take_over(rule);
        keep();
        return true;
      case Assign::To::employee:
        take_over(rule);
        by_name(roster_.employee(assign.name));
        return true;
      case Assign::To::account_manager:
        take_over(rule);
        by_name(roster_.account_manager());
        return true;
      case Assign::To::group:
        return from_group(rule, roster_.group(assign.name));
    }
    return false;
  }

  void keep() {
    out_.keep = true;
    if (const auto* creator = roster_.employee(facts_.created_by)) assign(*creator);
    out_.reason = "whoever created the lead keeps it: " + facts_.created_by;
    why_russian_ = "лид остаётся за тем, кто его создал";
  }

  void by_name(const people::Employee* employee) {
    if (!employee)
      return fall_back("the employee whom the rule names is not in employees.yaml", "", nobody_there_text);
    assign(*employee);
    const people::Presence& there = presence_of(*employee);
    out_.reason = "named by the rule";
    why_russian_ = "назван в правиле";
    if (!there.present) {
      out_.reason += fmt::format(", although not at work now: {}", there.why.empty() ? "absent" : there.why);
      why_russian_ += ", хотя сейчас не на работе";
    }
  }

  bool from_group(const Rule& rule, const people::Group* group) {
    if (rule.does.known_client == KnownClient::keep_manager && to_manager()) {
      take_over(rule);
      return true;
    }
    Choice choice;
    if (group) {
      choice = choose(
          *group, roster_,
          [this](const people::Employee& e) -> const people::Presence& { return presence_of(e); },
          circumstances_, facts_);
    }
    for (auto& passed : choice.passed) pass(std::move(passed));
    if (choice.chosen) {
      take_over(rule);
      assign(*choice.chosen);
      out_.group = group->name;
      out_.turns = std::move(choice.turns);
      out_.reason = std::move(choice.reason);
      why_russian_ = std::move(choice.reason_russian);
      return true;
    }
    const std::string& name = rule.does.assign.name;
    if (rule.does.nobody_present.then == NobodyPresent::next_rule) {
      nobody_in_ = name;
      return false;
    }
    take_over(rule);
    if (rule.does.nobody_present.then == NobodyPresent::wait) {
      wait_for(name, rule.does.nobody_present.at_most);
    } else {
      fall_back(fmt::format("nobody of group {} can be chosen now", name),
                fmt::format("никого из группы {} нет на работе", name), nobody_there_text);
    }
    return true;
  }

  void wait_for(const std::string& group, std::optional<Milliseconds> at_most) {
    out_.waits_for = group;
    if (at_most) out_.waits_until = facts_.at + *at_most;
    out_.reason = fmt::format("nobody of group {} can be chosen now; waits for one of them", group);
    if (const auto* employee = last_resort()) {
      assign(*employee);
      out_.reason += ", meanwhile with " + employee->name;
    }
    why_russian_ = fmt::format("никого из группы {} нет на работе, лид ждёт первого из них", group);
    out_.notify = built_in(waiting_text);
  }

  // The client's own manager, if there is one who is at work. Takes nobody's turn.
  bool to_manager() {
    const Client& client = facts_.client;
    if (!client.known || client.manager_user_id <= 0) return false;
    const auto* manager = roster_.by_user_id(client.manager_user_id);
    if (!manager) {
      pass({fmt::format("user {}", client.manager_user_id), "the client's manager, but not in employees.yaml",
            "менеджер клиента, но не участвует в распределении", "unknown"});
      return false;
    }
    if (has_declined(*manager)) {
      pass({manager->name, "the client's manager, but had it and did not accept it in time",
            "менеджер клиента, не принял вовремя", "declined"});
      return false;
    }
    const people::Presence& there = presence_of(*manager);
    if (!there.present) {
      pass({manager->name, "the client's manager, but " + (there.why.empty() ? "not at work" : there.why),
            "менеджер клиента, " + (there.why_russian.empty() ? "нет на работе" : there.why_russian),
            "absent"});
      absent_manager_ = manager;
      return false;
    }
    assign(*manager);
    out_.manager = true;
    out_.reason = "the client's manager, who is at work";
    why_russian_ = "менеджер этого клиента";
    return true;
  }

  void without_rule() {
    if (compiled_.known_client == KnownClient::keep_manager && to_manager()) return;
    tell_unmatched(compiled_.rules);
    if (nobody_in_.empty()) {
      fall_back("no rule fits", "не подошло ни одно правило", nothing_fits_text);
    } else {
      fall_back(fmt::format("nobody of group {} can be chosen now, and no further rule fits", nobody_in_),
                fmt::format("никого из группы {} нет на работе, другого правила нет", nobody_in_),
                nobody_there_text);
    }
  }

  // The outermost of what did not fit: of a rule that fits those inside it are told.
  void tell_unmatched(const std::vector<Rule>& rules) {
    for (const auto& rule : rules) {
      if (out_.unmatched.size() >= most_unmatched) return;
      if (observation_.holds(rule.when)) {
        tell_unmatched(rule.rules);
        continue;
      }
      WhyNot why = why_not(observation_, compiled_.vocabulary, rule.when);
      out_.unmatched.push_back({rule.path, place_of(rule), std::move(why.english), std::move(why.russian)});
    }
  }

  static std::string place_of(const Rule& rule) {
    return fmt::format("{}:{}", rule.place.file, rule.place.line);
  }

  [[nodiscard]] const people::Employee* last_resort() const {
    return compiled_.fallback.empty() ? roster_.account_manager() : roster_.employee(compiled_.fallback);
  }

  [[nodiscard]] bool has_declined(const people::Employee& employee) const {
    return std::find(facts_.declined.begin(), facts_.declined.end(), employee.name) != facts_.declined.end();
  }

  void fall_back(std::string reason, std::string russian, std::string_view text) {
    out_.fallback = true;
    const auto* employee = last_resort();
    if (employee) assign(*employee);
    out_.reason = std::move(reason) + (employee ? "; " + employee->name + " is to assign somebody by hand"
                                                : "; nobody is there to assign somebody by hand");
    why_russian_ =
        russian.empty() ? "нужно назначить вручную" : std::move(russian) + ", нужно назначить вручную";
    out_.notify = compiled_.fallback_notify ? compiled_.fallback_notify : built_in(text);
  }

  void assign(const people::Employee& employee) {
    out_.employee = employee.name;
    out_.user_id = employee.user_id;
  }

  // What the rule says besides whom to assign.
  void take_over(const Rule& rule) {
    rule_ = &rule;
    out_.rule = rule.path;
    out_.at = place_of(rule);
    out_.set = rule.does.set;
    for (const auto& line : rule.does.lead) out_.lead.emplace_back(line.field, line.value);
    out_.notify = rule.does.notify;
    out_.observers = rule.does.observers;
  }

  void pass(PassedOver passed) {
    // The first reason is the one that counted.
    if (passed_names_.insert(passed.employee).second) passed_.push_back(std::move(passed));
  }

  const people::Presence& presence_of(const people::Employee& employee) {
    const auto [known, is_new] = asked_.try_emplace(&employee);
    if (is_new && circumstances_.presence) known->second = circumstances_.presence(employee, facts_.at);
    return known->second;
  }

  void finish() {
    const bool given_out = rule_ && !out_.keep && out_.waits_for.empty();
    if (given_out && rule_->does.task) out_.task = task(*rule_->does.task);
    if (rule_ && rule_->does.robot && !out_.keep)
      out_.robot = RobotPlan{rule_->does.robot->source, rule_->does.robot->agent, rule_->does.robot->data};
    if (given_out && rule_->does.accept_within && !out_.fallback)
      out_.acceptance = acceptance(*rule_->does.accept_within, rule_->does.assign);
    if (absent_manager_ && !out_.keep && absent_manager_->user_id != out_.user_id)
      out_.tell_manager = absent_manager_->user_id;
    for (const auto& passed : passed_) {
      if (passed.employee != out_.employee)
        out_.considered.push_back({passed.employee, passed.why, passed.cause});
    }
    out_.sentence = sentence_of(out_, why_russian_, passed_, roster_);
  }

  [[nodiscard]] TaskPlan task(const TaskLines& lines) const {
    TaskPlan out;
    if (lines.title) out.title = *lines.title;
    if (lines.description) out.description = *lines.description;
    if (lines.auditor) out.auditor = *lines.auditor;
    if (!lines.deadline) return out;
    out.deadline = lines.deadline->text;
    out.working = lines.deadline->working;
    out.amount = length_of(*lines.deadline, hours_of_assigned());
    return out;
  }

  // Where the rule names a person there is no next one: then it is the head.
  [[nodiscard]] Acceptance acceptance(const AcceptWithin& within, const Assign& assign) const {
    Acceptance out;
    out.time = within.time.text;
    out.working = within.time.working;
    out.amount = length_of(within.time, hours_of_assigned());
    out.then = assign.to == Assign::To::group ? within.then : Acceptance::Then::head;
    if (out.then == Acceptance::Then::next) out.group = assign.name;
    return out;
  }

  [[nodiscard]] const people::WorkingTime* hours_of_assigned() const {
    const auto* employee = roster_.employee(out_.employee);
    return employee ? roster_.schedule(employee->schedule) : nullptr;
  }

  const Rules::Compiled& compiled_;
  const Facts& facts_;
  const people::Roster& roster_;
  const Circumstances& circumstances_;
  Observation observation_;
  const Rule* rule_ = nullptr;                        // the one that gave the answer
  const people::Employee* absent_manager_ = nullptr;  // the client's own
  std::vector<PassedOver> passed_;
  std::unordered_set<std::string> passed_names_;
  // Each candidate is asked about once.
  std::unordered_map<const people::Employee*, people::Presence> asked_;
  std::string nobody_in_;  // the last group that was passed by for want of people
  std::string why_russian_;
  Decision out_;
};

}  // namespace

Decision Rules::decide(const Facts& facts, const people::Roster& roster,
                       const Circumstances& circumstances) const {
  static const Compiled no_rules;
  return Decider(compiled_ ? *compiled_ : no_rules, facts, roster, circumstances).run();
}

}  // namespace b24gate::distribution
