// Times as people write them: %d.%m.%Y %H:%M. Understands %d %m %Y %y %H %M %S and %%. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace b24gate::mapping {

// What is wrong with a format; nullopt when it is good.
[[nodiscard]] std::optional<std::string> date_format_mistake(std::string_view format);
// REQUIRES: a good format.
[[nodiscard]] std::string format_date(std::string_view format, TimePoint time, const TimeZone& zone);

}  // namespace b24gate::mapping
