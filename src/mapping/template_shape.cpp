#include "mapping/template_shape.hpp"

#include <fmt/format.h>

#include "mapping/mapping.hpp"

namespace b24gate::mapping {

void check_dictionaries(const PlacedTemplate& read, const Dictionaries& dictionaries,
                        yaml::Context& context) {
  for (const auto& name : read.value.dictionaries()) {
    if (!dictionaries.find(name))
      context.problems.unknown(read.place, "dictionary", name, dictionaries.names());
  }
}

namespace {

bool holds_secret(std::string_view text) {
  for (const std::string_view kind : {"${env:", "${file:", "${credential:"}) {
    if (text.find(kind) != std::string_view::npos) return true;
  }
  return false;
}

// Reads a template or an expression; what they have in common.
template <class Placed>
void read_compiled(const yaml::Node& node, yaml::Context& context, std::string_view expected, Placed& out) {
  out.place = node.place();
  if (!node.is_scalar()) return yaml::wrong_kind(node, context, expected);
  if (holds_secret(node.scalar())) {
    return context.problems.add(node.place(), "a secret cannot be written into a lead; remove the ${…}");
  }
  auto compiled = decltype(out.value)::compile(node.scalar());
  if (!compiled) {
    const Error& error = compiled.error();
    return context.problems.add(node.place(), fmt::format("{}: {}", error.where, error.what));
  }
  out.value = std::move(*compiled);
  check_paths(out.value.paths(), {}, node.place(), context);
}

}  // namespace
}  // namespace b24gate::mapping

namespace b24gate::yaml {

void Shape<mapping::PlacedTemplate>::read(const Node& node, Context& context, mapping::PlacedTemplate& out) {
  mapping::read_compiled(node, context, "a template", out);
}
json::Value Shape<mapping::PlacedTemplate>::schema(Schemas&) {
  return json::Value::object({{"type", json::Value::array({"string", "number", "boolean"})}});
}

void Shape<mapping::PlacedExpression>::read(const Node& node, Context& context,
                                            mapping::PlacedExpression& out) {
  mapping::read_compiled(node, context, "a condition like contact.phones or contact.emails", out);
}
json::Value Shape<mapping::PlacedExpression>::schema(Schemas&) {
  return json::Value::object({{"type", json::Value::array({"string", "boolean"})}});
}

}  // namespace b24gate::yaml
