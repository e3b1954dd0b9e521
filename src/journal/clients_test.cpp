// The index of clients: which card answers for a phone.
#include <doctest/doctest.h>

#include "journal/testing/fixture.hpp"

using namespace b24gate;
using journal::ClientRow;
using journal::Tx;
using journal::testing::Fixture;
using journal::testing::noon;

namespace {

const std::string phone = "+79030001101";
const std::string other = "+79030001102";

ClientRow card(const std::string& text, std::int64_t user, Seconds after = Seconds{0}, bool closed = false) {
  ClientRow out;
  out.card = text;
  out.user_id = user;
  out.seen_at = noon + after;
  out.closed = closed;
  return out;
}

void sight(Fixture& fixture, const ClientRow& row) {
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::remember_client(tx, phone, row); }));
}

void listed(Fixture& fixture, const ClientRow& row, const std::vector<std::string>& phones) {
  REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::remember_card(tx, row, phones); }));
}

std::optional<ClientRow> known(Fixture& fixture, const std::string& of = phone) {
  auto reader = fixture.journal->reader();
  return journal::client(*reader, of).value();
}

std::string best(Fixture& fixture, const std::string& of = phone) {
  const auto row = known(fixture, of);
  return row ? row->card : "nobody";
}

}  // namespace

TEST_CASE("the best card answers, in whatever order they were seen") {
  Fixture fixture;
  CHECK(best(fixture) == "nobody");
  sight(fixture, card("lead:9", 1, Seconds{9}, true));
  CHECK(best(fixture) == "lead:9");
  CHECK(known(fixture)->closed);
  sight(fixture, card("lead:8", 2, Seconds{8}));
  CHECK(best(fixture) == "lead:8");
  sight(fixture, card("contact:5", 3));
  sight(fixture, card("company:6", 4, Seconds{20}));
  sight(fixture, card("deal:7", 5, Seconds{30}));
  CHECK(best(fixture) == "contact:5");
  sight(fixture, card("contact:12", 6, Seconds{-60}));
  CHECK(best(fixture) == "contact:12");
  CHECK(known(fixture)->user_id == 6);
}

TEST_CASE("of one card the newest sight counts, and what it does not say stays") {
  Fixture fixture;
  ClientRow row = card("lead:9", 1, Seconds{10});
  row.name = "Пётр";
  row.company = "ООО «Ромашка»";
  sight(fixture, row);
  sight(fixture, card("lead:9", 7));
  CHECK(known(fixture)->user_id == 1);
  sight(fixture, card("lead:9", 0, Seconds{20}, true));
  CHECK(known(fixture)->user_id == 1);
  CHECK(known(fixture)->name == "Пётр");
  CHECK(known(fixture)->closed);
  CHECK(known(fixture)->seen_at == noon + Seconds{20});
}

TEST_CASE("what the best card does not say is taken from the next") {
  Fixture fixture;
  ClientRow row = card("lead:9", 1);
  row.name = "Пётр";
  sight(fixture, row);
  sight(fixture, card("company:6", 4));
  CHECK(best(fixture) == "company:6");
  CHECK(known(fixture)->name == "Пётр");
  CHECK(known(fixture)->user_id == 4);
}

TEST_CASE("a phone that a card has no more leads to another card or to nobody") {
  Fixture fixture;
  listed(fixture, card("contact:5", 1), {phone, other});
  listed(fixture, card("contact:4", 2), {phone});
  CHECK(best(fixture) == "contact:5");
  CHECK(best(fixture, other) == "contact:5");
  listed(fixture, card("contact:5", 1, Seconds{1}), {});
  CHECK(best(fixture) == "contact:4");
  CHECK(best(fixture, other) == "nobody");
}

TEST_CASE("a phone that an enquiry told of stays with its card, as the portal has the card now") {
  Fixture fixture;
  sight(fixture, card("lead:9", 1));
  listed(fixture, card("lead:9", 3, Seconds{60}, true), {other});
  CHECK(known(fixture)->user_id == 3);
  CHECK(known(fixture)->closed);
  SUBCASE("an older reading takes nothing away") {
    listed(fixture, card("lead:9", 4), {});
    CHECK(known(fixture, other)->user_id == 3);
  }
  SUBCASE("once the portal has listed it, it goes with the list") {
    listed(fixture, card("lead:9", 3, Seconds{120}), {phone});
    CHECK(best(fixture, other) == "nobody");
    listed(fixture, card("lead:9", 3, Seconds{180}), {});
    CHECK(best(fixture) == "nobody");
  }
}

TEST_CASE("marks") {
  Fixture fixture;
  const auto mark = [&] {
    auto reader = fixture.journal->reader();
    return journal::mark(*reader, "clients:lead").value();
  };
  CHECK(mark().empty());
  for (const char* value : {"1", "2"}) {
    REQUIRE(fixture.journal->write_now([&](Tx& tx) { return journal::set_mark(tx, "clients:lead", value); }));
    CHECK(mark() == value);
  }
}
