#include "portal/lead_item.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "portal/fields.hpp"

namespace b24gate::portal {
namespace {

constexpr std::string_view kWordJoiner = "\xE2\x81\xA0";  // U+2060

// Cuts to what the field is sure to keep, and says so.
std::string fitted(const std::string& field, std::string text, std::vector<Cut>& cut) {
  const std::size_t most = max_length(field);
  if (most == 0 || utf8::length(text) <= most) return text;
  std::string kept(utf8::head(text, most));
  cut.push_back({field, most, std::move(text)});
  return kept;
}

void add_contacts(const std::string& type, const json::Value& value, std::vector<Contact>& out) {
  if (const auto* elements = value.array_if()) {
    for (const auto& element : *elements) add_contacts(type, element, out);
  } else if (value.is_object()) {
    out.push_back({type, value["VALUE"].text(), value["VALUE_TYPE"].text()});
  } else {
    out.push_back({type, value.text(), {}});
  }
}

// YYYY-MM-DDTHH:MM[:SS] without an offset would be read in the server's zone.
json::Value with_offset(const json::Value& value, const TimeZone* zone) {
  const auto* text = value.string();
  if (!zone || !text || text->size() < 16 || text->size() > 30 ||
      ((*text)[10] != 'T' && (*text)[10] != ' ')) {
    return value;
  }
  const auto instant = parse_iso(*text, *zone);
  return instant ? json::Value(to_iso(*instant, *zone)) : value;
}

json::Array entries(const std::vector<Contact>& contacts, std::vector<Cut>* cut) {
  json::Array fm;
  for (const auto& contact : contacts) {
    std::string value(utf8::trimmed(contact.value));
    if (value.empty() || !is_multifield(contact.type)) continue;
    std::vector<Cut> ignored;
    value = fitted(contact.type, std::move(value), cut ? *cut : ignored);
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

bool writable(std::string_view old_name) {
  const auto& fields = writable_lead_fields();
  return is_user_field(old_name) || old_name.substr(0, 10) == "PARENT_ID_" ||
         std::any_of(fields.begin(), fields.end(),
                     [&](const LeadField& field) { return field.name == old_name; });
}

}  // namespace

std::string escape_bb(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    out += c;
    if (c == '[' || c == '<') out += kWordJoiner;
  }
  return out;
}

json::Value multifields(const std::vector<Contact>& contacts) { return entries(contacts, nullptr); }

LeadItem lead_item(const LeadInput& input) {
  LeadItem item;
  json::Object fields;
  std::vector<Contact> contacts = input.contacts;

  for (const auto& [name, value] : input.fields) {
    const auto field = item_name(name, kLead);
    if (!field || !writable(name)) {
      item.unknown.push_back(name);
    } else if (value.says_nothing()) {
      continue;
    } else if (is_multifield(name)) {
      add_contacts(name, value, contacts);
    } else if (is_user_field(name)) {
      fields.set(*field, with_offset(value, input.zone));
    } else if (name == "COMMENTS") {
      fields.set(*field, escape_bb(value.text()));
    } else if (max_length(name) > 0) {
      fields.set(*field, fitted(name, value.text(), item.cut));
    } else if (value.is_bool()) {
      fields.set(*field, value.boolean().value_or(false) ? "Y" : "N");
    } else {
      fields.set(*field, value);
    }
  }

  if (input.assigned_by) fields.set("assignedById", *input.assigned_by);
  if (!input.origin_id.empty()) {
    fields.set("originatorId", fitted("ORIGINATOR_ID", input.originator_id, item.cut));
    fields.set("originId", fitted("ORIGIN_ID", input.origin_id, item.cut));
  }
  json::Array fm = entries(contacts, &item.cut);
  if (!fm.empty()) fields.set("fm", std::move(fm));

  item.params = json::Value::object({{"entityTypeId", kLead}, {"useOriginalUfNames", "Y"}});
  item.params["fields"] = json::Value(std::move(fields));
  return item;
}

}  // namespace b24gate::portal
