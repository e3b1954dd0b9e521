#include "portal/lead_item.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "portal/fields.hpp"

namespace b24gate::portal {
namespace {

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

// &lt; or &#60; as somebody has typed it. Any other & is left alone, as in the address of a page.
bool begins_entity(std::string_view text) {
  if (text.front() != '&') return false;
  const auto end = std::find_if(text.begin() + 1, text.end(), [](char c) {
    const char small = ascii::lower(c);
    return c != '#' && !(small >= 'a' && small <= 'z') && !(c >= '0' && c <= '9');
  });
  return end != text.end() && *end == ';' && end - text.begin() > 1;
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
    if (c == '[') out += "\xE2\x81\xA0";  // U+2060
  }
  return out;
}

std::string escape_markup(std::string_view text) {
  const std::string plain = escape_bb(text);
  std::string out;
  out.reserve(plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] == '<') {
      out += "&lt;";
    } else if (begins_entity(std::string_view(plain).substr(i))) {
      out += "&amp;";
    } else {
      out += plain[i];
    }
  }
  return out;
}

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
      const std::string text = escape_markup(fitted(name, value.text(), item.cut));
      fields.set(*field, std::string(head_of_bytes(text, max_bytes(name))));
    } else if (max_length(name) > 0 || max_bytes(name) > 0) {
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
  json::Array fm = multifields(contacts, item.cut);
  if (!fm.empty()) fields.set("fm", std::move(fm));

  item.params = json::Value::object({{"entityTypeId", kLead}, {"useOriginalUfNames", "Y"}});
  item.params["fields"] = json::Value(std::move(fields));
  return item;
}

}  // namespace b24gate::portal
