#include "portal/card.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "json/value.hpp"

namespace b24gate::portal {
namespace {

constexpr std::array<std::string_view, 4> types = {"lead", "deal", "contact", "company"};

}  // namespace

int entity_type(std::string_view type) {
  const auto it = std::find(types.begin(), types.end(), type);
  return it == types.end() ? 0 : static_cast<int>(it - types.begin()) + 1;
}

std::optional<Card> parse_card(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto id = json::Value(text.substr(colon + 1)).integer();
  const std::string_view type = text.substr(0, colon);
  if (!id || *id <= 0 || entity_type(type) == 0) return std::nullopt;
  return Card{std::string(type), *id, 0};
}

std::string card_text(const Card& card) { return fmt::format("{}:{}", card.type, card.id); }

std::string card_url(std::string_view rest_url, std::string_view type, std::string_view id) {
  return fmt::format("{}/crm/{}/details/{}/", rest_url.substr(0, rest_url.find("/rest/")), type, id);
}

}  // namespace b24gate::portal
