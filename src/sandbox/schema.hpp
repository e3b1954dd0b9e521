// The fields of leads, deals, contacts and companies: names in both styles, types, dictionaries.
// Source: bitrix24/crm.md 4.2, 4.3, 4.9. Built once for each portal; changed only by the control API (new
// user fields).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/value.hpp"

namespace b24gate::sandbox {

enum EntityType { lead = 1, deal = 2, contact = 3, company = 4 };
constexpr bool known_entity(std::int64_t type) { return type >= lead && type <= company; }
// LEAD, DEAL …; empty for an unknown one.
std::string_view entity_name(std::int64_t type);
// From lead, Deal, CONTACT …; 0 when unknown.
std::int64_t entity_by_name(std::string_view name);

struct EnumItem {
  std::int64_t id = 0;
  std::string value;
};

struct Field {
  std::string name;   // camelCase, as crm.item.* uses it
  std::string upper;  // as crm.lead.* uses it
  std::string type;   // string, integer, double, boolean, user, crm_status, date, datetime, enumeration, …
  std::string dictionary;  // ENTITY_ID of crm.status.list, for crm_status
  std::string title;
  bool read_only = false;
  bool multiple = false;
  bool user_field = false;
  std::int64_t id = 0;          // of a user field
  std::size_t max_points = 0;   // column width in characters, 0: no bound
  std::vector<EnumItem> items;  // of an enumeration
};

class Schema {
 public:
  // REQUIRES: known_entity(type).
  static Schema of(std::int64_t type);

  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  // By the name that crm.item.* takes: camelCase, or the original name of a user field when `original_names`.
  [[nodiscard]] const Field* find(std::string_view name, bool original_names) const;
  // By the name that crm.lead.* takes.
  [[nodiscard]] const Field* find_upper(std::string_view upper) const;
  void add(Field field);

 private:
  std::vector<Field> fields_;
};

// UF_CRM_DIRECTION -> ufCrmDirection, UF_CRM_1747309879 -> ufCrm_1747309879, UF_CRM_2_163 -> ufCrm2_163.
std::string user_field_name(std::string_view upper);
// CREATED_BY -> createdBy.
std::string camel_name(std::string_view upper);
// The name of a field in the answers of crm.item.*.
inline const std::string& shown_name(const Field& field, bool original_names) {
  return field.user_field && original_names ? field.upper : field.name;
}

}  // namespace b24gate::sandbox
