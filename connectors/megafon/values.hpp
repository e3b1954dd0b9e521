// What single values of the PBX mean. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace b24gate::megafon {

enum class Party {
  hidden,  // no digits: the number was withheld
  inner,   // 2 to 5 digits: a colleague
  client,
};
Party party_of(std::string_view phone);

// "79101234567", "89101234567" -> "+79101234567": the PBX writes numbers without plus. Others stay as they
// are.
std::string international(std::string_view phone);

// The login without its tenant; empty for the PBX itself ("pbx") and for groups ("g_…").
std::string employee_of(std::string_view user);

// "20260312T071500Z" or ISO 8601, UTC.
std::optional<TimePoint> time_of(std::string_view text);

// "Success", "NotAvailable" in any case -> call.outcome; "unknown" for a status that nobody told us of.
std::string outcome_of(std::string_view status, bool is_incoming);

}  // namespace b24gate::megafon
