// What connectors do with decoded bodies: entities, and secrets that must not be stored.
//
// Pure functions, thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connector/connector.hpp"
#include "json/value.hpp"

namespace b24gate::connector {

// HTML entities of every text and name, one layer.
json::Value without_entities(const json::Value& value);

// Stands where a secret was.
inline constexpr std::string_view redacted = "***";

// What is stored instead of a field's value; nothing to leave it as it is.
using Replacement = std::function<std::optional<std::string>(std::string_view name, std::string_view value)>;

// Replaces values of top-level fields in query, headers and body: forms, JSON objects (and objects in a JSON
// array), multipart. A body that cannot be read is left to redact_values.
void redact_fields(Request& request, const Replacement& replacement);

// Puts `redacted` wherever one of the secrets' own texts (of four characters or more) stands.
void redact_text(std::string& text, const std::vector<Secret>& secrets);

// Puts `redacted` wherever one of the secrets' own texts (of four characters or more) stands in body, query
// or a header, as it is or percent-encoded: for bodies that are broken, and for places nobody thought of.
void redact_values(Request& request, const std::vector<Secret>& secrets);

}  // namespace b24gate::connector
