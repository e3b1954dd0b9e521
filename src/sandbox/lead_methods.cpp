// crm.lead.*, the old methods but for its list: upper-case names, everything a string, errors with an empty
// code. Source: bitrix24/crm.md 4.3 "Old methods".
#include <algorithm>
#include <array>

#include "sandbox/items.hpp"
#include "sandbox/old_values.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

bool plausible_email(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && text.find('.', at) != std::string_view::npos &&
         text.find_first_of(" \t,;<>") == std::string_view::npos &&
         text.find('@', at + 1) == std::string_view::npos;
}

void drop_entry(Item& item, std::int64_t id) {
  std::erase_if(item.multifields, [&](const Multifield& entry) { return entry.id == id; });
}

// An element without ID adds; with ID and VALUE it changes; with DELETE=Y, an empty VALUE or a bare ID it
// deletes.
tl::expected<void, Failure> merge_old(Store& store, Item& item, const std::string& type,
                                      const json::Value& elements) {
  for (const auto& [key, element] : php::pairs(elements)) {
    if (!element.is_object()) continue;
    const std::string value = element["VALUE"].text();
    if (type == "EMAIL" && !value.empty() && !plausible_email(value)) {
      return refuse("ERROR_CORE", "Поле \"E-mail\" содержит некорректный адрес.<br>");
    }
    const auto id = element["ID"].integer();
    const auto known = std::find_if(item.multifields.begin(), item.multifields.end(),
                                    [&](const Multifield& entry) { return id && entry.id == *id; });
    if (known == item.multifields.end()) {
      add_multifield(store, item, type, element["VALUE_TYPE"].text(), value);
    } else if (value.empty() || php::is_yes(element["DELETE"])) {
      drop_entry(item, *id);
    } else {
      known->value = value;
      known->normal = normal_communication(type, value);
      if (!element["VALUE_TYPE"].says_nothing()) known->value_type = element["VALUE_TYPE"].text();
    }
  }
  return {};
}

// Bad values are stored blindly or dropped: the old methods do not check dictionaries.
tl::expected<void, Failure> write_old(const Call& call, Item& item, const json::Value& fields) {
  for (const auto& [name, raw] : php::pairs(fields)) {
    if (is_old_multifield(name)) {
      if (auto merged = merge_old(call.store, item, name, raw); !merged) return merged;
      continue;
    }
    const Field* field = call.store.schema(lead).find_upper(name);
    if (field == nullptr || field->read_only || field->name == "fm") continue;
    auto value = accepted(call, lead, item, *field, raw);
    if (value) {
      if (value->says_nothing()) {
        item.values.erase(field->name);
      } else {
        item.values.set(field->name, *std::move(value));
      }
    } else if (field->type == "crm_status" && !php::is_iterable(raw)) {
      item.values.set(field->name, raw.text());
    }
  }
  return {};
}

tl::expected<Item*, Failure> existing(Call& call) {
  const std::int64_t id = php::to_int(call.param("id").is_null() ? call.param("ID") : call.param("id"));
  if (id <= 0) return refuse("", "ID is not defined or invalid.");
  Item* item = call.store.item(lead, id);
  if (item == nullptr) return refuse("", "Not found");
  return item;
}

Outcome add(Call& call) {
  if (!php::is_iterable(call.param("fields"))) return refuse("", "Parameter 'fields' must be array.");
  if (call.store.full()) return refuse("", "Disk resource exhausted");
  Item item;
  if (auto written = write_old(call, item, call.param("fields")); !written) {
    return tl::unexpected<Failure>(written.error());
  }
  set_defaults(call, lead, item);
  if (const auto empty = missing_required(call, lead, item)) {
    call.faults.count_required(*empty);
    return refuse("ERROR_CORE", "Не заполнено обязательное поле \"" + *empty + "\"<br>");
  }
  return Success{create(call, lead, std::move(item)).id, {}, {}};
}

Outcome update(Call& call) {
  const auto found = existing(call);
  if (!found) return tl::unexpected<Failure>(found.error());
  if (!php::is_iterable(call.param("fields"))) return refuse("", "Parameter 'fields' must be array.");
  Item draft = **found;
  if (auto written = write_old(call, draft, call.param("fields")); !written) {
    return tl::unexpected<Failure>(written.error());
  }
  save(call, lead, **found, std::move(draft));
  return Success{true, {}, {}};
}

Outcome get(Call& call) {
  const auto found = existing(call);
  if (!found) return tl::unexpected<Failure>(found.error());
  json::Object out;
  for (const auto& field : call.store.schema(lead).fields()) {
    if (field.name != "fm" && field.name != "observers" && field.name != "contactIds") {
      out.append(field.upper, old_value(call.store, lead, **found, field));
    }
  }
  const bool closed = (*found)->value("stageSemanticId").text() != "P";
  out.append("DATE_CLOSED", closed ? (*found)->value("movedTime").text() : "");
  for (const auto type : old_multifield_types) {
    auto entries = old_multifields(**found, type);
    if (!entries.empty()) out.append(std::string(type), std::move(entries));
  }
  return Success{std::move(out), {}, {}};
}

Outcome remove(Call& call) {
  const auto found = existing(call);
  if (!found) return tl::unexpected<Failure>(found.error());
  call.store.of(lead).erase((*found)->id);
  return Success{true, {}, {}};
}

constexpr std::array<Method, 4> methods{{
    {"crm.lead.add", "crm", 0.25, add},
    {"crm.lead.update", "crm", 0.15, update},
    {"crm.lead.get", "crm", 0.03, get},
    {"crm.lead.delete", "crm", 0.12, remove},
}};

}  // namespace

std::span<const Method> lead_methods() { return methods; }

}  // namespace b24gate::sandbox
