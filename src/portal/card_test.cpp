#include "portal/card.hpp"

#include <doctest/doctest.h>

using namespace b24gate::portal;

TEST_CASE("a card is a kind and a number") {
  const auto card = parse_card("deal:48213");
  REQUIRE(card);
  CHECK(card->type == "deal");
  CHECK(card->id == 48213);
  CHECK(card_text(*card) == "deal:48213");
  for (const char* text : {"", "deal", "deal:", "deal:0", "deal:-1", "deal:x", "order:5", ":5"})
    CHECK_FALSE(parse_card(text));
  CHECK(entity_type("lead") == 1);
  CHECK(entity_type("company") == 4);
  CHECK(entity_type("task") == 0);
}

TEST_CASE("the page of a card holds no secret") {
  CHECK(card_url("https://company.bitrix24.ru/rest/1/secret/", "deal", "5") ==
        "https://company.bitrix24.ru/crm/deal/details/5/");
}
