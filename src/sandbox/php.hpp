// PHP's way with values, which shows through everywhere in Bitrix24: casts, truth, arrays that are maps,
// parse_str. Everything here is a pure function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/value.hpp"

namespace b24gate::sandbox::php {

// (int)value: leading digits of a text, 0 when there are none. A map or an array is 1: this is how a batch
// reference that found nothing lands on object number 1.
std::int64_t to_int(const json::Value& value);
// (bool)value: "" and "0" are false, "false" is true.
bool truthy(const json::Value& value);
// Y, 1 and true; the rest, "true" as a text included, is no.
bool is_yes(const json::Value& value);

// The pairs of a PHP array, which JSON writes as an array (keys 0..n-1) or as an object. Empty for scalars.
std::vector<std::pair<std::string, json::Value>> pairs(const json::Value& value);
inline bool is_iterable(const json::Value& value) { return value.is_array() || value.is_object(); }
// The type's name as PHP's messages spell it: string, int, float, bool, null, array.
std::string_view type_name(const json::Value& value);

// json_encode's choice: a map becomes [] when it is empty and an array when its keys are 0, 1, 2 … in order.
json::Value encoded_map(json::Object map);

// parse_str of PHP 8.2: brackets nest, + is a space, '.' and ' ' in a top-level name become '_', and a raw
// '=' inside brackets ends the name there (filter[=id]=5 gives {"filter_": "id]=5"}): the trap that loses
// filters in batches. At most 1000 variables are read (max_input_vars) and 64 levels of brackets; the rest is
// dropped silently, as PHP does.
json::Value parse_str(std::string_view query);

}  // namespace b24gate::sandbox::php
