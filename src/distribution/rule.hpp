// The rules as they are compiled: what distribution.hpp hides. Immutable after reading.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "distribution/condition.hpp"
#include "distribution/deadline.hpp"
#include "distribution/distribution.hpp"

namespace b24gate::distribution {

enum class NobodyPresent {
  fallback,   // the account manager, as if no rule had matched
  next_rule,  // matching goes on behind the rule
  wait,       // for somebody of the group; until then the account manager has the enquiry
};
enum class KnownClient { keep_manager, rules };

struct Assign {
  enum class To { nobody, employee, account_manager, group, keep };
  To to = To::nobody;
  std::string name;
};

// `task:` as it stands in one rule and those above it.
struct TaskLines {
  std::optional<mapping::Template> title;
  std::optional<mapping::Template> description;
  std::optional<Deadline> deadline;
  std::optional<std::string> auditor;
};

// `robot:` as it stands in one rule and those above it.
struct RobotLines {
  std::string source;
  std::string agent;
  std::vector<std::pair<std::string, mapping::Template>> data;
};

// `accept_within:` of one rule.
struct AcceptWithin {
  Deadline time;
  Acceptance::Then then = Acceptance::Then::next;
};

// `nobody_present:` of one rule, or of all.
struct WhenNobody {
  NobodyPresent then = NobodyPresent::fallback;
  std::optional<Milliseconds> at_most;  // of waiting
};

struct LeadLine {
  std::string field;
  yaml::Place place;
  mapping::FieldValue value;
};

// What children inherit; a child overrides it line by line.
struct Inherited {
  Assign assign;
  json::Object set;
  std::vector<LeadLine> lead;
  std::optional<TaskLines> task;
  std::optional<RobotLines> robot;
  std::optional<mapping::Template> notify;
  std::optional<AcceptWithin> accept_within;
  std::vector<std::string> observers;
  WhenNobody nobody_present;
  KnownClient known_client = KnownClient::keep_manager;
};

struct Rule {
  std::string name;
  std::string path;  // with the names above it: "газопоршневые установки / Сибирь"
  yaml::Place place;
  Condition when;
  Inherited does;  // what its own lines and those above it say together
  std::vector<Rule> rules;
};

struct Rules::Compiled {
  Vocabulary vocabulary;
  std::vector<Rule> rules;
  KnownClient known_client = KnownClient::keep_manager;
  std::string fallback;  // an employee; empty: the account manager
  std::optional<mapping::Template> fallback_notify;
  std::vector<DistributionTest> tests;
  std::vector<std::pair<std::string, yaml::Place>> crm_fields;
  std::vector<yaml::Placed<std::string>> robots;
  std::vector<mapping::ConstantField> constants;
};

}  // namespace b24gate::distribution
