// The signed JSON of site/b24gate.php: forms, orders, forgotten carts.
#pragma once

#include "connector/connector.hpp"
#include "json/value.hpp"

namespace b24gate::bitrix_site {

connector::Reading read_signed_json(const json::Value& body, const connector::Source& source);

}  // namespace b24gate::bitrix_site
