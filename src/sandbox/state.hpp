// What GET /sandbox/state shows: the whole store as JSON, newest first.
#pragma once

#include "json/value.hpp"
#include "sandbox/store.hpp"

namespace b24gate::sandbox {

// leads, deals, contacts, companies (each with `item` as crm.item.get shows it, original names of user
// fields), tasks, comments, activities, notifications, messages, users. At most `limit` of each. `readable`
// adds `fields`: titles and values as a person reads them.
json::Value store_state(const Store& store, std::size_t limit, bool readable);

}  // namespace b24gate::sandbox
