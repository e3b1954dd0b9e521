// Leads, deals, contacts and companies: what may be written into them and how they are shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/filter.hpp"
#include "sandbox/methods.hpp"

namespace b24gate::sandbox {

// The value of a field as crm.item.* shows it: numbers as numbers, Y/N, ISO dates, null when empty.
json::Value shown(const Store& store, std::int64_t type, const Item& item, const Field& field);
// All fields, fm and entityTypeId.
json::Value shown(const Store& store, std::int64_t type, const Item& item, bool original_names);

// What `raw` becomes in the field; null clears it. Checks dictionaries, users, types.
tl::expected<json::Value, Failure> accepted(const Call& call, std::int64_t type, const Item& item,
                                            const Field& field, const json::Value& raw);

// Writes `fields` as crm.item.* takes them: unknown and read-only names are ignored silently, `fm` is merged.
tl::expected<void, Failure> write(const Call& call, std::int64_t type, Item& item, const json::Value& fields,
                                  bool original_names);

// Fills what a new item must have: title, stage, source, responsible. Gives it no number yet.
void set_defaults(const Call& call, std::int64_t type, Item& item);
// Numbers, times, history; puts the item into the store.
Item& create(Call& call, std::int64_t type, Item item);
// Replaces `was` by `now`: updatedTime and history. False when nothing differs: then nothing is saved.
bool save(Call& call, std::int64_t type, Item& was, Item now);

// fm of crm.item.*: an array or n0… adds, a numeric key of an object changes, an empty value deletes, no
// typeId does nothing, an unknown number adds.
void merge_multifields(Store& store, Item& item, const json::Value& fm);
void add_multifield(Store& store, Item& item, std::string type, std::string value_type, std::string value);

// The first required field that is empty.
std::optional<std::string> missing_required(const Call& call, std::int64_t type, const Item& item);

Columns<Item> item_columns(const Store& store, std::int64_t type, bool original_names);
Kind kind_of(const Field& field);

}  // namespace b24gate::sandbox
