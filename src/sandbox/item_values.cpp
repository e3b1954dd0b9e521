#include <algorithm>

#include "base/utf8.hpp"
#include "sandbox/items.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

tl::unexpected<Failure> not_valid(const Field& field, bool original_names = false) {
  return refuse("CRM_FIELD_ERROR_VALUE_NOT_VALID",
                "Invalid value for field \"" + shown_name(field, original_names) + "\"");
}

// COMMENTS is sanitised: what looks like a tag disappears.
std::string without_tags(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('<');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const auto close = text.find('>');
    text.remove_prefix(close == std::string_view::npos ? text.size() : close + 1);
  }
  return out;
}

// In deals the dictionary of stages depends on the funnel.
std::string dictionary_of(std::int64_t type, const Item& item, const Field& field) {
  if (type == deal && field.name == "stageId")
    return Store::deal_stages(php::to_int(item.value("categoryId")));
  return field.dictionary;
}

std::optional<json::Value> date_value(const Store& store, const Field& field, std::string text) {
  const bool whole_day = text.size() == 10;
  if (whole_day) text += "T00:00:00";
  const auto time = parse_iso(text, store.zone);
  if (!time) return std::nullopt;
  if (field.type == "datetime") return json::Value(store.iso(*time));
  return json::Value(store.iso(*time).substr(0, 10) + "T00:00:00" + store.iso(*time).substr(19));
}

bool known_category(const Store& store, std::int64_t id) {
  return std::any_of(store.categories.begin(), store.categories.end(),
                     [&](const Category& category) { return category.id == id; });
}

std::optional<json::Value> number_value(const Field& field, const json::Value& raw) {
  if (field.type == "double") {
    const auto number = raw.number();
    return number ? std::optional<json::Value>(*number) : std::nullopt;
  }
  const auto number = raw.integer();
  return number ? std::optional<json::Value>(*number) : std::nullopt;
}

std::optional<json::Value> scalar_value(const Call& call, std::int64_t type, const Item& item,
                                        const Field& field, const json::Value& raw) {
  const auto& kind = field.type;
  if (php::is_iterable(raw)) return std::nullopt;
  if (kind == "boolean") return json::Value(php::is_yes(raw) ? "Y" : "N");
  if (raw.says_nothing()) return json::Value();
  if (kind == "user" || kind == "employee") {
    const auto id = raw.integer();
    if (!id || !works_here(call, *id)) return std::nullopt;
    return json::Value(*id);
  }
  if (kind == "crm_status") {
    return call.store.status(dictionary_of(type, item, field), raw.text()) != nullptr
               ? std::optional<json::Value>(raw.text())
               : std::nullopt;
  }
  if (kind == "enumeration") {
    const auto id = raw.integer();
    const bool known = id && std::any_of(field.items.begin(), field.items.end(),
                                         [&](const EnumItem& one) { return one.id == *id; });
    return known ? std::optional<json::Value>(*id) : std::nullopt;
  }
  if (kind == "crm_category") {
    const auto id = raw.integer();
    return id && known_category(call.store, *id) ? std::optional<json::Value>(*id) : std::nullopt;
  }
  if (kind == "date" || kind == "datetime") return date_value(call.store, field, raw.text());
  if (kind == "integer" || kind == "double" || kind.starts_with("crm_c") || kind == "crm_lead") {
    if (kind != "crm_currency") return number_value(field, raw);
  }
  std::string text = raw.is_bool() ? std::string(*raw.boolean() ? "1" : "") : raw.text();
  if (field.name == "comments") text = without_tags(text);
  if (field.max_points != 0) text = std::string(utf8::head(text, field.max_points));
  return json::Value(std::move(text));
}

}  // namespace

tl::expected<json::Value, Failure> accepted(const Call& call, std::int64_t type, const Item& item,
                                            const Field& field, const json::Value& raw) {
  if (!field.multiple) {
    auto value = scalar_value(call, type, item, field, raw);
    if (!value) return not_valid(field);
    return *std::move(value);
  }
  if (raw.is_null()) return json::Value();
  if (!php::is_iterable(raw)) {
    return refuse("100", "Expected iterable value for multiple field, but got " +
                             std::string(php::type_name(raw)) + " instead");
  }
  json::Array values;
  for (const auto& [key, one] : php::pairs(raw)) {
    auto value = scalar_value(call, type, item, field, one);
    if (!value) return not_valid(field);
    if (!value->says_nothing()) values.push_back(*std::move(value));
  }
  return values.empty() ? json::Value() : json::Value(std::move(values));
}

Kind kind_of(const Field& field) {
  if (field.type == "date" || field.type == "datetime") return Kind::time;
  const bool text = field.type == "string" || field.type == "text" || field.type == "crm_status" ||
                    field.type == "boolean" || field.type == "crm_currency" || field.type == "money";
  return text ? Kind::text : Kind::number;
}

json::Value shown(const Store& store, std::int64_t type, const Item& item, const Field& field) {
  static_cast<void>(store);
  const auto yes_no = [](bool yes) { return json::Value(yes ? "Y" : "N"); };
  if (field.name == "fm") {
    json::Array entries;
    for (const auto& entry : item.multifields) {
      entries.push_back(json::Value::object({{"id", entry.id},
                                             {"typeId", entry.type},
                                             {"valueType", entry.value_type},
                                             {"value", entry.value}}));
    }
    return entries;
  }
  if (field.name == "hasPhone") return yes_no(item.has("PHONE"));
  if (field.name == "hasEmail") return yes_no(item.has("EMAIL"));
  const auto& value = item.value(field.name);
  if (field.name == "isReturnCustomer") {
    const bool client = !item.value("contactId").is_null() || !item.value("companyId").is_null();
    return yes_no(type == lead && client);
  }
  if (!value.is_null()) {
    // Whole amounts are shown without a fraction.
    if (field.type == "double") return value.integer() ? json::Value(*value.integer()) : value;
    return value;
  }
  if (field.multiple) return json::Value::array();
  if (field.name == "opportunity") return 0;
  if (field.name == "categoryId") return 0;
  if (field.name == "opened" || field.name == "isManualOpportunity") return "N";
  return {};
}

json::Value shown(const Store& store, std::int64_t type, const Item& item, bool original_names) {
  json::Object out;
  for (const auto& field : store.schema(type).fields()) {
    out.append(shown_name(field, original_names), shown(store, type, item, field));
  }
  out.append("entityTypeId", type);
  return out;
}

Columns<Item> item_columns(const Store& store, std::int64_t type, bool original_names) {
  Columns<Item> columns;
  columns.unknown = Unknown::refused;
  columns.kind = [&store, type, original_names](std::string_view name) -> std::optional<Kind> {
    const Field* field = store.schema(type).find(name, original_names);
    if (field == nullptr || field->name == "fm") return std::nullopt;
    return kind_of(*field);
  };
  columns.value = [&store, type, original_names](const Item& item, std::string_view name) -> json::Value {
    const Field& field = *store.schema(type).find(name, original_names);
    const auto value = shown(store, type, item, field);
    // Boolean user fields are filtered by 1 and 0: Y matches nothing.
    if (field.user_field && field.type == "boolean" && !value.is_null())
      return php::is_yes(value) ? "1" : "0";
    return value;
  };
  return columns;
}

}  // namespace b24gate::sandbox
