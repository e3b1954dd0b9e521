// The fields of lead.php, read into events.
#pragma once

#include "connector/connector.hpp"
#include "json/value.hpp"

namespace b24gate::bitrix_site {

// Reading::reply of this way, for answer().
inline constexpr const char* lead_form_reply = "lead.php";

connector::Reading read_lead_form(const json::Object& fields, const connector::Source& source, TimePoint now);

}  // namespace b24gate::bitrix_site
