// How a call ended, in the product's words.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace b24gate::mango {

enum class Direction { internal, in, out };

std::string_view name(Direction direction);

// Of a call in which nobody talked, by its `disconnect_reason`; a code that is not listed is read as its
// class.
std::string_view outcome_of(Direction direction, std::optional<std::int64_t> reason);

}  // namespace b24gate::mango
