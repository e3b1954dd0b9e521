// The fields of one command, wherever they stand: a form, JSON or the query.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "connector/connector.hpp"
#include "json/value.hpp"

namespace b24gate::megafon {

inline constexpr std::string_view token_name = "crm_token";

// What the request holds, crm_token included; what stands in the body and in the query is the body's. Fails
// when the body can be read as nothing.
Result<json::Value> fields_of(const connector::Request& request);

// Every field as text without crm_token, so that a form and JSON are the same content.
json::Value content_of(const json::Value& fields);

}  // namespace b24gate::megafon
