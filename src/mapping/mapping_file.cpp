#include "mapping/mapping_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mapping/lead_fields.hpp"
#include "mapping/same.hpp"

namespace b24gate::yaml {
namespace {

constexpr std::string_view fields_prefix = "fields.";

bool begins_with(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

// Whether events have such a member; a mistake is reported.
bool is_member(const std::string& name, const Place& place, Context& context) {
  if (begins_with(name, fields_prefix) && name.size() > fields_prefix.size()) return true;
  const auto& known = event::member_names();
  if (std::find(known.begin(), known.end(), name) != known.end()) return true;
  std::vector<std::string> candidates = known;
  candidates.emplace_back("fields.NAME");
  context.problems.unknown(place, "event member", name, candidates);
  return false;
}

void read_path(const Node& node, Context& context, std::vector<mapping::Path>& out) {
  if (!node.is_scalar()) return wrong_kind(node, context, "a path");
  auto path = mapping::Path::parse(node.scalar());
  if (path) {
    out.push_back(std::move(*path));
  } else {
    context.problems.add(node.place(), fmt::format("{}: {}", path.error().where, path.error().what));
  }
}

// The schema of a map whose keys are members of events.
json::Value member_map(const json::Value& value) {
  json::Value properties = json::Value(json::Object());
  for (const auto& name : event::member_names()) properties[name] = value;
  json::Value out = json::Value::object({{"type", "object"}});
  out["properties"] = std::move(properties);
  out["patternProperties"] = json::Value::object({{"^fields\\..+$", value}});
  out["additionalProperties"] = false;
  return out;
}

// The dotted path of an expectation: event.…, lead.…, and what else `try --json` prints.
void check_expectation(Placed<std::string>& path, Context& context) {
  static const std::vector<std::string> heads = {"request", "event",      "events",
                                                 "lead",    "assignment", "operations"};
  const std::string head = path.value.substr(0, path.value.find_first_of(".["));
  if (std::find(heads.begin(), heads.end(), head) == heads.end()) {
    return context.problems.unknown(path.place, "path", path.value, heads);
  }
  const auto parsed = mapping::Path::parse(path.value);
  if (!parsed) {
    return context.problems.add(path.place, fmt::format("{}: {}", parsed.error().where, parsed.error().what));
  }
  if (head == "event" && path.value.size() > head.size() + 1 && path.value[head.size()] == '.') {
    return mapping::check_paths({path.value.substr(head.size() + 1)}, {}, path.place, context);
  }
  if (head == "lead" && path.value.size() > head.size() + 1) {
    const std::string below = path.value.substr(head.size() + 1);
    const std::size_t end = std::min(below.find_first_of(".["), below.size());
    if (const auto name = mapping::lead_field_to_read(below.substr(0, end))) {
      path.value = "lead." + *name + below.substr(end);
    } else {
      context.problems.add(path.place, mapping::lead_field(below.substr(0, end)).mistake);
    }
  }
}

}  // namespace

void Shape<mapping::EventLines>::read(const Node& node, Context& context, mapping::EventLines& out) {
  if (!node.is_map()) return wrong_kind(node, context, "a map of event members and paths");
  for (const auto& entry : node.entries()) {
    const bool known = is_member(entry.key, entry.place, context);
    mapping::EventLine line{entry.key, entry.place, {}};
    if (entry.value.is_list()) {
      for (const auto& item : entry.value.items()) read_path(item, context, line.paths);
    } else if (!entry.value.is_null()) {
      read_path(entry.value, context, line.paths);
    }
    if (known) out.lines.push_back(std::move(line));
  }
}

json::Value Shape<mapping::EventLines>::schema(Schemas& schemas) {
  const json::Value paths = schemas.reference("paths", [](Schemas&) {
    const json::Value path = json::Value::object({{"type", json::Value::array({"string", "number"})}});
    const json::Value list = json::Value::object({{"type", "array"}, {"items", path}});
    json::Value out = json::Value::object(
        {{"description", "A path or a list of paths; the first that says something wins."}});
    out["anyOf"] = json::Value::array({path, list, json::Value::object({{"type", "null"}})});
    return out;
  });
  return member_map(paths);
}

void Shape<mapping::LeadLines>::read(const Node& node, Context& context, mapping::LeadLines& out) {
  if (!node.is_map()) return wrong_kind(node, context, "a map of lead fields and templates");
  for (const auto& entry : node.entries()) {
    auto field = mapping::lead_field(entry.key);
    if (field.name.empty()) {
      context.problems.add(entry.place, field.mistake);
      // Its value is read all the same: its mistakes are told at once.
      field.name.clear();
    } else {
      const auto twice = std::find_if(out.lines.begin(), out.lines.end(),
                                      [&](const mapping::LeadLine& line) { return line.name == field.name; });
      if (twice != out.lines.end()) {
        context.problems.add(entry.place, fmt::format("'{}' is the same field as '{}' of line {}; keep one",
                                                      entry.key, twice->written, twice->place.line));
        field.name.clear();
      }
    }
    out.lines.push_back(
        {std::move(field.name), entry.key, entry.place, entry.value.is_null() ? nullptr : &entry.value});
  }
}

json::Value Shape<mapping::LeadLines>::schema(Schemas& schemas) {
  const json::Value field = mapping::FieldValue::schema(schemas);
  const json::Value value =
      json::Value::object({{"anyOf", json::Value::array({field, json::Value::object({{"type", "null"}})})}});
  json::Value properties = json::Value(json::Object());
  for (const auto& name : mapping::lead_field_names()) properties[name] = value;
  for (const auto& name : mapping::lead_item_names()) properties[name] = value;
  json::Value out = json::Value::object({{"type", "object"}});
  out["properties"] = std::move(properties);
  out["patternProperties"] = json::Value::object(
      {{"^(UF_CRM_|ufCrm)[A-Za-z0-9_]+$", value}, {"^(PARENT_ID_|parentId)[0-9]+$", value}});
  out["additionalProperties"] = false;
  return out;
}

void Shape<mapping::SetLines>::read(const Node& node, Context& context, mapping::SetLines& out) {
  if (!node.is_map()) return wrong_kind(node, context, "a map of event members and values");
  for (const auto& entry : node.entries()) {
    const bool known = is_member(entry.key, entry.place, context);
    mapping::SetLine line{entry.key, entry.place, {}};
    yaml::read(entry.value, context, line.value);
    if (entry.key == "kind" && !event::parse_kind(line.value.text())) {
      context.problems.unknown(entry.value.place(), "kind", line.value.text(), event::kind_names());
    } else if (known) {
      out.lines.push_back(std::move(line));
    }
  }
}

json::Value Shape<mapping::SetLines>::schema(Schemas& schemas) {
  return member_map(yaml::schema<json::Value>(schemas));
}

void Shape<mapping::ExpectLines>::read(const Node& node, Context& context, mapping::ExpectLines& out) {
  if (!node.is_map()) return wrong_kind(node, context, "a map of paths and values");
  for (const auto& entry : node.entries()) {
    mapping::ExpectLine line{{entry.key, entry.place}, {}};
    check_expectation(line.path, context);
    yaml::read(entry.value, context, line.value);
    out.lines.push_back(std::move(line));
  }
}

json::Value Shape<mapping::ExpectLines>::schema(Schemas&) {
  json::Value out = json::Value::object({{"type", "object"}});
  out["patternProperties"] = json::Value::object(
      {{"^(request|event|events|lead|assignment|operations)([.\\[].*)?$", json::Value(json::Object())}});
  out["additionalProperties"] = false;
  return out;
}

void Shape<mapping::TestRead>::check(const Node& node, Context& context, mapping::TestRead& out) {
  out.place = node.place();
  const Node* headers = node.find("headers");
  if (!headers || !headers->is_list()) return;
  for (const auto& item : headers->items()) {
    if (item.is_scalar() && item.scalar().find(':') == std::string::npos) {
      context.problems.add(item.place(),
                           fmt::format("'{}' is no header; write \"Name: value\"", item.scalar()));
    }
  }
}

}  // namespace b24gate::yaml
