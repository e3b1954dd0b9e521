#include "yaml/shape.hpp"

#include <fmt/format.h>

namespace b24gate::yaml {

json::Value Schemas::reference(const std::string& name, const std::function<json::Value(Schemas&)>& make) {
  if (!definitions_.count(name)) {
    definitions_.emplace(name, json::Value());  // stands while `make` refers to itself
    json::Value made = make(*this);
    definitions_[name] = std::move(made);
  }
  return json::Value::object({{"$ref", "#/definitions/" + name}});
}

json::Value Schemas::document(std::string_view title, json::Value root) const {
  json::Value out =
      json::Value::object({{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}});
  for (auto& [key, value] : *root.object_if()) out[key] = std::move(value);
  if (!definitions_.empty()) {
    json::Value definitions;
    for (const auto& [name, definition] : definitions_) definitions[name] = definition;
    out["definitions"] = std::move(definitions);
  }
  return out;
}

void wrong_kind(const Node& node, Context& context, std::string_view expected) {
  context.problems.add(node.place(), fmt::format("expected {}, found {}", expected, node.kind_name()));
}

std::optional<std::string> resolved(const Node& node, Context& context) {
  const std::string& text = node.scalar();
  std::string out;
  bool good = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find("${", at);
    if (open == std::string::npos) {
      out += text.substr(at);
      break;
    }
    out += text.substr(at, open - at);
    const std::size_t close = text.find('}', open);
    const std::size_t colon = text.find(':', open);
    if (close == std::string::npos || colon == std::string::npos || colon > close) {
      context.problems.add(node.place(),
                           "'${' begins a secret: write ${env:NAME}, ${file:PATH} or ${credential:NAME}");
      return std::nullopt;
    }
    const std::string kind = text.substr(open + 2, colon - open - 2);
    const std::string name = text.substr(colon + 1, close - colon - 1);
    if (auto value = context.secrets.find(kind, name)) {
      out += *value;
    } else {
      context.problems.add(node.place(), value.error().what);
      good = false;
    }
    at = close + 1;
  }
  if (!good) return std::nullopt;
  return out;
}

json::Value described(json::Value schema, std::string_view description) {
  if (description.empty()) return schema;
  if (!schema["$ref"].is_null()) {
    return json::Value::object(
        {{"description", description}, {"allOf", json::Value::array({std::move(schema)})}});
  }
  schema["description"] = description;
  return schema;
}

}  // namespace b24gate::yaml
