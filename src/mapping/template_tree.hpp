// A template compiled: a list of literal texts, outputs and choices. Immutable, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "mapping/expression_tree.hpp"
#include "mapping/filters.hpp"

namespace b24gate::mapping {

struct Output {  // {{ operand | filters }}
  Operand operand;
  std::vector<Filter> filters;
};

struct Part;
struct Branch {
  std::optional<Condition> condition;  // none: else
  std::vector<Part> parts;
};

// A literal text, unless there is an output or there are branches.
struct Part {
  std::string text;
  std::optional<Output> output;
  std::vector<Branch> branches;
};

// Fails with ErrorKind::config and `where` = "character N". Line breaks at the end are left out.
Result<std::vector<Part>> read_template(std::string_view text);

}  // namespace b24gate::mapping
