// Compiling the rules of distribution.yaml, and the mistakes that show when they are seen together.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "distribution/file.hpp"
#include "distribution/reach.hpp"
#include "distribution/rule.hpp"
#include "distribution/tests_read.hpp"
#include "event/event.hpp"
#include "mapping/lead_fields.hpp"

namespace b24gate::distribution {
namespace {

// What the templates of rules see besides the event.
const std::vector<std::string>& template_names() {
  static const std::vector<std::string> names{"lead", "client", "decision"};
  return names;
}

void add_answering(const std::vector<Rule>& rules, std::vector<std::pair<std::string, yaml::Place>>& out) {
  for (const auto& rule : rules) {
    if (rule.does.assign.to != Assign::To::nobody && !children_take_all(rule))
      out.emplace_back(rule.path, rule.place);
    add_answering(rule.rules, out);
  }
}

class RulesReader {
 public:
  RulesReader(Rules::Compiled& out, const people::Roster& roster, yaml::Context& context)
      : out_(out),
        roster_(roster),
        context_(context),
        conditions_(out.vocabulary, roster, context),
        reach_(out.vocabulary) {}

  void read(const File& file) {
    Inherited root;
    if (file.nobody_present) root.nobody_present = read_nobody_present(*file.nobody_present);
    if (file.known_client) out_.known_client = *file.known_client;
    root.known_client = out_.known_client;
    out_.rules = read_rules(file.rules, root, "");
    if (file.fallback) read_fallback(*file.fallback);
  }

 private:
  std::vector<Rule> read_rules(const std::vector<RuleEntry>& entries, const Inherited& above,
                               const std::string& path) {
    std::vector<Rule> rules;
    std::map<std::string, int> lines;
    for (const auto& entry : entries) {
      if (!entry.name.value.empty()) {
        const auto [it, added] = lines.emplace(entry.name.value, entry.name.place.line);
        if (!added) {
          context_.problems.add(
              entry.name.place,
              fmt::format("two rules side by side are named '{}'; the other one is in line {}",
                          entry.name.value, it->second));
        }
      }
      rules.push_back(read_rule(entry, above, path));
    }
    return rules;
  }

  Rule read_rule(const RuleEntry& entry, const Inherited& above, const std::string& path) {
    Rule rule;
    rule.name = entry.name.value;
    rule.path = path.empty() ? rule.name : path + " / " + rule.name;
    rule.place = entry.place;
    if (entry.when.node) rule.when = conditions_.read(*entry.when.node);
    rule.does = above;
    if (entry.assign.node) rule.does.assign = read_assign(*entry.assign.node);
    if (entry.set.node) read_set(*entry.set.node, rule.does.set);
    if (entry.lead.node) read_lead(*entry.lead.node, rule.does.lead);
    if (entry.task) read_task(*entry.task, rule.does.task);
    if (entry.robot) read_robot(*entry.robot, rule.does.robot);
    if (entry.notify) rule.does.notify = read_template(*entry.notify);
    if (rule.does.notify && rule.does.notify->text().empty()) rule.does.notify.reset();
    if (entry.accept_within) rule.does.accept_within = read_accept_within(*entry.accept_within);
    if (entry.observers) rule.does.observers = read_observers(*entry.observers);
    if (entry.nobody_present) rule.does.nobody_present = read_nobody_present(*entry.nobody_present);
    if (entry.known_client) rule.does.known_client = *entry.known_client;
    if (const auto why = reach_.enter(rule)) {
      context_.problems.add(rule.place, fmt::format("rule '{}' can never be reached: {}", rule.name, *why));
    }
    rule.rules = read_rules(entry.rules, rule.does, rule.path);
    reach_.leave(rule);
    check_answers(entry, rule);
    return rule;
  }

  Assign read_assign(const yaml::Node& node) {
    if (node.is_map()) {
      bool keep = false;
      for (const auto& entry : node.entries()) {
        if (entry.key == "keep") {
          yaml::read(entry.value, context_, keep);
          if (!keep)
            context_.problems.add(entry.value.place(), "keep: expected true, or a name instead of the map");
        } else {
          context_.problems.unknown(entry.place, "key", entry.key, {"keep"});
        }
      }
      if (node.entries().empty()) yaml::wrong_kind(node, context_, "a name or { keep: true }");
      return {Assign::To::keep, ""};
    }
    if (!node.is_scalar()) {
      yaml::wrong_kind(node, context_, "an employee, a group, account_manager or { keep: true }");
      return {Assign::To::keep, ""};  // no further mistake about nobody being assigned
    }
    const std::string& name = node.scalar();
    if (name == "account_manager") return {Assign::To::account_manager, name};
    if (roster_.employee(name)) return {Assign::To::employee, name};
    if (!roster_.group(name)) {
      auto known = roster_.assignable_names();
      known.emplace_back("account_manager");
      context_.problems.unknown(node.place(), "employee or group", name, known);
    }
    return {Assign::To::group, name};
  }

