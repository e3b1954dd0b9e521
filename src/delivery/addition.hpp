// What an event adds to a lead that is there: what came later fills what is empty, and never erases. Pure.
//
// `mapped` are the lead's fields by a mapping, `present` the lead as crm.item.list shows it with all fields.
#pragma once

#include <string_view>

#include "base/time.hpp"
#include "journal/records.hpp"
#include "json/value.hpp"

namespace b24gate::delivery {

// Of `mapped`, as crm.item.update takes them, those that are empty in `present`; null when there are none.
// Whoever is responsible, the stage, the source and the contacts are no matter of filling; of a name the
// parts belong together: where one is there, none is added. The sum of an order that has changed replaces
// that of `before` (the same fields of what the conversation had said before), unless somebody has written
// another one.
json::Value empty_fields(const json::Object& mapped, const json::Object& before, const json::Value& present,
                         const TimeZone& zone);

// Entries of `fm` that `mapped` has, `before` (the same of what the conversation had said before) has not,
// and the lead neither.
json::Array new_contacts(const json::Object& mapped, const json::Object& before, const json::Value& present);

// For templates: {phones, emails, messengers}, each a list, or nothing.
json::Value told(const json::Array& contacts);

// The operation that adds them. The portal adds an entry again when it is told twice, so that after an
// unclear answer the lead is looked at.
journal::NewDelivery add_contacts(std::int64_t lead_id, json::Array contacts);
inline constexpr std::string_view add_contacts_name = "contacts";

}  // namespace b24gate::delivery
