#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "mapping/mapping.hpp"
#include "mapping/template_shape.hpp"
#include "yaml/types.hpp"

namespace b24gate::mapping {

struct LookUp {
  std::string dictionary;
  Template from;
  FieldValue::Otherwise otherwise = FieldValue::Otherwise::skip;
  std::string fallback;
};

namespace {

// `skip`, `reject` or `default: VALUE`.
struct OtherwiseRead {
  FieldValue::Otherwise kind = FieldValue::Otherwise::skip;
  std::string fallback;
};

struct LookUpRead {
  yaml::Placed<std::string> dictionary;
  PlacedTemplate from;
  OtherwiseRead otherwise;
};

}  // namespace
}  // namespace b24gate::mapping

namespace b24gate::yaml {

template <>
struct Shape<mapping::OtherwiseRead> {
  static void read(const Node& node, Context& context, mapping::OtherwiseRead& out) {
    using Otherwise = mapping::FieldValue::Otherwise;
    constexpr std::string_view expected = "skip, reject or { default: VALUE }";
    if (node.is_map()) {
      const Node* value = node.find("default");
      if (!value || node.entries().size() != 1) return wrong_kind(node, context, expected);
      out.kind = Otherwise::value;
      if (!value->is_null()) yaml::read(*value, context, out.fallback);
      return;
    }
    if (!node.is_scalar()) return wrong_kind(node, context, expected);
    constexpr std::string_view prefix = "default:";
    const std::string_view word = node.scalar();
    if (word == "skip") {
      out.kind = Otherwise::skip;
    } else if (word == "reject") {
      out.kind = Otherwise::reject;
    } else if (word.substr(0, prefix.size()) == prefix) {
      out.kind = Otherwise::value;
      out.fallback = utf8::trimmed(word.substr(prefix.size()));
    } else {
      context.problems.unknown(node.place(), "value", word, {"skip", "reject", "default: VALUE"});
    }
  }
  static json::Value schema(Schemas& schemas) {
    json::Value fallback = json::Value::object({{"type", "object"}});
    fallback["properties"] = json::Value::object({{"default", yaml::schema<std::string>(schemas)}});
    fallback["required"] = json::Value::array({"default"});
    fallback["additionalProperties"] = false;
    const json::Value words = json::Value::object({{"enum", json::Value::array({"skip", "reject"})}});
    return json::Value::object({{"anyOf", json::Value::array({words, fallback})}});
  }
};

template <>
struct Shape<mapping::LookUpRead> : ObjectShape<mapping::LookUpRead> {
  template <class F>
  static void keys(F& f) {
    f.required("lookup", &mapping::LookUpRead::dictionary, "Name of a dictionary in dictionaries.yaml.");
    f.required("from", &mapping::LookUpRead::from, "Template whose text is looked up.");
    f.optional("otherwise", &mapping::LookUpRead::otherwise,
               "What to do with a text that the dictionary does not know: skip (the field stays empty; the "
               "default), "
               "reject (no lead until a person mends it) or { default: VALUE }.");
  }
};

}  // namespace b24gate::yaml

