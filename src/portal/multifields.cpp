#include "portal/multifields.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/utf8.hpp"
#include "portal/fields.hpp"

namespace b24gate::portal {
namespace {

// What the portal compares too when it looks for duplicates.
std::string comparable(const std::string& type, const std::string& value) {
  if (type != "PHONE") return utf8::folded(utf8::trimmed(value));
  std::string digits;
  for (const char c : value) {
    if (c >= '0' && c <= '9') digits += c;
  }
  if (digits.size() == 11 && digits.front() == '8') digits.front() = '7';
  return digits;
}

}  // namespace

void add_contacts(const std::string& type, const json::Value& value, std::vector<Contact>& out) {
  if (const auto* elements = value.array_if()) {
    for (const auto& element : *elements) add_contacts(type, element, out);
  } else if (value.is_object()) {
    out.push_back({type, value["VALUE"].text(), value["VALUE_TYPE"].text()});
  } else {
    out.push_back({type, value.text(), {}});
  }
}

json::Array multifields(const std::vector<Contact>& contacts, std::vector<Cut>& cut) {
  json::Array fm;
  for (const auto& contact : contacts) {
    std::string value(utf8::trimmed(contact.value));
    if (value.empty() || !is_multifield(contact.type)) continue;
    value = fitted(contact.type, std::move(value), cut);
    const bool known = std::any_of(fm.begin(), fm.end(), [&](const json::Value& entry) {
      return *entry["typeId"].string() == contact.type && *entry["value"].string() == value;
    });
    if (known) continue;
    std::string value_type = contact.value_type;
    if (value_type.empty()) value_type = contact.type == "IM" ? "OTHER" : "WORK";
    fm.push_back(json::Value::object(
        {{"typeId", contact.type}, {"valueType", std::move(value_type)}, {"value", std::move(value)}}));
  }
  return fm;
}

json::Array missing_multifields(const json::Array& wanted, const json::Value& present) {
  std::set<std::pair<std::string, std::string>> there;
  const auto note = [&](const json::Value& entry) {
    const std::string type = entry["typeId"].text();
    return there.emplace(type, comparable(type, entry["value"].text())).second;
  };
  if (const auto* entries = present.array_if()) {
    for (const auto& entry : *entries) note(entry);
  } else if (const auto* members = present.object_if()) {  // a list with gaps comes as a map
    for (const auto& [key, entry] : *members) note(entry);
  }
  json::Array out;
  for (const auto& entry : wanted) {
    if (note(entry)) out.push_back(entry);
  }
  return out;
}

}  // namespace b24gate::portal
