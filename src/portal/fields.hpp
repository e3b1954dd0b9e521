// The names of CRM fields in both of the portal's spellings, and what a lead's fields hold
// (crm 4.1, 4.3, 4.10).
//
// Mappings are written in the old spelling (TITLE, STATUS_ID), which people know from the portal; crm.item.*
// speaks the new one (title, stageId). User fields (UF_CRM_*) keep the old spelling on the wire too: requests
// carry useOriginalUfNames=Y. Tables of constants; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace b24gate::portal {

inline constexpr int kLead = 1;
inline constexpr int kDeal = 2;
inline constexpr int kContact = 3;
inline constexpr int kCompany = 4;

// STATUS_ID -> stageId for a lead; UF_CRM_X stays. Accepts the new spelling too and returns it. Empty: the
// object of that type has no such standard field. Case-sensitive, as the portal is.
[[nodiscard]] std::optional<std::string> item_name(std::string_view name, int entity_type_id);
// stageId -> STATUS_ID for a lead, STAGE_ID for a deal.
[[nodiscard]] std::optional<std::string> old_name(std::string_view item_name, int entity_type_id);

// UF_CRM_* or ufCrm*: a field that the portal's people made. Whether it exists only the portal knows.
[[nodiscard]] bool is_user_field(std::string_view name);
// PHONE, EMAIL, WEB, IM, LINK: many values with types, in `fm`.
[[nodiscard]] bool is_multifield(std::string_view name);

struct LeadField {
  std::string name;            // old spelling
  std::string item_name;       // new spelling; fm for multifields
  std::size_t max_length = 0;  // code points that are sure to be kept; 0: not a short text
};
// Everything of a lead that may be written, multifields included, user fields not.
[[nodiscard]] const std::vector<LeadField>& writable_lead_fields();
// The longest text that field keeps; 0: unbounded or unknown.
[[nodiscard]] std::size_t max_length(std::string_view old_name);
// The same in bytes of UTF-8, for the long texts; 0 for the others.
[[nodiscard]] std::size_t max_bytes(std::string_view old_name);

// The writable lead field whose name is nearest to a mistyped one, in the old spelling.
[[nodiscard]] std::optional<std::string> nearest_lead_field(std::string_view written);

}  // namespace b24gate::portal