namespace b24gate::mapping {

struct FieldValue::Compiled {
  yaml::Place place;
  std::vector<Template> templates;  // one, or those of a list
  bool is_list = false;
  std::optional<LookUp> look_up;
};

namespace {

// Adds what a template gave to a list: a list's elements one by one.
void add_to(json::Array& list, const json::Value& value) {
  if (const auto* elements = value.array_if()) {
    list.insert(list.end(), elements->begin(), elements->end());
  } else if (!value.says_nothing()) {
    list.push_back(value);
  }
}

// What the note for people quotes: short, and without anything that the portal would read as a BB code.
std::string quoted(const std::string& text) {
  std::string out(utf8::head(utf8::trimmed(text), 100));
  std::replace(out.begin(), out.end(), '[', '(');
  std::replace(out.begin(), out.end(), ']', ')');
  return out;
}

void look_up(const LookUp& how, const json::Value& key, const Dictionaries& dictionaries, json::Array& found,
             FieldValue::Evaluated& out) {
  const std::string text = key.text();
  if (utf8::trimmed(text).empty()) return;
  if (const auto* value = dictionaries.look_up(how.dictionary, text)) {
    found.emplace_back(*value);
    return;
  }
  switch (how.otherwise) {
    case FieldValue::Otherwise::value:
      found.emplace_back(how.fallback);
      return;
    case FieldValue::Otherwise::reject:
      out.rejected = true;
      out.note = fmt::format(
          "the dictionary '{}' has no entry for the value of {}; add it to the dictionary and retry",
          how.dictionary, how.from.text());
      return;
    case FieldValue::Otherwise::skip:
      if (out.note.empty()) {
        out.note = fmt::format("значения «{}» нет в справочнике {}, поле не заполнено", quoted(text),
                               how.dictionary);
      }
  }
}

}  // namespace

FieldValue FieldValue::read(const yaml::Node& node, const Dictionaries& dictionaries,
                            yaml::Context& context) {
  auto compiled = std::make_shared<Compiled>();
  compiled->place = node.place();
  if (node.is_map()) {
    LookUpRead read;
    yaml::read(node, context, read);
    const std::string& name = read.dictionary.value;
    if (!name.empty() && !dictionaries.find(name)) {
      context.problems.unknown(read.dictionary.place, "dictionary", name, dictionaries.names());
    }
    check_dictionaries(read.from, dictionaries, context);
    compiled->look_up =
        LookUp{name, std::move(read.from.value), read.otherwise.kind, std::move(read.otherwise.fallback)};
  } else {
    compiled->is_list = node.is_list();
    const auto add = [&](const yaml::Node& one) {
      PlacedTemplate read;
      yaml::read(one, context, read);
      check_dictionaries(read, dictionaries, context);
      compiled->templates.push_back(std::move(read.value));
    };
    if (node.is_list()) {
      std::for_each(node.items().begin(), node.items().end(), add);
    } else {
      add(node);
    }
  }
  FieldValue out;
  out.compiled_ = std::move(compiled);
  return out;
}

json::Value FieldValue::schema(yaml::Schemas& schemas) {
  return schemas.reference("fieldValue", [](yaml::Schemas& inner) {
    const json::Value text = yaml::schema<PlacedTemplate>(inner);
    const json::Value list = json::Value::object({{"type", "array"}, {"items", text}});
    json::Value out = json::Value::object(
        {{"description", "A template, a list of templates, or a look-up in a dictionary."}});
    out["anyOf"] = json::Value::array({text, list, yaml::schema<LookUpRead>(inner)});
    return out;
  });
}

FieldValue::Evaluated FieldValue::evaluate(const json::Value& scope, const Dictionaries& dictionaries,
                                           const TimeZone& zone) const {
  Evaluated out;
  if (!compiled_) return out;
  if (compiled_->look_up) {
    const LookUp& how = *compiled_->look_up;
    const json::Value key = how.from.value(scope, dictionaries, zone);
    json::Array found;
    if (const auto* elements = key.array_if()) {
      for (const auto& element : *elements) look_up(how, element, dictionaries, found, out);
    } else {
      look_up(how, key, dictionaries, found, out);
    }
    // Nothing was said: only a default has something to say.
    if (found.empty() && how.otherwise == Otherwise::value) found.emplace_back(how.fallback);
    if (found.size() == 1) {
      out.value = std::move(found.front());
    } else if (!found.empty()) {
      out.value = json::Value(std::move(found));
    }
    if (out.rejected) out.value = json::Value();
    return out;
  }
  if (!compiled_->is_list) {
    out.value = compiled_->templates.front().value(scope, dictionaries, zone);
    return out;
  }
  json::Array list;
  for (const auto& one : compiled_->templates) add_to(list, one.value(scope, dictionaries, zone));
  out.value = json::Value(std::move(list));
  return out;
}

void FieldValue::add_constants(const std::string& field, const yaml::Place& place,
                               std::vector<ConstantField>& out) const {
  if (!compiled_) return;
  if (const auto& how = compiled_->look_up) {
    out.push_back({field, "", place, how->dictionary});
    if (how->otherwise == Otherwise::value) out.push_back({field, how->fallback, place, ""});
    return;
  }
  for (const auto& one : compiled_->templates) {
    if (one.paths().empty())
      out.push_back({field, one.render(json::Value(), Dictionaries(), TimeZone::utc()), place, ""});
  }
}

const yaml::Place& FieldValue::place() const {
  static const yaml::Place nowhere;
  return compiled_ ? compiled_->place : nowhere;
}

}  // namespace b24gate::mapping
