// crm.lead.list, crm.contact.list, crm.company.list: the old lists. An unknown field of a filter is ignored.
// Source: bitrix24/crm.md 4.3 "Old methods".
#include <algorithm>
#include <array>

#include "sandbox/old_values.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {

bool is_old_multifield(std::string_view name) {
  return std::find(old_multifield_types.begin(), old_multifield_types.end(), name) !=
         old_multifield_types.end();
}

json::Value old_value(const Store& store, std::int64_t type, const Item& item, const Field& field) {
  const auto value = shown(store, type, item, field);
  if (field.name == "opportunity") {
    const auto amount = static_cast<std::int64_t>(value.number().value_or(0) * 100 + 0.5);
    std::string cents = std::to_string(amount % 100);
    if (cents.size() < 2) cents.insert(0, "0");
    return std::to_string(amount / 100) + "." + cents;
  }
  if (value.is_null()) return kind_of(field) == Kind::time ? json::Value("") : json::Value();
  if (const auto* values = value.array_if()) {
    json::Array out;
    for (const auto& one : *values) out.emplace_back(one.text());
    return out;
  }
  return value.text();
}

json::Array old_multifields(const Item& item, std::string_view type) {
  json::Array out;
  for (const auto& entry : item.multifields) {
    if (entry.type != type) continue;
    out.push_back(json::Value::object({{"ID", std::to_string(entry.id)},
                                       {"VALUE_TYPE", entry.value_type},
                                       {"VALUE", entry.value},
                                       {"TYPE_ID", entry.type}}));
  }
  return out;
}

namespace {

Columns<Item> columns(const Call& call, std::int64_t type) {
  Columns<Item> out;
  const Store& store = call.store;
  out.kind = [&store, type](std::string_view name) -> std::optional<Kind> {
    if (is_old_multifield(name)) return Kind::text;
    const Field* field = store.schema(type).find_upper(name);
    if (field == nullptr) return std::nullopt;
    return kind_of(*field);
  };
  // PHONE is an exact match of what is stored.
  out.value = [&store, type](const Item& item, std::string_view name) -> json::Value {
    if (!is_old_multifield(name)) return shown(store, type, item, *store.schema(type).find_upper(name));
    json::Array values;
    for (const auto& entry : item.multifields) {
      if (entry.type == name) values.emplace_back(entry.value);
    }
    return values;
  };
  return out;
}

// The masks * and UF_* never include multifields: those are named.
json::Value row(const Call& call, std::int64_t entity, const Item& item,
                const std::vector<std::string>& select) {
  const auto wants = [&](std::string_view name) {
    return std::find(select.begin(), select.end(), name) != select.end();
  };
  json::Object out;
  for (const auto& field : call.store.schema(entity).fields()) {
    if (field.name == "fm") continue;
    const bool by_mask = field.user_field ? wants("UF_*") : (select.empty() || wants("*"));
    if (by_mask || wants(field.upper) || field.name == "id")
      out.append(field.upper, old_value(call.store, entity, item, field));
  }
  for (const auto type : old_multifield_types) {
    auto entries = old_multifields(item, type);
    if (wants(type) && !entries.empty()) out.append(std::string(type), std::move(entries));
  }
  return out;
}

template <EntityType type>
Outcome list(Call& call) {
  const auto param = [&](std::string_view lower, std::string_view upper) -> const json::Value& {
    return call.param(lower).is_null() ? call.param(upper) : call.param(lower);
  };
  auto rows = selected(rows_of(call.store.of(type)), param("filter", "FILTER"), param("order", "ORDER"),
                       columns(call, type), call.store.zone);
  if (!rows) return tl::unexpected<Failure>(rows.error());
  std::vector<std::string> select;
  for (const auto& [key, name] : php::pairs(param("select", "SELECT"))) select.push_back(name.text());
  Success out;
  json::Array shown_rows;
  for (const Item* item : paged(*std::move(rows), call.param("start"), out))
    shown_rows.push_back(row(call, type, *item, select));
  out.result = std::move(shown_rows);
  return out;
}

constexpr std::array<Method, 3> methods{{
    {"crm.lead.list", "crm", 0.06, list<lead>},
    {"crm.contact.list", "crm", 0.06, list<contact>},
    {"crm.company.list", "crm", 0.06, list<company>},
}};

}  // namespace

std::span<const Method> old_list_methods() { return methods; }

}  // namespace b24gate::sandbox
