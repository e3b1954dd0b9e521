// Texts as long as the portal's fields are sure to keep them. Pure. Source: bitrix24/crm.md 4.10.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace b24gate::portal {

struct Cut {
  std::string field;     // old spelling
  std::size_t kept = 0;  // code points
  std::string whole;     // what it was: personal data, for a comment in the timeline, never for a log
};

// `text` as far as `field` keeps it; when that is not all of it, `cut` tells.
[[nodiscard]] std::string fitted(const std::string& field, std::string text, std::vector<Cut>& cut);

// As many whole code points from the beginning as `most` bytes hold.
[[nodiscard]] std::string_view head_of_bytes(std::string_view text, std::size_t most);

}  // namespace b24gate::portal
