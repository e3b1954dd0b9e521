// What a condition may be about: the names, for checking and for "did you mean".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace b24gate::distribution {

// Every name besides fields.*: members of the event, and what is known apart from it. In no particular order.
const std::vector<std::string>& subject_names();

// Whether a condition may be about `name`: one of the names, something inside one of them
// ("order.items.0.name"), several of them together ("geo"), or fields.*.
bool is_subject(std::string_view name);

// The words that the values of `name` are limited to; empty when they are not.
std::vector<std::string> values_of(std::string_view name);

}  // namespace b24gate::distribution
