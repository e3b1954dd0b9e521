// Dictionaries, funnels, user fields. Source: bitrix24/crm.md 4.6, 4.9.
#include <array>

#include "sandbox/filter.hpp"
#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

json::Value status_row(const Status& status) {
  const bool apology = status.status_id == "APOLOGY";
  const char* meaning = status.semantics == "S"    ? "success"
                        : status.semantics.empty() ? "process"
                                                   : "failure";
  const auto semantics = status.semantics.empty() ? json::Value() : json::Value(status.semantics);
  const char* color = status.semantics == "S" ? "#7BD500" : status.semantics.empty() ? "#39A8EF" : "#FF5752";
  auto out = json::Value::object(
      {{"ID", std::to_string(status.id)},
       {"ENTITY_ID", status.entity},
       {"STATUS_ID", status.status_id},
       {"NAME", status.name},
       {"NAME_INIT", status.system ? status.name : ""},
       {"SORT", std::to_string(status.sort)},
       {"SYSTEM", status.system ? "Y" : "N"},
       {"CATEGORY_ID", status.category == 0 ? json::Value() : json::Value(std::to_string(status.category))}});
  if (status.entity == "STATUS" || status.entity.starts_with("DEAL_STAGE")) {
    out["COLOR"] = color;
    out["SEMANTICS"] = semantics;
    out["EXTRA"] = json::Value::object({{"SEMANTICS", apology ? "apology" : meaning}, {"COLOR", color}});
  }
  return out;
}

// Columns of rows that are shown as objects of strings.
template <class Row>
Columns<Row> columns_of(json::Value (*shown)(const Row&)) {
  Columns<Row> out;
  out.kind = [shown](std::string_view name) -> std::optional<Kind> {
    const auto blank = shown(Row{});
    if (blank.object_if()->find(name) == nullptr) return std::nullopt;
    return name == "ID" || name == "SORT" || name == "CATEGORY_ID" ? Kind::number : Kind::text;
  };
  out.value = [shown](const Row& row, std::string_view name) { return shown(row)[name]; };
  return out;
}

Outcome statuses(Call& call) {
  auto rows = selected(rows_of(call.store.statuses), call.param("filter"), call.param("order"),
                       columns_of<Status>(status_row), call.store.zone);
  if (!rows) return tl::unexpected<Failure>(rows.error());
  json::Array out;
  for (const Status* status : *rows) out.push_back(status_row(*status));
  const auto total = static_cast<std::int64_t>(out.size());
  return Success{std::move(out), total, {}};  // not paged
}

Outcome categories(Call& call) {
  if (call.param("entityTypeId").is_null())
    return refuse("100", "Could not find value for parameter {entityTypeId}");
  if (php::to_int(call.param("entityTypeId")) != deal) {
    return refuse("ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported");
  }
  json::Array out;
  for (const auto& category : call.store.categories) {
    out.push_back(json::Value::object({{"id", category.id},
                                       {"name", category.name},
                                       {"sort", category.sort},
                                       {"entityTypeId", deal},
                                       {"isDefault", category.id == 0 ? "Y" : "N"}}));
  }
  const auto total = static_cast<std::int64_t>(out.size());
  return Success{json::Value::object({{"categories", std::move(out)}}), total, {}};
}

json::Value user_field_row(const Field& field) {
  auto out = json::Value::object({{"ID", std::to_string(field.id)},
                                  {"ENTITY_ID", "CRM_LEAD"},
                                  {"FIELD_NAME", field.upper},
                                  {"USER_TYPE_ID", field.type},
                                  {"XML_ID", json::Value()},
                                  {"SORT", "100"},
                                  {"MULTIPLE", field.multiple ? "Y" : "N"},
                                  {"MANDATORY", "N"},
                                  {"EDIT_IN_LIST", "Y"}});
  if (!field.items.empty()) {
    json::Array items;
    for (const auto& item : field.items) {
      items.push_back(json::Value::object(
          {{"ID", std::to_string(item.id)}, {"SORT", "500"}, {"VALUE", item.value}, {"DEF", "N"}}));
    }
    out["LIST"] = std::move(items);
  }
  return out;
}

Outcome user_fields(Call& call) {
  std::vector<const Field*> fields;
  for (const auto& field : call.store.schema(lead).fields()) {
    if (field.user_field) fields.push_back(&field);
  }
  auto rows = selected(std::move(fields), call.param("filter"), call.param("order"),
                       columns_of<Field>(user_field_row), call.store.zone);
  if (!rows) return tl::unexpected<Failure>(rows.error());
  json::Array out;
  for (const Field* field : *rows) out.push_back(user_field_row(*field));
  const auto total = static_cast<std::int64_t>(out.size());
  return Success{std::move(out), total, {}};
}

constexpr std::array<Method, 3> methods{{
    {"crm.status.list", "crm", 0.03, statuses},
    {"crm.category.list", "crm", 0.03, categories},
    {"crm.lead.userfield.list", "crm", 0.04, user_fields},
}};

}  // namespace

std::span<const Method> dictionary_methods() { return methods; }

}  // namespace b24gate::sandbox
