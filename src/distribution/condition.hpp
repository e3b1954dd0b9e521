// Conditions of `when:`, compiled, and what they are asked about.
//
// A Condition and its Vocabulary are immutable after reading and thread-safe. An Observation belongs to one
// decision: it looks up, folds and stems each member at most once, and only when some condition asks for it.
#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "distribution/distribution.hpp"
#include "distribution/words.hpp"
#include "mapping/dictionary.hpp"
#include "mapping/path.hpp"
#include "people/people.hpp"
#include "yaml/shape.hpp"

namespace b24gate::distribution {

// What a condition is about: a member of the event, or something else that is known.
struct Subject {
  enum class From { event, created_by, client_known, client_manager, client_open_lead };
  std::string name;  // as it is written
  From from = From::event;
  mapping::Path path;
  std::string dictionary;  // its value is looked up there first; empty: it is not
};

// Everything that the conditions of one file talk about; conditions keep indexes into it.
struct Vocabulary {
  std::vector<Subject> subjects;
  std::vector<people::WorkingTime> hours;
  std::vector<std::string> hours_names;  // beside `hours`
  mapping::Dictionaries dictionaries;
  std::vector<std::string> creators;  // employees whom conditions name as those who make leads by hand
};

struct Condition {
  enum class Kind { all, any, none, equal, contains, words, matches, exists, above, below, within };
  Kind kind = Kind::all;
  std::vector<Condition> children;  // of all, any, none
  std::size_t subject = 0;          // index into the vocabulary; of `within` into its hours
  std::vector<std::string>
      texts;  // of equal and contains: comparable, sorted; of the others as they are written
  std::vector<double> numbers;                            // of equal: those that were written as numbers
  std::vector<std::vector<std::string>> phrases;          // of words
  std::vector<std::shared_ptr<const re2::RE2>> patterns;  // of matches
  double bound = 0;                                       // of above and below
};

// The facts of one decision as conditions see them.
class Observation {
 public:
  Observation(const Vocabulary& vocabulary, const Facts& facts, const people::Roster& roster);
  [[nodiscard]] bool holds(const Condition& condition);

 private:
  struct Values {
    bool exists = false;
    std::vector<std::string> texts;
    std::optional<std::vector<std::string>> comparable;
    std::optional<std::vector<Stems>> stems;
  };
  Values& values(std::size_t subject);
  [[nodiscard]] Values look_up(const Subject& subject) const;
  const std::vector<std::string>& comparables(std::size_t subject);
  const std::vector<Stems>& stems(std::size_t subject);
  bool within(std::size_t hours);

  const Vocabulary& vocabulary_;
  const Facts& facts_;
  const people::Roster& roster_;
  const mapping::Dictionaries& dictionaries_;
  std::vector<std::optional<Values>> values_;
  std::vector<std::optional<bool>> open_;
};

// Whether every enquiry for which `specific` holds is one for which `general` holds too, as far as their text
// shows it.
bool covers(const Condition& general, const Condition& specific);

// Reads `when:`. Subjects and hours are added to the vocabulary; mistakes go to the context.
class ConditionReader {
 public:
  ConditionReader(Vocabulary& vocabulary, const people::Roster& roster, yaml::Context& context);
  Condition read(const yaml::Node& node);

 private:
  Condition read_line(const yaml::Node::Entry& entry);
  Condition read_group(const yaml::Node& node, Condition::Kind kind);
  Condition read_time(const yaml::Node& node);
  Condition read_within(const yaml::Node& node);
  Condition read_hours(const yaml::Node& node);
  Condition read_value(const yaml::Node& node, std::size_t subject);
  Condition read_operators(const yaml::Node& node, std::size_t subject, const yaml::Node::Entry* ignored);
  Condition read_operator(const yaml::Node::Entry& entry, std::size_t subject);
  Condition read_equal(const yaml::Node& node, std::size_t subject);
  Condition read_lookup(const yaml::Node& node, std::size_t subject);
  Condition read_bound(const yaml::Node& node, std::size_t subject, Condition::Kind kind);
  Condition read_pattern(const yaml::Node& node, std::size_t subject);
  void check_words(const std::string& text, const yaml::Node& node, std::size_t subject);
  std::optional<std::size_t> subject_of(const yaml::Node::Entry& entry);
  std::size_t intern(Subject subject);
  std::size_t intern_hours(const std::string& name, const people::WorkingTime& hours);
  std::vector<const yaml::Node*> scalars(const yaml::Node& node);

  Vocabulary& vocabulary_;
  const people::Roster& roster_;
  yaml::Context& context_;
};

json::Value condition_schema(yaml::Schemas& schemas);

}  // namespace b24gate::distribution
