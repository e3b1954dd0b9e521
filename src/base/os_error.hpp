// What the operating system says of an error number. Thread-safe, unlike strerror by its standard.
#pragma once

#include <string>
#include <system_error>

namespace b24gate {

[[nodiscard]] inline std::string os_error(int number) {
  return std::error_code(number, std::generic_category()).message();
}

}  // namespace b24gate
