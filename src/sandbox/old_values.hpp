// How the old methods (crm.lead.*, crm.contact.list …) show an item: upper-case names, everything a text.
// Source: bitrix24/crm.md 4.3 "Old methods".
#pragma once

#include <array>
#include <string_view>

#include "sandbox/items.hpp"

namespace b24gate::sandbox {

inline constexpr std::array<std::string_view, 5> old_multifield_types{"PHONE", "EMAIL", "WEB", "IM", "LINK"};
bool is_old_multifield(std::string_view name);

// Texts, null when empty, "" for an empty date.
json::Value old_value(const Store& store, std::int64_t type, const Item& item, const Field& field);
json::Array old_multifields(const Item& item, std::string_view type);

}  // namespace b24gate::sandbox
