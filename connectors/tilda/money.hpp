// Exact arithmetic on decimal texts, as far as a cart needs it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace b24gate::tilda {

// "1 200,50" -> "1200.50"; nothing when the text is no positive decimal number.
std::optional<std::string> decimal(std::string_view text);

// total / quantity where that is exact to a hundredth, for example 9000 / 2 = "4500"; else empty.
std::string unit_price(std::string_view total, std::string_view quantity);

}  // namespace b24gate::tilda
