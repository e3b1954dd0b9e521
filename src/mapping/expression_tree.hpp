// Expressions compiled: what stands in {% if %}, and all of an Expression. Immutable, thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "mapping/reader.hpp"

namespace b24gate::mapping {

struct Condition {
  enum class Kind {
    says,  // the first operand says something
    equal,
    less,
    less_or_equal,
    in,  // the first operand is in the second, or in `choices`
    negation,
    all,
    any,
  };
  Kind kind = Kind::says;
  Operand left;
  Operand right;
  std::vector<Operand> choices;
  bool has_choices = false;
  std::vector<Condition> parts;  // of negation, all and any

  // Reads up to the end of what the reader holds.
  static Result<Condition> read(Reader& reader);
  [[nodiscard]] bool holds_for(const json::Value& scope) const;
  void add_paths(std::vector<std::string>& paths) const;
};

// Adds a path unless it is there.
void add_path(std::vector<std::string>& paths, const Operand& operand);

}  // namespace b24gate::mapping
