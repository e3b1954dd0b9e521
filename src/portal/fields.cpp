#include "portal/fields.hpp"

#include <algorithm>
#include <array>

#include "base/nearest.hpp"

namespace b24gate::portal {
namespace {

constexpr unsigned kL = 1;
constexpr unsigned kD = 2;
constexpr unsigned kC = 4;
constexpr unsigned kO = 8;  // company
constexpr unsigned kAll = kL | kD | kC | kO;

struct Row {
  std::string_view old_name;
  std::string_view item_name;
  unsigned on;        // which objects have it
  unsigned writable;  // where it may be written
  std::size_t max_length = 0;
};

constexpr std::array kRows{
    Row{"TITLE", "title", kL | kD | kO, kL | kD | kO, 255},
    Row{"NAME", "name", kL | kC, kL | kC, 50},
    Row{"SECOND_NAME", "secondName", kL | kC, kL | kC, 50},
    Row{"LAST_NAME", "lastName", kL | kC, kL | kC, 50},
    Row{"HONORIFIC", "honorific", kL | kC, kL | kC, 50},
    Row{"BIRTHDATE", "birthdate", kL | kC, kL | kC},
    Row{"POST", "post", kL | kC, kL | kC, 255},
    Row{"COMPANY_TITLE", "companyTitle", kL, kL, 255},
    Row{"SOURCE_ID", "sourceId", kL | kD | kC, kL | kD | kC, 50},
    Row{"SOURCE_DESCRIPTION", "sourceDescription", kL | kD | kC, kL | kD | kC},
    Row{"STATUS_ID", "stageId", kL, kL, 50},
    Row{"STAGE_ID", "stageId", kD, kD, 50},
    Row{"STATUS_DESCRIPTION", "statusDescription", kL, kL},
    Row{"STATUS_SEMANTIC_ID", "stageSemanticId", kL, 0},
    Row{"STAGE_SEMANTIC_ID", "stageSemanticId", kD, 0},
    Row{"CATEGORY_ID", "categoryId", kD, kD},
    Row{"TYPE_ID", "typeId", kD | kC, kD | kC, 50},
    Row{"COMPANY_TYPE", "typeId", kO, kO, 50},
    Row{"INDUSTRY", "industry", kO, kO, 50},
    Row{"OPPORTUNITY", "opportunity", kL | kD, kL | kD},
    Row{"CURRENCY_ID", "currencyId", kL | kD | kO, kL | kD | kO, 50},
    Row{"IS_MANUAL_OPPORTUNITY", "isManualOpportunity", kL | kD, kL | kD},
    Row{"OPENED", "opened", kAll, kAll},
    Row{"COMMENTS", "comments", kAll, kAll},
    Row{"ASSIGNED_BY_ID", "assignedById", kAll, kAll},
    Row{"COMPANY_ID", "companyId", kL | kD | kC, kL | kD | kC},
    Row{"CONTACT_ID", "contactId", kL | kD, kL | kD},
    Row{"CONTACT_IDS", "contactIds", kL | kD, kL | kD},
    Row{"LEAD_ID", "leadId", kD | kC | kO, kD | kC | kO},
    Row{"BEGINDATE", "begindate", kD, kD},
    Row{"CLOSEDATE", "closedate", kD, kD},
    Row{"ORIGINATOR_ID", "originatorId", kAll, kAll, 255},
    Row{"ORIGIN_ID", "originId", kAll, kAll, 255},
    Row{"ORIGIN_VERSION", "originVersion", kC | kO, kC | kO, 255},
    Row{"UTM_SOURCE", "utmSource", kAll, kAll},
    Row{"UTM_MEDIUM", "utmMedium", kAll, kAll},
    Row{"UTM_CAMPAIGN", "utmCampaign", kAll, kAll},
    Row{"UTM_CONTENT", "utmContent", kAll, kAll},
    Row{"UTM_TERM", "utmTerm", kAll, kAll},
    Row{"OBSERVERS", "observers", kAll, kAll},
    Row{"WEBFORM_ID", "webformId", kL | kD | kC | kO, kL | kD | kC | kO},
    Row{"PHONE", "fm", kL | kC | kO, kL | kC | kO, 250},
    Row{"EMAIL", "fm", kL | kC | kO, kL | kC | kO, 250},
    Row{"WEB", "fm", kL | kC | kO, kL | kC | kO, 250},
    Row{"IM", "fm", kL | kC | kO, kL | kC | kO, 250},
    Row{"LINK", "fm", kL | kC | kO, kL | kC | kO, 250},
    Row{"ID", "id", kAll, 0},
    Row{"DATE_CREATE", "createdTime", kAll, 0},
    Row{"DATE_MODIFY", "updatedTime", kAll, 0},
    Row{"CREATED_BY_ID", "createdBy", kAll, 0},
    Row{"MODIFY_BY_ID", "updatedBy", kAll, 0},
    Row{"MOVED_BY_ID", "movedBy", kL | kD, 0},
    Row{"MOVED_TIME", "movedTime", kL | kD, 0},
    Row{"LAST_ACTIVITY_BY", "lastActivityBy", kAll, 0},
    Row{"LAST_ACTIVITY_TIME", "lastActivityTime", kAll, 0},
    Row{"IS_RETURN_CUSTOMER", "isReturnCustomer", kL | kD, 0},
    Row{"HAS_PHONE", "hasPhone", kL | kC | kO, 0},
    Row{"HAS_EMAIL", "hasEmail", kL | kC | kO, 0},
};

constexpr std::string_view kParent = "PARENT_ID_";
constexpr std::string_view kItemParent = "parentId";

unsigned bit(int entity_type_id) {
  switch (entity_type_id) {
    case kLead:
      return kL;
    case kDeal:
      return kD;
    case kContact:
      return kC;
    case kCompany:
      return kO;
    default:
      return 0;
  }
}

bool starts(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

// The number behind PARENT_ID_ or parentId: a link to an object of a type that the portal's people made.
std::optional<std::string_view> parent_number(std::string_view name, std::string_view prefix) {
  if (!starts(name, prefix) || name.size() == prefix.size()) return std::nullopt;
  const std::string_view number = name.substr(prefix.size());
  if (!std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  return number;
}

}  // namespace

bool is_user_field(std::string_view name) {
  if (starts(name, "UF_CRM_")) return name.size() > 7;
  return starts(name, "ufCrm") && name.size() > 5;
}

bool is_multifield(std::string_view name) {
  return name == "PHONE" || name == "EMAIL" || name == "WEB" || name == "IM" || name == "LINK";
}

std::optional<std::string> item_name(std::string_view name, int entity_type_id) {
  if (is_user_field(name)) return std::string(name);
  if (const auto number = parent_number(name, kParent))
    return std::string(kItemParent) + std::string(*number);
  if (parent_number(name, kItemParent)) return std::string(name);
  const unsigned on = bit(entity_type_id);
  for (const auto& row : kRows) {
    if ((row.on & on) != 0 && (row.old_name == name || row.item_name == name))
      return std::string(row.item_name);
  }
  return std::nullopt;
}

std::optional<std::string> old_name(std::string_view name, int entity_type_id) {
  if (starts(name, "UF_CRM_")) return std::string(name);
  if (const auto number = parent_number(name, kItemParent))
    return std::string(kParent) + std::string(*number);
  const unsigned on = bit(entity_type_id);
  for (const auto& row : kRows) {
    if ((row.on & on) == 0) continue;
    if (row.old_name == name) return std::string(name);
    // Five multifields share `fm`: there is no one old name.
    if (row.item_name == name && name != "fm") return std::string(row.old_name);
  }
  return std::nullopt;
}

const std::vector<LeadField>& writable_lead_fields() {
  static const std::vector<LeadField> fields = [] {
    std::vector<LeadField> out;
    for (const auto& row : kRows) {
      if ((row.writable & kL) == 0) continue;
      out.push_back({std::string(row.old_name), std::string(row.item_name), row.max_length});
    }
    return out;
  }();
  return fields;
}

std::size_t max_length(std::string_view old_name) {
  const auto* row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.old_name == old_name; });
  return row == kRows.end() ? 0 : row->max_length;
}

std::size_t max_bytes(std::string_view old_name) {
  constexpr std::size_t of_a_text_column = 65'535;
  for (const std::string_view name : {"COMMENTS", "SOURCE_DESCRIPTION", "STATUS_DESCRIPTION", "ADDRESS"}) {
    if (old_name == name) return of_a_text_column;
  }
  return 0;
}

std::optional<std::string> nearest_lead_field(std::string_view written) {
  std::vector<std::string> names;
  for (const auto& field : writable_lead_fields()) names.push_back(field.name);
  return nearest(written, names);
}

}  // namespace b24gate::portal
