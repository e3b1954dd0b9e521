// How each operation is recognised in the portal after an unclear answer, and whether it may simply be
// repeated. Source: bitrix24/idempotency.md, "Per operation".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "journal/records.hpp"
#include "portal/command.hpp"

namespace b24gate::delivery {

// The command whose answer tells whether `delivery` was carried out; nullopt when repeating it is harmless
// (an update of fields sets values; a notification replaces the one with its tag).
// `call_id`: of a call that is being finished, by which its row in the statistics is found.
std::optional<portal::Command> look_up(const journal::DeliveryRow& delivery, const std::string& call_id,
                                       std::int64_t lead_id);

struct Found {
  bool readable = false;    // the answer has the shape that was asked for
  std::int64_t id = 0;      // of the portal's object; 0: it is not there
  std::size_t copies = 0;   // more than one: the oldest is `id`
  std::string result = {};  // of a call: its row, as JSON
};
Found found(const journal::DeliveryRow& delivery, const json::Value& result);

// The id in the answer to the operation itself: a lead's, a comment's, a task's; 0 when it tells none.
std::int64_t id_in(const journal::DeliveryRow& delivery, const json::Value& result);

}  // namespace b24gate::delivery
