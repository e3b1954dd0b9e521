#include "portal/named_fields.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/utf8.hpp"

namespace b24gate::portal {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t most_fields = 5;
constexpr std::size_t longest_title = 60;  // letters
constexpr std::array<std::string_view, 3> words_for_field = {"field", "поле", "поля"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> quotes = {
    {{"\"", "\""}, {"'", "'"}, {"«", "»"}, {"&quot;", "&quot;"}}};
constexpr std::string_view code_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

// What stands in quotes at the beginning of `text`, or a code in capitals.
std::string_view name_at(std::string_view text) {
  for (const auto& [open, close] : quotes) {
    if (text.substr(0, open.size()) != open) continue;
    const std::string_view inside = text.substr(open.size());
    const std::size_t end = inside.find(close);
    if (end == npos || utf8::length(inside.substr(0, end)) > longest_title) return {};
    return inside.substr(0, end);
  }
  const std::string_view code = text.substr(0, std::min(text.find_first_not_of(code_letters), text.size()));
  return code.size() > 1 ? code : std::string_view();
}

}  // namespace

std::string named_fields(std::string_view description) {
  std::vector<std::string_view> found;
  const auto add = [&](std::string_view name) {
    const bool known = std::find(found.begin(), found.end(), name) != found.end();
    if (!name.empty() && !known && found.size() < most_fields) found.push_back(name);
  };
  for (std::size_t at = 0; at < description.size(); ++at) {
    const std::string_view rest = description.substr(at);
    for (const auto word : words_for_field) {
      if (rest.size() > word.size() && rest.substr(0, word.size()) == word) {
        const std::size_t next = rest.find_first_not_of(" :", word.size());
        if (next != npos && next > word.size()) add(name_at(rest.substr(next)));
      }
    }
    const bool begins = at == 0 || code_letters.find(description[at - 1]) == npos;
    if (begins && rest.substr(0, 3) == "UF_") add(name_at(rest));
  }
  std::string out;
  for (const auto name : found) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

}  // namespace b24gate::portal
