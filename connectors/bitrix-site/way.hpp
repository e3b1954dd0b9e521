// By which of its three ways a site speaks. One connector reads all of them wherever they arrive, so the
// content decides.
#pragma once

#include <string_view>

#include "connector/connector.hpp"
#include "json/value.hpp"

namespace b24gate::bitrix_site {

// Where the old lead import form of Bitrix24 lived.
inline constexpr std::string_view lead_path = "/crm/configs/import/lead.php";

enum class Way {
  nothing,      // neither a body nor a query
  lead_form,    // A: the fields of lead.php
  signed_json,  // B: site/b24gate.php
  exchange,     // C: CommerceML
};
Way way_of(const connector::Request& request);

// The fields of lead.php from query and body; the body wins. Fails when the body is no form at all.
Result<json::Object> lead_fields(const connector::Request& request);

}  // namespace b24gate::bitrix_site
