#include "base/secret.hpp"

namespace b24gate {

bool Secret::matches(std::string_view offered) const {
  if (value_.empty()) return false;
  // As many steps as `offered` has bytes, whatever the secret is and however long: not even its length shows
  // in the time taken. Each request compares many texts (what must not be stored is looked for in every
  // field), so the steps are cheap ones; volatile keeps the compiler from ending them early.
  volatile unsigned char differs = offered.size() == value_.size() ? 0 : 1;
  std::size_t at = 0;
  for (const char byte : offered) {
    differs = static_cast<unsigned char>(differs | (byte ^ value_[at]));
    ++at;
    at &= std::size_t{0} - static_cast<std::size_t>(at < value_.size());
  }
  return differs == 0;
}

}  // namespace b24gate
