// Lists. Source: bitrix24/presence.md section 8.
#include <algorithm>
#include <array>

#include "sandbox/filter.hpp"
#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

tl::unexpected<Failure> missing(std::string_view name) {
  return refuse("ERROR_REQUIRED_PARAMETERS_MISSING",
                "Required parameter `" + std::string(name) + "` is missing");
}

bool is_meant(const Call& call, const List& list) {
  const auto& id = call.param("IBLOCK_ID");
  return id.is_null() ? list.code == call.param("IBLOCK_CODE").text() : list.id == php::to_int(id);
}

tl::expected<const List*, Failure> meant(const Call& call) {
  if (call.param("IBLOCK_TYPE_ID").says_nothing()) return missing("IBLOCK_TYPE_ID");
  if (call.param("IBLOCK_ID").is_null() && call.param("IBLOCK_CODE").is_null()) return missing("IBLOCK_ID");
  for (const auto& list : call.store.lists) {
    if (is_meant(call, list)) return &list;
  }
  return refuse("ERROR_IBLOCK_NOT_FOUND", "Iblock not found");
}

Outcome lists(Call& call) {
  if (call.param("IBLOCK_TYPE_ID").says_nothing()) return missing("IBLOCK_TYPE_ID");
  const bool one = !call.param("IBLOCK_ID").is_null() || !call.param("IBLOCK_CODE").is_null();
  json::Array out;
  for (const auto& list : call.store.lists) {
    if (call.param("IBLOCK_TYPE_ID").text() != "lists" || (one && !is_meant(call, list))) continue;
    out.push_back(json::Value::object({{"ID", std::to_string(list.id)},
                                       {"IBLOCK_TYPE_ID", "lists"},
                                       {"CODE", list.code},
                                       {"NAME", list.name},
                                       {"ACTIVE", "Y"},
                                       {"SORT", "500"}}));
  }
  const auto total = static_cast<std::int64_t>(out.size());
  return Success{std::move(out), total, {}};
}

Outcome list_fields(Call& call) {
  const auto list = meant(call);
  if (!list) return tl::unexpected<Failure>(list.error());
  json::Object out;
  out.set("NAME", json::Value::object({{"FIELD_ID", "NAME"}, {"NAME", "Название"}, {"TYPE", "NAME"}}));
  for (const auto& [property, title] : (*list)->properties) {
    out.set(property,
            json::Value::object({{"FIELD_ID", property}, {"NAME", title}, {"TYPE", "S"}, {"MULTIPLE", "Y"}}));
  }
  return Success{std::move(out), {}, {}};
}

json::Value element_row(const ListElement& element) {
  auto out = json::Value::object({{"ID", std::to_string(element.id)},
                                  {"IBLOCK_ID", std::to_string(element.list)},
                                  {"NAME", element.name},
                                  {"IBLOCK_SECTION_ID", json::Value()},
                                  {"CREATED_BY", std::to_string(webhook_owner)},
                                  {"CODE", element.code}});
  for (const auto& [name, values] : element.properties) out[name] = values;
  return out;
}

Outcome elements(Call& call) {
  const auto list = meant(call);
  if (!list) return tl::unexpected<Failure>(list.error());
  std::vector<const ListElement*> all;
  for (const auto& [id, element] : call.store.list_elements) {
    const bool by_id =
        call.param("ELEMENT_ID").is_null() || element.id == php::to_int(call.param("ELEMENT_ID"));
    const bool by_code =
        call.param("ELEMENT_CODE").is_null() || element.code == call.param("ELEMENT_CODE").text();
    if (element.list == (*list)->id && by_id && by_code) all.push_back(&element);
  }
  Columns<ListElement> columns;
  columns.kind = [](std::string_view name) -> std::optional<Kind> {
    if (name == "ID") return Kind::number;
    const bool text = name == "NAME" || name == "CODE" || name.starts_with("PROPERTY_");
    return text ? std::optional<Kind>(Kind::text) : std::nullopt;
  };
  columns.value = [](const ListElement& element, std::string_view name) -> json::Value {
    const auto row = element_row(element);
    if (!name.starts_with("PROPERTY_")) return row[name];
    json::Array values;
    for (const auto& [key, value] : php::pairs(row[name])) values.push_back(value);
    return values;
  };
  auto rows =
      selected(std::move(all), call.param("FILTER"), call.param("ELEMENT_ORDER"), columns, call.store.zone);
  if (!rows) return tl::unexpected<Failure>(rows.error());
  Success out;
  json::Array shown;
  for (const ListElement* element : paged(*std::move(rows), call.param("start"), out)) {
    shown.push_back(element_row(*element));
  }
  out.result = std::move(shown);
  return out;
}

// ELEMENT_CODE is the one key of the old API that the server itself keeps unique.
Outcome add_element(Call& call) {
  const auto list = meant(call);
  if (!list) return tl::unexpected<Failure>(list.error());
  const std::string code = call.param("ELEMENT_CODE").text();
  if (code.empty()) return missing("ELEMENT_CODE");
  if (!php::is_iterable(call.param("FIELDS"))) return missing("FIELDS");
  for (const auto& [id, element] : call.store.list_elements) {
    if (element.list == (*list)->id && element.code == code) {
      return refuse("ERROR_ELEMENT_ALREADY_EXISTS", "Element already exists");
    }
  }
  if (call.store.full()) return refuse("ERROR_ADD_ELEMENT", "Disk resource exhausted");
  ListElement element{
      ++call.store.last.list_element, (*list)->id, call.param("FIELDS")["NAME"].text(), code, {}};
  for (const auto& [name, raw] : php::pairs(call.param("FIELDS"))) {
    if (!name.starts_with("PROPERTY_")) continue;
    json::Object values;
    const auto many = php::is_iterable(raw) ? raw : json::Value::array({raw});
    for (const auto& [key, value] : php::pairs(many)) {
      values.set(std::to_string(++call.store.last.property_value), value.text());
    }
    element.properties.set(name, std::move(values));
  }
  const std::int64_t id = element.id;
  call.store.list_elements.emplace(id, std::move(element));
  return Success{id, {}, {}};
}

constexpr std::array<Method, 4> methods{{
    {"lists.get", "lists", 0.04, lists},
    {"lists.field.get", "lists", 0.04, list_fields},
    {"lists.element.get", "lists", 0.06, elements},
    {"lists.element.add", "lists", 0.15, add_element},
}};

}  // namespace

std::span<const Method> list_methods() { return methods; }

}  // namespace b24gate::sandbox
