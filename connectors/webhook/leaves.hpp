// A decoded body as a flat list of labelled answers, whatever its nesting.
#pragma once

#include <string>
#include <vector>

#include "connector/labels.hpp"
#include "json/value.hpp"

namespace b24gate::webhook {

struct Leaf {
  std::string label;  // dotted where the parents say something: "manager.name"; without wrappers: "Мощность"
  const json::Value* value;  // a text, number, flag, or a list of those; points into the body
  connector::Role role;
};

// In the order of the body. Wrappers such as data, fields, contact, client add nothing to a label; lists of
// {name, value} or {q, a} become labels with their values; what lies under other names (manager, product) is
// never taken for the client's.
std::vector<Leaf> leaves_of(const json::Value& body);

// Whether the parent of this name only wraps: "data", "client".
bool is_wrapper(std::string_view name);

}  // namespace b24gate::webhook
