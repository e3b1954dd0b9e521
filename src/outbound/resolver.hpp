// From a host's name to its addresses: the seam at which tests replace DNS.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"

namespace b24gate::outbound {

class Resolver {
 public:
  virtual ~Resolver() = default;
  // Numeric addresses in the order in which they are to be tried; never empty. A numeric host is its own
  // address. Thread-safe; may block.
  [[nodiscard]] virtual Result<std::vector<std::string>> resolve(const std::string& host) const = 0;
};

class SystemResolver final : public Resolver {
 public:
  [[nodiscard]] Result<std::vector<std::string>> resolve(const std::string& host) const override;
};

}  // namespace b24gate::outbound
