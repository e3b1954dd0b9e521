// Orders of a CommerceML page, read into events.
#pragma once

#include <string_view>

#include "connector/connector.hpp"

namespace b24gate::bitrix_site {

connector::Reading read_exchange(std::string_view body, const connector::Source& source);

}  // namespace b24gate::bitrix_site
