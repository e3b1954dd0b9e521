// The names of a lead's fields in the portal's two spellings, and what such a field can hold.
//
// Mappings may say TITLE or title, STATUS_ID or stageId, UF_CRM_X or ufCrmX; inside, the old upper-case
// spelling is the one name. Source: Bitrix24's documentation of crm.item.add (tab Lead) and crm.lead.add.
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace b24gate::mapping {

// What became of a name that somebody wrote.
struct LeadFieldName {
  std::string name;     // the old spelling; empty when the field cannot be written
  std::string mistake;  // why it cannot, and what to write instead
};
LeadFieldName lead_field(std::string_view written);

// The old spelling of a field that a lead has, also of one that only the portal writes; nullopt when there is
// none.
std::optional<std::string> lead_field_to_read(std::string_view written);

// Every name that may be written, in the old spelling; for schemas and messages. Without the open-ended
// UF_CRM_*.
const std::vector<std::string>& lead_field_names();
// The same in the new spelling, as far as there is one.
const std::vector<std::string>& lead_item_names();

// PHONE, EMAIL, WEB, IM: lists of values with types.
[[nodiscard]] bool is_multifield(std::string_view name);

// What the portal takes for any value: true and false become Y and N, objects lines of text; a list stays a
// list without its empty elements.
json::Value crm_value(const json::Value& value);
// The same for a field: multifields become [{"VALUE": …, "VALUE_TYPE": "WORK"}].
json::Value crm_value(std::string_view name, const json::Value& value);

}  // namespace b24gate::mapping
