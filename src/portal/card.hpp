// A card of the portal's CRM: which kind, which number, whose; and where people open it. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace b24gate::portal {

struct Card {
  std::string type;  // lead, deal, contact, company
  std::int64_t id = 0;
  std::int64_t assigned_by = 0;  // a portal user; 0 when it is not known
};

// The portal's number of a kind of card: 1 lead, 2 deal, 3 contact, 4 company; 0 for what is none.
int entity_type(std::string_view type);

// "deal:5"; nullopt for what is none.
std::optional<Card> parse_card(std::string_view text);
std::string card_text(const Card& card);

// https://company.bitrix24.ru/crm/deal/details/5/, from the webhook's URL, without its secret. `id` as text:
// it may be a mark that is replaced later.
std::string card_url(std::string_view rest_url, std::string_view type, std::string_view id);

}  // namespace b24gate::portal
