#include "distribution/tests_read.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "distribution/subjects.hpp"

namespace b24gate::distribution {
namespace {

constexpr int most_repeats = 10'000;

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
    if (entry.at) out.at = read_time(*entry.at);
    for (const auto& load : entry.load) {
      employee(load.name, load.place);
      out.load[load.name] = load.value;
    }
    for (const auto& given : entry.given) {
      employee(given.name, given.place);
      const int hour = given.value.hour ? given.value.hour->value : 0;
      out.given[given.name] = {hour, std::max(hour, given.value.day ? given.value.day->value : 0)};
    }
    if (entry.expect) {
      out.expect = read_expect(*entry.expect, &out);
    }
    for (const auto& step : entry.sequence) out.steps.push_back(read_step(step, &entry, step.after));
    if (entry.sequence.empty()) {
      out.steps.push_back(read_step(entry, nullptr, std::nullopt));
      out.steps.back().expect = json::Value(json::Object());
    } else {
      if (entry.repeat)
        context_.problems.add(entry.repeat->place, "repeat: with a sequence it stands in one of its steps");
      check_enquiry(entry);
    }
    return out;
  }

 private:
  // `test` is what the step is a part of; null: the test is its only step.
  DistributionTest::Step read_step(const EnquiryEntry& entry, const EnquiryEntry* test,
                                   const std::optional<yaml::Placed<Milliseconds>>& after) {
    DistributionTest::Step out;
    out.place = entry.place;
    check_enquiry(entry);
    const auto own_or_of_test = [&](auto member) {
      return entry.*member || !test ? entry.*member : test->*member;
    };
    const auto event = own_or_of_test(&EnquiryEntry::event);
    if (event) {
      out.event = event->value;
    } else {
      context_.problems.add(entry.place, "no enquiry: write event: in it");
    }
    if (entry.repeat) {
      out.repeat = entry.repeat->value;
      if (out.repeat < 1 || out.repeat > most_repeats) {
        context_.problems.add(
            entry.repeat->place,
            fmt::format("repeat: expected a number from 1 to {}, found {}", most_repeats, out.repeat));
        out.repeat = 1;
      }
    }
    if (const auto every = own_or_of_test(&EnquiryEntry::every)) out.every = every->value;
    if (after) out.after = after->value;
    if (const auto present = own_or_of_test(&EnquiryEntry::present)) {
      for (const auto& name : present->names) out.present += (out.present.empty() ? "" : ",") + name;
    }
    if (const auto known = own_or_of_test(&EnquiryEntry::known)) {
      out.known = *known == Known::open_lead ? "open-lead" : *known == Known::client ? "client" : "nobody";
    }
    if (const auto manager = own_or_of_test(&EnquiryEntry::manager)) out.manager = manager->value;
    if (const auto made_by = own_or_of_test(&EnquiryEntry::created_by)) out.created_by = made_by->value;
    if (entry.expect && test) out.expect = read_expect(*entry.expect, nullptr);
    return out;
  }

  // The names in what is written here, whoever inherits it.
  void check_enquiry(const EnquiryEntry& entry) {
    if (entry.present) {
      for (const auto& name : entry.present->names) {
        const bool word = (name == "all" || name == "none") && entry.present->names.size() == 1;
        if (!word) employee(name, entry.present->place);
      }
    }
    for (const auto* person : {&entry.manager, &entry.created_by}) {
      if (*person && !(*person)->value.empty()) employee((*person)->value, (*person)->place);
    }
    if (entry.event && entry.event->node) check_event(*entry.event->node, "");
  }

  // Takes the numbers of a whole test out of what every enquiry must be; null: a step, which has none.
  json::Value read_expect(const MapPart& part, DistributionTest* test) {
    json::Value out(json::Object{});
    if (!part.node) return out;
    check_expect(*part.node, test != nullptr);
    for (const auto& entry : part.node->entries()) {
      if (entry.key == "counts" || entry.key == "shares") {
        if (test) read_numbers(entry, entry.key == "counts" ? test->counts : test->shares);
      } else {
        out[entry.key] = part.value[entry.key];
      }
    }
    return out;
  }

  void read_numbers(const yaml::Node::Entry& written, std::map<std::string, int>& out) {
    yaml::NamedList<yaml::Placed<int>> numbers;
    yaml::read(written.value, context_, numbers);
    const int least = written.key == "shares" ? 1 : 0;
    for (const auto& number : numbers) {
      employee(number.name, number.place);
      if (number.value.value < least) {
        context_.problems.add(number.value.place, fmt::format("{}: expected {} or more, found {}",
                                                              written.key, least, number.value.value));
      }
      out[number.name] = number.value.value;
    }
    if (out.empty() && written.value.is_map())
      context_.problems.add(written.value.place(),
                            fmt::format("{}: name at least one employee", written.key));
  }

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

  void check_expect(const yaml::Node& node, bool of_test) {
    std::vector<std::string> known{"assign",    "rule",         "group",     "fallback",      "keep",
                                   "waits_for", "tell_manager", "observers", "accept_within", "robot"};
    if (of_test) known.insert(known.end(), {"counts", "shares"});
    for (const auto& entry : node.entries()) {
      const std::string& value = entry.value.scalar();
      if (entry.key == "assign" && entry.value.is_scalar()) {
        if (value != "account_manager" && !has(groups_, value)) employee(value, entry.value.place());
      } else if (entry.key == "tell_manager" && entry.value.is_scalar()) {
        employee(value, entry.value.place());
      } else if ((entry.key == "group" || entry.key == "waits_for") && entry.value.is_scalar()) {
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
