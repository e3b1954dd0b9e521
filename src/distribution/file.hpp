// distribution.yaml as it is written, before anything in it is looked up: the shapes that read it and
// describe it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "distribution/rule.hpp"
#include "yaml/shape.hpp"
#include "yaml/types.hpp"

namespace b24gate::distribution {

// Parts that can be read only with the roster and the dictionaries at hand are kept as they are.
struct ConditionPart {
  std::optional<yaml::Node> node;
};
struct AssignPart {
  std::optional<yaml::Node> node;
};
struct SetPart {
  std::optional<yaml::Node> node;
};
struct LeadPart {
  std::optional<yaml::Node> node;
};

// A map of names and values, with the places of both.
struct MapPart {
  std::optional<yaml::Node> node;
  json::Value value;
};

struct TaskEntry {
  bool none = false;  // `task: none`: not even the one of the rules above
  yaml::Place place;
  std::optional<yaml::Placed<std::string>> title;
  std::optional<yaml::Placed<std::string>> description;
  std::optional<yaml::Placed<std::string>> deadline;
  std::optional<yaml::Placed<std::string>> auditor;
};

struct RobotEntry {
  bool none = false;  // `robot: none`: not even the one of the rules above
  yaml::Place place;
  std::optional<yaml::Placed<std::string>> source;
  std::optional<yaml::Placed<std::string>> agent;
  yaml::NamedList<yaml::Placed<std::string>> data;
};

struct NobodyPresentEntry {
  yaml::Placed<NobodyPresent> then{NobodyPresent::fallback, {}};
  std::optional<yaml::Placed<Milliseconds>> at_most;
};

// none, "30 working minutes", or { time: 30 working minutes, then: head }.
struct AcceptWithinEntry {
  bool none = false;  // not even the one of the rules above
  yaml::Placed<std::string> time;
  Acceptance::Then then = Acceptance::Then::next;
};

struct RuleEntry {
  yaml::Place place;  // where the rule begins
  yaml::Placed<std::string> name;
  ConditionPart when;
  AssignPart assign;
  SetPart set;
  LeadPart lead;
  std::optional<TaskEntry> task;
  std::optional<RobotEntry> robot;
  std::optional<yaml::Placed<std::string>> notify;
  std::optional<AcceptWithinEntry> accept_within;
  std::optional<std::vector<yaml::Placed<std::string>>> observers;
  std::optional<NobodyPresentEntry> nobody_present;
  std::optional<KnownClient> known_client;
  std::vector<RuleEntry> rules;
};

struct FallbackEntry {
  yaml::Placed<std::string> assign;
  std::optional<yaml::Placed<std::string>> notify;
};

// all, none, "ivanov, petrova" or a list of names.
struct PresentPart {
  yaml::Place place;
  std::vector<std::string> names;
};

enum class Known { open_lead, client, nobody };

// The enquiry of a test or of one of its steps, and what is supposed about it. What a step leaves out is as
// in its test.
struct EnquiryEntry {
  yaml::Place place;
  std::optional<MapPart> event;
  std::optional<yaml::Placed<int>> repeat;
  std::optional<yaml::Placed<Milliseconds>> every;
  std::optional<PresentPart> present;
  std::optional<Known> known;
  std::optional<yaml::Placed<std::string>> manager;
  std::optional<yaml::Placed<std::string>> created_by;
  std::optional<MapPart> expect;
};

struct StepEntry : EnquiryEntry {
  std::optional<yaml::Placed<Milliseconds>> after;
};

// 3, or { hour: 1, day: 6 }.
struct GivenEntry {
  std::optional<yaml::Placed<int>> hour;
  std::optional<yaml::Placed<int>> day;
};

struct TestEntry : EnquiryEntry {
  yaml::Placed<std::string> name;
  std::optional<yaml::Placed<std::string>> at;
  yaml::NamedList<int> load;
  yaml::NamedList<GivenEntry> given;
  std::vector<StepEntry> sequence;
};

struct File {
  std::vector<RuleEntry> rules;
  std::optional<KnownClient> known_client;
  std::optional<NobodyPresentEntry> nobody_present;
  std::optional<FallbackEntry> fallback;
  std::vector<TestEntry> tests;
};

// Mistakes of form go to the context; `out` is usable all the same.
void read_file(const yaml::Node& root, yaml::Context& context, File& out);
json::Value file_schema(yaml::Schemas& schemas);

}  // namespace b24gate::distribution
