// Which rules can never win: seen while the rules are read, from the first to the last.
//
// Only what their text shows: that no enquiry can have two regions at once is known here, that no order of a
// shop is without a price is not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "distribution/rule.hpp"

namespace b24gate::distribution {

// Whether an enquiry that fits the rule never gets past it; whether its children leave nothing to the rule
// itself.
bool ends_matching(const Rule& rule);
bool children_take_all(const Rule& rule);

class Reach {
 public:
  explicit Reach(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  // A rule whose conditions have been read, before its children are. Says why it can never win; nullopt: it
  // may, or it stands inside one that was reported.
  std::optional<std::string> enter(const Rule& rule);
  // After its children.
  void leave(const Rule& rule);

 private:
  // A rule that nothing gets past which fits it.
  struct Taker {
    Condition when;  // with those above
    std::string name;
    std::string parent;  // path of the rule it stands in
    int line = 0;
    bool bare = false;  // without conditions of its own
  };
  struct Level {
    Condition when;  // of the rule and those above it
    std::string path;
    bool reported = false;
  };

  [[nodiscard]] bool contradicts_itself(const Condition& when) const;
  [[nodiscard]] bool has_one_value(std::size_t subject) const;
  [[nodiscard]] const Taker* taker_of(const Condition& when) const;
  // The takers that together leave nothing of a condition that is met by one of several texts.
  [[nodiscard]] std::vector<const Taker*> takers_of_parts(const Condition& when) const;

  const Vocabulary& vocabulary_;
  std::vector<Level> above_;
  std::vector<Taker> takers_;
};

}  // namespace b24gate::distribution
