#include "portal/fitted.hpp"

#include <utility>

#include "base/utf8.hpp"
#include "portal/fields.hpp"

namespace b24gate::portal {

std::string_view head_of_bytes(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  while (most > 0 && continues(most)) --most;
  return text.substr(0, most);
}

std::string fitted(const std::string& field, std::string text, std::vector<Cut>& cut) {
  std::string_view kept = text;
  if (const std::size_t most = max_length(field); most > 0) kept = utf8::head(kept, most);
  if (const std::size_t most = max_bytes(field); most > 0) kept = head_of_bytes(kept, most);
  if (kept.size() == text.size()) return text;
  std::string out(kept);
  cut.push_back({field, utf8::length(out), std::move(text)});
  return out;
}

}  // namespace b24gate::portal