  void read_set(const yaml::Node& node, json::Object& set) {
    if (!node.is_map()) return yaml::wrong_kind(node, context_, "a map of event members and values");
    event::Event scratch;
    for (const auto& entry : node.entries()) {
      json::Value value;
      yaml::read(entry.value, context_, value);
      if (event::set_member(scratch, entry.key, value)) {
        set.set(entry.key, std::move(value));
      } else {
        context_.problems.unknown(entry.place, "event member", entry.key, event::member_names());
      }
    }
  }

  void read_lead(const yaml::Node& node, std::vector<LeadLine>& lead) {
    if (!node.is_map()) return yaml::wrong_kind(node, context_, "a map of lead fields and values");
    for (const auto& entry : node.entries()) {
      // Inside, the old spelling is the one name of a field, as in mappings.
      const mapping::LeadFieldName field = mapping::lead_field(entry.key);
      if (!field.mistake.empty()) {
        context_.problems.add(entry.place, field.mistake);
        continue;
      }
      LeadLine line{field.name, entry.place,
                    mapping::FieldValue::read(entry.value, out_.vocabulary.dictionaries, context_)};
      out_.crm_fields.emplace_back(field.name, entry.place);
      line.value.add_constants(field.name, entry.place, out_.constants);
      const auto above = std::find_if(lead.begin(), lead.end(),
                                      [&](const LeadLine& known) { return known.field == field.name; });
      if (above == lead.end()) {
        lead.push_back(std::move(line));
      } else {
        *above = std::move(line);
      }
    }
  }

  mapping::Template read_template(const yaml::Placed<std::string>& text) {
    auto compiled = mapping::Template::compile(text.value);
    if (!compiled) {
      const Error& error = compiled.error();
      context_.problems.add(text.place,
                            error.where.empty() ? error.what : error.what + " (" + error.where + ")");
      return {};
    }
    mapping::check_paths(compiled->paths(), template_names(), text.place, context_);
    for (const auto& name : compiled->dictionaries()) {
      if (!out_.vocabulary.dictionaries.find(name)) {
        context_.problems.unknown(text.place, "dictionary", name, out_.vocabulary.dictionaries.names());
      }
    }
    return std::move(*compiled);
  }

  void read_task(const TaskEntry& entry, std::optional<TaskLines>& task) {
    if (entry.none) {
      task.reset();
      return;
    }
    if (!task) task.emplace();
    if (entry.title) task->title = read_template(*entry.title);
    if (entry.description) task->description = read_template(*entry.description);
    if (entry.deadline) {
      if (auto deadline = parse_deadline(entry.deadline->value)) {
        task->deadline = std::move(*deadline);
      } else {
        context_.problems.add(entry.deadline->place, deadline.error().what);
        task->deadline.emplace();  // reported: nothing is missing besides
      }
    }
    if (entry.auditor) {
      check_head_or_employee(*entry.auditor);
      task->auditor = entry.auditor->value;
    }
  }

  void read_robot(const RobotEntry& entry, std::optional<RobotLines>& robot) {
    if (entry.none) {
      robot.reset();
      return;
    }
    if (!robot) robot.emplace();
    if (entry.source) {
      robot->source = entry.source->value;
      out_.robots.push_back(*entry.source);
    }
    if (entry.agent) robot->agent = entry.agent->value;
    // By these the number is called, and the result finds its lead.
    const std::vector<std::string> ours{"phone_number", "lead_id", "deal_id", "contact_id"};
    for (const auto& line : entry.data) {
      if (std::find(ours.begin(), ours.end(), line.name) != ours.end()) {
        context_.problems.add(
            line.place, fmt::format("'{}' is filled by b24gate: give the data another name", line.name));
        continue;
      }
      mapping::Template text = read_template(line.value);
      const auto above = std::find_if(robot->data.begin(), robot->data.end(),
                                      [&](const auto& known) { return known.first == line.name; });
      if (above == robot->data.end()) {
        robot->data.emplace_back(line.name, std::move(text));
      } else {
        above->second = std::move(text);
      }
    }
    for (const auto& [there, key] :
         {std::pair{!robot->source.empty(), "source"}, std::pair{!robot->agent.empty(), "agent"}}) {
      if (!there) {
        context_.problems.add(
            entry.place, fmt::format("the robot has no {0}: write {0}: in it or in a rule above it", key));
      }
    }
  }

  void check_head_or_employee(const yaml::Placed<std::string>& name) {
    if (name.value == "head" || roster_.employee(name.value)) return;
    std::vector<std::string> known{"head"};
    for (const auto& employee : roster_.employees()) known.push_back(employee.name);
    context_.problems.unknown(name.place, "employee", name.value, known);
  }

