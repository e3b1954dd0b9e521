#include "presence/load_reading.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace b24gate;
using namespace b24gate::presence;
using namespace std::chrono_literals;
using portal::Class;
using portal::Outcome;

namespace {

Outcome says(std::string_view text) {
  Outcome out;
  out.cls = Class::success;
  out.result = json::parse(text).value();
  return out;
}

Outcome refused(Class cls, std::string code, portal::Scope scope = portal::Scope::object) {
  Outcome out;
  out.cls = cls;
  out.code = std::move(code);
  out.scope = scope;
  return out;
}

// Cards first..last of Ivanov, all open.
Outcome page(int first, int last) {
  json::Array items;
  for (int id = first; id <= last; ++id) {
    items.push_back(json::Value::object({{"id", id},
                                         {"assignedById", 12},
                                         {"stageSemanticId", "P"},
                                         {"updatedTime", "2026-06-01T10:00:00+03:00"}}));
  }
  Outcome out;
  out.cls = Class::success;
  out.result = json::Value::object({{"items", std::move(items)}});
  return out;
}

const Outcome portal_time = says(R"("2026-06-01T11:00:00+03:00")");
const Outcome nothing = says(R"({"items":[]})");

LoadReading whole() { return LoadReading({}, TimeZone::find("Europe/Moscow").value()); }

}  // namespace

TEST_CASE("a whole pass: open cards only, by id, 50 a page; the next one begins where this one began") {
  auto reading = whole();
  auto asked = reading.next();
  REQUIRE(asked.size() == 3);
  CHECK(asked[0].method == "server.time");
  CHECK(asked[1].params["entityTypeId"].integer() == 1);
  CHECK(asked[1].params["filter"]["stageSemanticId"].text() == "P");
  CHECK(asked[1].params["start"].integer() == -1);
  CHECK(asked[2].params["entityTypeId"].integer() == 2);
  CHECK(reading.take({portal_time, page(1, 50), nothing}));
  asked = reading.next();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].params["filter"][">id"].integer() == 50);
  CHECK(reading.take({page(51, 60)}));
  CHECK(reading.next().empty());
  const auto& leads = reading.kinds()[0];
  CHECK(leads.done);
  CHECK(leads.cards.size() == 60);
  CHECK(leads.cards.back().card == "lead:60");
  CHECK(leads.cards.back().user_id == 12);
  CHECK(leads.next_since() == *parse_iso("2026-06-01T10:55:00+03:00", TimeZone::utc()));
}

TEST_CASE("a later pass: what was changed, closed cards included") {
  const TimePoint since = *parse_iso("2026-06-01T09:00:00+03:00", TimeZone::utc());
  LoadReading reading({since, since}, TimeZone::find("Europe/Moscow").value());
  const auto asked = reading.next();
  REQUIRE(asked.size() == 3);
  CHECK(asked[1].params["filter"][">=updatedTime"].text() == "2026-06-01T09:00:00+03:00");
  CHECK(asked[1].params["filter"]["stageSemanticId"].is_null());
  CHECK(reading.take({portal_time, says(R"({"items":[
      {"id":5,"assignedById":12,"stageSemanticId":"F","updatedTime":"2026-06-01T10:00:00+03:00"},
      {"id":7,"assignedById":"14","stageSemanticId":"P","updatedTime":"2026-06-01T10:00:00+03:00"}]})"),
                      nothing}));
  CHECK(reading.next().empty());
  const auto& cards = reading.kinds()[0].cards;
  REQUIRE(cards.size() == 2);
  CHECK(cards[0].user_id == 0);
  CHECK(cards[1].user_id == 14);
}

TEST_CASE("an answer that did not come is asked for again; a refusal ends that kind alone") {
  auto reading = whole();
  CHECK_FALSE(reading.take({refused(Class::ambiguous, ""), page(1, 3), nothing}));
  CHECK(reading.next().size() == 3);
  CHECK_FALSE(reading.take({portal_time, refused(Class::throttle, "OPERATION_TIME_LIMIT"), nothing}));
  CHECK(reading.next().size() == 1);
  CHECK_FALSE(reading.take({refused(Class::auth, "NO_AUTH_FOUND", portal::Scope::portal)}));
  CHECK(reading.take({page(1, 3)}));
  CHECK(reading.next().empty());
  CHECK(reading.kinds()[0].cards.size() == 3);

  auto other = whole();
  CHECK(other.take({portal_time, page(1, 3), refused(Class::auth, "ACCESS_DENIED")}));
  CHECK(other.next().empty());
  CHECK(other.kinds()[0].done);
  CHECK(other.kinds()[1].failed);
  CHECK(other.kinds()[1].refused == "ACCESS_DENIED");
}

TEST_CASE("rows that were not asked for end the pass") {
  const TimePoint since = *parse_iso("2026-06-01T09:00:00+03:00", TimeZone::utc());
  struct Row {
    const char* what;
    bool whole;
    const char* items;
  };
  const Row rows[] = {
      {"a closed one in a whole pass", true, R"([{"id":1,"assignedById":12,"stageSemanticId":"F"}])"},
      {"not by id", true,
       R"([{"id":2,"assignedById":12,"stageSemanticId":"P"},{"id":1,"assignedById":12,"stageSemanticId":"P"}])"},
      {"older than was asked for", false,
       R"([{"id":1,"assignedById":12,"stageSemanticId":"P","updatedTime":"2026-05-01T10:00:00+03:00"}])"},
      {"no list", false, R"({"a":1})"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    std::array<std::optional<TimePoint>, 2> from;
    if (!row.whole) from = {since, since};
    LoadReading reading(from, TimeZone::utc());
    CHECK(reading.take({portal_time, says(fmt::format(R"({{"items":{}}})", row.items)), nothing}));
    CHECK(reading.kinds()[0].failed);
    CHECK(reading.kinds()[0].refused == "unexpected_answer");
    CHECK(reading.kinds()[0].cards.empty());
    CHECK(reading.kinds()[1].done);
  }
}
