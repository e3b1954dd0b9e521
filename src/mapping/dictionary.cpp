#include "mapping/dictionary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "yaml/types.hpp"

namespace b24gate::mapping {
namespace {

bool is_property(std::string_view field) {
  constexpr std::string_view prefix = "PROPERTY_";
  return field.size() > prefix.size() && field.substr(0, prefix.size()) == prefix &&
         field.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
}

void check_field(const yaml::Node* node, bool id_allowed, yaml::Context& context) {
  if (!node || !node->is_scalar()) return;
  const std::string& field = node->scalar();
  if (field == "NAME" || is_property(field) || (id_allowed && field == "ID")) return;
  context.problems.add(
      node->place(), fmt::format("'{}' is no field of a list; write {}NAME or PROPERTY_ and a number", field,
                                 id_allowed ? "ID, " : ""));
}

// `{ list: …, key: …, value: … }`: a list of the portal, and no dictionary that has an entry called "list".
bool is_portal_list(const yaml::Node& node) {
  return node.find("list") && (node.entries().size() == 1 || node.find("key") || node.find("value"));
}

}  // namespace
}  // namespace b24gate::mapping

namespace b24gate::yaml {

template <>
struct Shape<mapping::PortalList> : ObjectShape<mapping::PortalList> {
  template <class F>
  static void keys(F& f) {
    f.required("list", &mapping::PortalList::list, "Id or code of the list in Bitrix24.");
    f.required("key", &mapping::PortalList::key, "Field that is looked up: NAME or PROPERTY_n.");
    f.required("value", &mapping::PortalList::value, "Field that is the answer: ID, NAME or PROPERTY_n.");
  }
  static void check(const Node& node, Context& context, const mapping::PortalList&) {
    mapping::check_field(node.find("key"), false, context);
    mapping::check_field(node.find("value"), true, context);
  }
};

template <>
struct Shape<mapping::Dictionary> {
  static void read(const Node& node, Context& context, mapping::Dictionary& out) {
    if (!node.is_map()) return wrong_kind(node, context, "a map of keys and values");
    if (mapping::is_portal_list(node)) return yaml::read(node, context, out.list);
    std::unordered_map<std::string, const Node::Entry*> written;
    for (const auto& entry : node.entries()) {
      std::string key = utf8::folded(utf8::trimmed(entry.key));
      const auto [known, is_new] = written.emplace(key, &entry);
      if (!is_new) {
        context.problems.add(entry.place,
                             fmt::format("key '{}' is the same as '{}' of line {}; keep one", entry.key,
                                         known->second->key, known->second->place.line));
      } else if (entry.value.is_null()) {
        context.problems.add(entry.place, fmt::format("missing value: '{}:' stands for nothing", entry.key));
      } else {
        yaml::read(entry.value, context, out.entries[std::move(key)]);
      }
    }
  }
  static json::Value schema(Schemas& schemas) {
    const json::Value entries = json::Value::object(
        {{"type", "object"}, {"additionalProperties", yaml::schema<std::string>(schemas)}});
    return json::Value::object(
        {{"anyOf", json::Value::array({yaml::schema<mapping::PortalList>(schemas), entries})}});
  }
};

}  // namespace b24gate::yaml

namespace b24gate::mapping {

Dictionaries::Dictionaries(std::vector<Dictionary> all) : all_(std::move(all)) {}

const Dictionary* Dictionaries::find(std::string_view name) const {
  const auto found = std::find_if(all_.begin(), all_.end(),
                                  [&](const Dictionary& dictionary) { return dictionary.name == name; });
  return found == all_.end() ? nullptr : &*found;
}

const std::string* Dictionaries::look_up(std::string_view dictionary, std::string_view key) const {
  const Dictionary* found = find(dictionary);
  if (!found) return nullptr;
  const auto entry = found->entries.find(utf8::folded(utf8::trimmed(key)));
  return entry == found->entries.end() ? nullptr : &entry->second;
}

std::vector<std::string> Dictionaries::names() const {
  std::vector<std::string> out;
  for (const auto& dictionary : all_) out.push_back(dictionary.name);
  return out;
}

Dictionaries read_dictionaries(const yaml::Node& root, yaml::Context& context) {
  if (root.is_null()) return {};
  yaml::NamedList<Dictionary> named;
  yaml::read(root, context, named);
  std::vector<Dictionary> all;
  for (auto& one : named) {
    one.value.name = std::move(one.name);
    one.value.place = std::move(one.place);
    all.push_back(std::move(one.value));
  }
  return Dictionaries(std::move(all));
}

json::Value dictionaries_schema(yaml::Schemas& schemas) {
  return yaml::schema<yaml::NamedList<Dictionary>>(schemas);
}

}  // namespace b24gate::mapping
