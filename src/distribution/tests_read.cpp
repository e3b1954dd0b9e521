#include "distribution/tests_read.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "distribution/subjects.hpp"

namespace b24gate::distribution {
namespace {

void add_rule_names(const std::vector<Rule>& rules, std::vector<std::string>& out) {
  for (const auto& rule : rules) {
    out.push_back(rule.path);
    if (rule.name != rule.path) out.push_back(rule.name);
    add_rule_names(rule.rules, out);
  }
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class TestsReader {
 public:
  TestsReader(const std::vector<Rule>& rules, const people::Roster& roster, yaml::Context& context)
      : roster_(roster), context_(context) {
    for (const auto& employee : roster.employees()) employees_.push_back(employee.name);
    for (const auto& group : roster.groups()) groups_.push_back(group.name);
    add_rule_names(rules, rules_);
  }

  DistributionTest read(const TestEntry& entry) {
    DistributionTest out;
    out.place = entry.name.place;
    out.name = entry.name.value;
    out.event = entry.event.value;
    out.expect = entry.expect.value;
    out.manager = entry.manager.value;
    out.created_by = entry.created_by.value;
    if (entry.known) {
      out.known = *entry.known == Known::open_lead ? "open-lead"
                  : *entry.known == Known::client  ? "client"
                                                   : "nobody";
    }
    if (entry.at) out.at = read_time(*entry.at);
    for (const auto& name : entry.present.names) {
      const bool word = (name == "all" || name == "none") && entry.present.names.size() == 1;
      if (!word) employee(name, entry.present.place);
      out.present += (out.present.empty() ? "" : ",") + name;
    }
    for (const auto& load : entry.load) {
      employee(load.name, load.place);
      out.load[load.name] = load.value;
    }
    for (const auto* person : {&entry.manager, &entry.created_by}) {
      if (!person->value.empty()) employee(person->value, person->place);
    }
    if (entry.event.node) check_event(*entry.event.node, "");
    if (entry.expect.node) check_expect(*entry.expect.node);
    return out;
  }

 private:
  void employee(const std::string& name, const yaml::Place& place) {
    if (!roster_.employee(name)) context_.problems.unknown(place, "employee", name, employees_);
  }

  std::optional<TimePoint> read_time(const yaml::Placed<std::string>& text) {
    const auto at = parse_iso(text.value, TimeZone::utc());
    // A time without an offset means something else in each zone.
    const auto moscow = TimeZone::find("Europe/Moscow");
    if (at && (!moscow || parse_iso(text.value, *moscow) == at)) return at;
    context_.problems.add(
        text.place, fmt::format("expected a time with its offset like 2026-03-02T23:10:00+03:00, found '{}'",
                                text.value));
    return std::nullopt;
  }

  void check_event(const yaml::Node& node, const std::string& prefix) {
    for (const auto& entry : node.entries()) {
      const std::string name = prefix.empty() ? entry.key : prefix + "." + entry.key;
      if (name == "fields" || name == "source" || name == "connector") continue;
      if (name.starts_with("client.") || name == "client" || name == "created_by" || name == "time" ||
          !is_subject(name)) {
        context_.problems.unknown(entry.place, "event member", name, subject_names());
      } else if (entry.value.is_map()) {
        check_event(entry.value, name);
      }
    }
  }

  void check_expect(const yaml::Node& node) {
    static const std::vector<std::string> known{"assign", "rule", "group", "fallback", "keep"};
    for (const auto& entry : node.entries()) {
      const std::string& value = entry.value.scalar();
      if (entry.key == "assign" && entry.value.is_scalar()) {
        if (value != "account_manager" && !has(groups_, value)) employee(value, entry.value.place());
      } else if (entry.key == "group" && entry.value.is_scalar()) {
        if (!has(groups_, value)) context_.problems.unknown(entry.value.place(), "group", value, groups_);
      } else if (entry.key == "rule" && entry.value.is_scalar()) {
        if (!has(rules_, value)) context_.problems.unknown(entry.value.place(), "rule", value, rules_);
      } else if (!has(known, entry.key) && !entry.key.starts_with("set.") &&
                 !entry.key.starts_with("lead.")) {
        auto names = known;
        names.insert(names.end(), {"set.NAME", "lead.FIELD"});
        context_.problems.unknown(entry.place, "key", entry.key, names);
      }
    }
  }

  const people::Roster& roster_;
  yaml::Context& context_;
  std::vector<std::string> employees_;
  std::vector<std::string> groups_;
  std::vector<std::string> rules_;
};

}  // namespace

std::vector<DistributionTest> read_tests(const std::vector<TestEntry>& entries,
                                         const std::vector<Rule>& rules, const people::Roster& roster,
                                         yaml::Context& context) {
  TestsReader reader(rules, roster, context);
  std::vector<DistributionTest> out;
  for (const auto& entry : entries) out.push_back(reader.read(entry));
  return out;
}

}  // namespace b24gate::distribution
