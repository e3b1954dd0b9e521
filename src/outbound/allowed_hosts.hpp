// The hosts that may be asked, as an administrator lists them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "outbound/url.hpp"

namespace b24gate::outbound {

// "records.example", "*.example" (every name below it, not example itself), "records.example:8443" (this
// port only), "http://records.example" (also without TLS). An entry that cannot be read allows nothing.
[[nodiscard]] bool allows(const std::vector<std::string>& hosts, const Url& url);

}  // namespace b24gate::outbound
