// The parameters of crm.item.add and crm.item.update for a lead, made so that the portal loses nothing
// silently (quirks 1, 4, 13-15, 25; crm 4.2-4.4). Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "json/value.hpp"
#include "portal/fitted.hpp"
#include "portal/multifields.hpp"

namespace b24gate::portal {

struct LeadInput {
  // In the old spelling: TITLE, STATUS_ID, UF_CRM_X. PHONE, EMAIL, WEB, IM and LINK may be a text, an array
  // of texts, or an array of {VALUE, VALUE_TYPE}. Values that say nothing (null, "", []) are left out.
  const json::Object& fields;
  std::vector<Contact> contacts;  // in addition; one value is written once
  std::string originator_id = "b24gate";
  std::string origin_id;                    // our key; empty: not written
  std::optional<std::int64_t> assigned_by;  // over ASSIGNED_BY_ID of the fields
  const TimeZone* zone = nullptr;  // of date-times in user fields that name no offset; null: left as they are
};

struct LeadItem {
  json::Value params;                // {entityTypeId, fields, useOriginalUfNames}
  std::vector<Cut> cut;              // what did not fit
  std::vector<std::string> unknown;  // names that a lead does not have or that may not be written: left out
};

// Texts are cut as the fields need it; COMMENTS is taken as plain text and escaped; multifields become an
// array with typeId, valueType and value.
[[nodiscard]] LeadItem lead_item(const LeadInput& input);

// Plain text for a field that understands BB codes: U+2060 behind every [, so that none begins a code and the
// text looks as it was typed.
[[nodiscard]] std::string escape_bb(std::string_view text);
// The same for a field that is HTML besides: of a < and what follows it the portal would keep nothing.
[[nodiscard]] std::string escape_markup(std::string_view text);

}  // namespace b24gate::portal
