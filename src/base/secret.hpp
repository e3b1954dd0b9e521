// A secret value: a string that cannot be printed, logged or compared by accident.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace b24gate {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  // The value itself, for the one place that must send or compute with it.
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }

  // Compares in a time that depends on `offered` only, never on where the two differ. False when the secret
  // is empty: an empty secret protects nothing.
  [[nodiscard]] bool matches(std::string_view offered) const;

 private:
  std::string value_;
};

}  // namespace b24gate
