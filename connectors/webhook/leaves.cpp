#include "connectors/webhook/leaves.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/utf8.hpp"
#include "connector/member.hpp"

namespace b24gate::webhook {
namespace {

using connector::Role;

struct Walk {
  std::vector<Leaf>& out;

  static bool is_list_of_scalars(const json::Value& value) {
    const auto* elements = value.array_if();
    return elements && std::all_of(elements->begin(), elements->end(), connector::is_scalar);
  }

  // The first of these members that says something.
  static const json::Value* first_of(const json::Value& object,
                                     std::initializer_list<std::string_view> keys) {
    for (const auto key : keys) {
      const json::Value& value = object[key];
      if (!value.says_nothing()) return &value;
    }
    return nullptr;
  }

  // `parents` is the label so far; `is_client` says whether all parents are wrappers.
  void leaf(const std::string& parents, const std::string& key, const json::Value& value,
            bool is_client) const {
    const std::string label = parents.empty() ? key : parents + "." + key;
    const std::string text = value.text();
    Role role = parents.empty() ? Role::other : connector::role_of(parents + " " + key);
    if (role == Role::other && is_client) role = connector::role_of(key, text);
    out.push_back({is_client ? key : label, &value, role});
  }

  // An element of a list of labelled answers; false when it is none. An empty answer says nothing.
  bool answer(const json::Value& element, bool is_client) const {
    const auto* label = first_of(element, {"label", "title", "question", "q", "name", "key", "field"});
    if (!label || !label->is_string()) return false;
    for (const auto key : {"value", "values", "answer", "a"}) {
      const auto* value = element.object_if()->find(key);
      if (!value) continue;
      if (value->is_object() ||
          !(connector::is_scalar(*value) || value->says_nothing() || is_list_of_scalars(*value)))
        return false;
      if (!value->says_nothing()) leaf("", *label->string(), *value, is_client);
      return true;
    }
    return false;
  }

  void walk(const json::Value& value, const std::string& parents, const std::string& last,
            bool is_client) const {
    if (const auto* elements = value.array_if()) {
      for (const auto& element : *elements) {
        if (element.is_object() && answer(element, is_client)) continue;
        if (connector::is_scalar(element)) {
          leaf("", last, element, is_client);
        } else {
          walk(element, parents, last, is_client);
        }
      }
      return;
    }
    const auto* members = value.object_if();
    if (!members) return;
    for (const auto& [key, member] : *members) {
      if (connector::is_scalar(member) || is_list_of_scalars(member)) {
        // phones: [{"value": "+7…"}]
        const bool is_value_of_parent = !last.empty() && (key == "value" || key == "number" || key == "text");
        if (is_value_of_parent && connector::role_of(last) != Role::other) {
          leaf("", last, member, is_client);
        } else {
          leaf(parents.empty() && !last.empty() && !is_plain_wrapper(last) ? last : parents, key, member,
               is_client);
        }
        continue;
      }
      const bool wraps = is_wrapper(key);
      walk(member, wraps ? parents : (parents.empty() ? key : parents + "." + key), key, is_client && wraps);
    }
  }

  // Wrappers whose own name helps to tell a member apart: form.name, user.name. The others say nothing.
  static bool is_plain_wrapper(const std::string& name) {
    return name == "data" || name == "fields" || name == "payload" || name == "request" || name == "result" ||
           name == "body";
  }
};

}  // namespace

bool is_wrapper(std::string_view name) {
  static const std::unordered_set<std::string> wrappers = {
      "answer",     "answers", "body",   "client",  "contact",  "contacts", "customer", "data",   "event",
      "extra",      "field",   "fields", "form",    "formdata", "from",     "info",     "lead",   "params",
      "parameters", "payload", "person", "phones",  "emails",   "request",  "result",   "sender", "user",
      "values",     "visitor", "клиент", "контакт", "данные",   "поля"};
  return wrappers.count(connector::skeleton(name)) > 0 || wrappers.count(std::string(name)) > 0;
}

std::vector<Leaf> leaves_of(const json::Value& body) {
  std::vector<Leaf> out;
  Walk{out}.walk(body, "", "", true);
  return out;
}

}  // namespace b24gate::webhook