  std::vector<std::string> read_observers(const std::vector<yaml::Placed<std::string>>& names) {
    std::vector<std::string> out;
    for (const auto& name : names) {
      check_head_or_employee(name);
      if (std::find(out.begin(), out.end(), name.value) == out.end()) out.push_back(name.value);
    }
    return out;
  }

  std::optional<AcceptWithin> read_accept_within(const AcceptWithinEntry& entry) {
    if (entry.none) return std::nullopt;
    auto time = parse_deadline(entry.time.value);
    if (!time) {
      if (entry.time.place.line != 0) context_.problems.add(entry.time.place, time.error().what);
      return std::nullopt;
    }
    return AcceptWithin{std::move(*time), entry.then};
  }

  WhenNobody read_nobody_present(const NobodyPresentEntry& entry) {
    WhenNobody out{entry.then.value, std::nullopt};
    if (!entry.at_most) return out;
    if (entry.then.value != NobodyPresent::wait) {
      context_.problems.add(entry.at_most->place, "at_most: a limit on waiting needs then: wait");
    } else if (entry.at_most->value <= Milliseconds{0}) {
      context_.problems.add(entry.at_most->place, "at_most: expected a duration longer than nothing");
    } else {
      out.at_most = entry.at_most->value;
    }
    return out;
  }

  // What a rule needs that may become the answer.
  void check_answers(const RuleEntry& entry, const Rule& rule) {
    const bool assigns = rule.does.assign.to != Assign::To::nobody;
    if (!assigns && rule.rules.empty()) {
      context_.problems.add(
          rule.place,
          fmt::format("rule '{}' assigns nobody: write assign: in it or in a rule above it", rule.name));
    }
    // Reported where the task was written, not once for every rule that inherits it.
    if (!assigns || !entry.task || !rule.does.task) return;
    for (const auto& [there, key] : {std::pair{rule.does.task->title.has_value(), "title"},
                                     std::pair{rule.does.task->deadline.has_value(), "deadline"}}) {
      if (!there) {
        context_.problems.add(
            entry.task->place,
            fmt::format("the task has no {0}: write {0}: in it or in a rule above it", key));
      }
    }
  }

  void read_fallback(const FallbackEntry& entry) {
    const std::string& name = entry.assign.value;
    if (entry.notify) out_.fallback_notify = read_template(*entry.notify);
    if (name.empty() || name == "account_manager") return;
    if (roster_.employee(name)) {
      out_.fallback = name;
    } else if (roster_.group(name)) {
      context_.problems.add(
          entry.assign.place,
          fmt::format("'{}' is a group; the fallback is one employee, who is always there", name));
    } else {
      std::vector<std::string> known{"account_manager"};
      for (const auto& employee : roster_.employees()) known.push_back(employee.name);
      context_.problems.unknown(entry.assign.place, "employee", name, known);
    }
  }

  Rules::Compiled& out_;
  const people::Roster& roster_;
  yaml::Context& context_;
  ConditionReader conditions_;
  Reach reach_;
};

}  // namespace

Rules Rules::read(const yaml::Node& root, const people::Roster& roster,
                  const mapping::Dictionaries& dictionaries, yaml::Context& context) {
  File file;
  read_file(root, context, file);
  auto compiled = std::make_shared<Compiled>();
  compiled->vocabulary.dictionaries = dictionaries;
  RulesReader(*compiled, roster, context).read(file);
  compiled->tests = read_tests(file.tests, compiled->rules, roster, context);
  Rules out;
  out.compiled_ = std::move(compiled);
  return out;
}

json::Value Rules::schema(yaml::Schemas& schemas) { return file_schema(schemas); }

const std::vector<DistributionTest>& Rules::tests() const {
  static const std::vector<DistributionTest> none;
  return compiled_ ? compiled_->tests : none;
}

std::vector<std::pair<std::string, yaml::Place>> Rules::answering() const {
  std::vector<std::pair<std::string, yaml::Place>> out;
  if (compiled_) add_answering(compiled_->rules, out);
  return out;
}

std::vector<yaml::Placed<std::string>> Rules::robots() const {
  return compiled_ ? compiled_->robots : std::vector<yaml::Placed<std::string>>();
}

std::vector<std::string> Rules::creators() const {
  return compiled_ ? compiled_->vocabulary.creators : std::vector<std::string>();
}

std::vector<mapping::ConstantField> Rules::constants() const {
  return compiled_ ? compiled_->constants : std::vector<mapping::ConstantField>();
}

std::vector<std::pair<std::string, yaml::Place>> Rules::crm_fields() const {
  return compiled_ ? compiled_->crm_fields : std::vector<std::pair<std::string, yaml::Place>>();
}

}  // namespace b24gate::distribution
