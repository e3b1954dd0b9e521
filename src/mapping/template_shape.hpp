// Templates and expressions as values of YAML files: compiled while they are read, every mistake at its
// place.
#pragma once

#include <string_view>

#include "mapping/dictionary.hpp"
#include "mapping/template.hpp"
#include "yaml/shape.hpp"

namespace b24gate::mapping {

struct PlacedTemplate {
  Template value;
  yaml::Place place;
};

struct PlacedExpression {
  Expression value;
  yaml::Place place;
};

// Reports dictionaries that the template looks things up in and that do not exist.
void check_dictionaries(const PlacedTemplate& read, const Dictionaries& dictionaries, yaml::Context& context);

}  // namespace b24gate::mapping

namespace b24gate::yaml {

// Secrets (${…}) are refused: what a template says goes into the CRM.
template <>
struct Shape<mapping::PlacedTemplate> {
  static void read(const Node& node, Context& context, mapping::PlacedTemplate& out);
  static json::Value schema(Schemas&);
};

template <>
struct Shape<mapping::PlacedExpression> {
  static void read(const Node& node, Context& context, mapping::PlacedExpression& out);
  static json::Value schema(Schemas&);
};

}  // namespace b24gate::yaml
