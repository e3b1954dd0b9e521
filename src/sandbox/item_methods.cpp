// crm.item.*: add, update, get, list, delete, fields. Source: bitrix24/crm.md 4.2.
#include <algorithm>
#include <array>

#include "sandbox/items.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

struct Target {
  std::int64_t type = 0;
  bool original_names = false;
};

tl::expected<Target, Failure> target(const Call& call) {
  const auto& type = call.param("entityTypeId");
  if (type.is_null()) return refuse("100", "Could not find value for parameter {entityTypeId}");
  const std::int64_t number = php::to_int(type);
  if (!known_entity(number)) return refuse("NOT_FOUND", "Smart process was not found");
  return Target{number, php::is_yes(call.param("useOriginalUfNames"))};
}

tl::expected<Item*, Failure> existing(Call& call, const Target& where) {
  if (call.param("id").is_null()) return refuse("100", "Could not find value for parameter {id}");
  Item* item = call.store.item(where.type, php::to_int(call.param("id")));
  if (item == nullptr) return refuse("NOT_FOUND", "Item was not found");
  return item;
}

tl::unexpected<Failure> required(Call& call, const std::string& field) {
  call.faults.count_required(field);
  return refuse("CRM_FIELD_ERROR_REQUIRED", "Required field \"" + field + "\" is empty");
}

Outcome answer(const Call& call, const Target& where, const Item& item) {
  return Success{
      json::Value::object({{"item", shown(call.store, where.type, item, where.original_names)}}), {}, {}};
}

Outcome add(Call& call) {
  const auto where = target(call);
  if (!where) return tl::unexpected<Failure>(where.error());
  const auto& fields = call.param("fields");
  if (!php::is_iterable(fields)) return refuse("100", "Could not find value for parameter {fields}");
  if (call.store.full()) return refuse("ERROR_CORE", "Disk resource exhausted");
  Item item;
  if (auto written = write(call, where->type, item, fields, where->original_names); !written) {
    return tl::unexpected<Failure>(written.error());
  }
  set_defaults(call, where->type, item);
  if (const auto empty = missing_required(call, where->type, item)) return required(call, *empty);
  return answer(call, *where, create(call, where->type, std::move(item)));
}

Outcome update(Call& call) {
  const auto where = target(call);
  if (!where) return tl::unexpected<Failure>(where.error());
  const auto found = existing(call, *where);
  if (!found) return tl::unexpected<Failure>(found.error());
  const auto& fields = call.param("fields");
  if (!php::is_iterable(fields)) return refuse("100", "Could not find value for parameter {fields}");
  Item draft = **found;
  if (auto written = write(call, where->type, draft, fields, where->original_names); !written) {
    return tl::unexpected<Failure>(written.error());
  }
  // Fields required on a stage are checked when the stage changes; a required field may never be emptied.
  const bool moved = draft.value("stageId") != (*found)->value("stageId");
  const auto empty = missing_required(call, where->type, draft);
  const bool emptied = empty && !missing_required(call, where->type, **found);
  if (empty && (moved || emptied)) return required(call, *empty);
  save(call, where->type, **found, std::move(draft));
  return answer(call, *where, **found);
}

Outcome get(Call& call) {
  const auto where = target(call);
  if (!where) return tl::unexpected<Failure>(where.error());
  const auto found = existing(call, *where);
  if (!found) return tl::unexpected<Failure>(found.error());
  return answer(call, *where, **found);
}

Outcome remove(Call& call) {
  const auto where = target(call);
  if (!where) return tl::unexpected<Failure>(where.error());
  const auto found = existing(call, *where);
  if (!found) return tl::unexpected<Failure>(found.error());
  call.store.of(where->type).erase((*found)->id);
  return Success{json::Value::array(), {}, {}};
}

// phone and email in select give the first value.
json::Value first_value(const Item& item, std::string_view type) {
  for (const auto& entry : item.multifields) {
    if (entry.type == type) return entry.value;
  }
  return {};
}

json::Value row(const Call& call, const Target& where, const Item& item,
                const std::vector<std::string>& select) {
  const bool all = select.empty() || std::find(select.begin(), select.end(), "*") != select.end();
  if (all) return shown(call.store, where.type, item, where.original_names);
  json::Object out;
  out.set("id", item.id);
  for (const auto& name : select) {
    if (name == "phone") out.set(name, first_value(item, "PHONE"));
    if (name == "email") out.set(name, first_value(item, "EMAIL"));
    const Field* field = call.store.schema(where.type).find(name, where.original_names);
    // fm comes only with *.
    if (field != nullptr && field->name != "fm") out.set(name, shown(call.store, where.type, item, *field));
  }
  return out;
}

Outcome list(Call& call) {
  const auto where = target(call);
  if (!where) return tl::unexpected<Failure>(where.error());
  const auto& store = call.store;
  auto rows = selected(rows_of(store.of(where->type)), call.param("filter"), call.param("order"),
                       item_columns(store, where->type, where->original_names), store.zone);
  if (!rows) return tl::unexpected<Failure>(rows.error());
  std::vector<std::string> select;
  for (const auto& [key, name] : php::pairs(call.param("select"))) select.push_back(name.text());
  Success out;
  json::Array items;
  for (const Item* item : paged(*std::move(rows), call.param("start"), out)) {
    items.push_back(row(call, *where, *item, select));
  }
  out.result = json::Value::object({{"items", std::move(items)}});
  return out;
}

json::Value described(const Field& field, bool required) {
  auto out = json::Value::object({{"type", field.type},
                                  {"isRequired", required},
                                  {"isReadOnly", field.read_only},
                                  {"isImmutable", false},
                                  {"isMultiple", field.multiple},
                                  {"isDynamic", field.user_field},
                                  {"title", field.title},
                                  {"upperName", field.upper}});
  if (!field.dictionary.empty()) out["statusType"] = field.dictionary;
  if (field.type == "enumeration") {
    json::Array items;
    for (const auto& item : field.items) {
      items.push_back(json::Value::object({{"ID", std::to_string(item.id)}, {"VALUE", item.value}}));
    }
    out["items"] = std::move(items);
  }
  return out;
}

Outcome fields(Call& call) {
  const auto where = target(call);
  if (!where) return tl::unexpected<Failure>(where.error());
  const auto required = call.faults.required_fields("crm.item.add");
  json::Object out;
  for (const auto& field : call.store.schema(where->type).fields()) {
    const bool is_required = std::any_of(required.begin(), required.end(), [&](const std::string& name) {
      return name == field.upper || name == field.name;
    });
    out.append(shown_name(field, where->original_names), described(field, is_required));
  }
  return Success{json::Value::object({{"fields", std::move(out)}}), {}, {}};
}

constexpr std::array<Method, 6> methods{{
    {"crm.item.add", "crm", 0.25, add},
    {"crm.item.update", "crm", 0.15, update},
    {"crm.item.get", "crm", 0.03, get},
    {"crm.item.list", "crm", 0.06, list},
    {"crm.item.delete", "crm", 0.12, remove},
    {"crm.item.fields", "crm", 0.05, fields},
}};

}  // namespace

std::span<const Method> item_methods() { return methods; }

}  // namespace b24gate::sandbox
