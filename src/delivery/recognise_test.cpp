#include "delivery/recognise.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using delivery::Recognition;

namespace {

event::Contact contact(std::vector<std::string> phones, std::vector<std::string> emails = {}) {
  event::Contact out;
  out.phones = std::move(phones);
  out.emails = std::move(emails);
  return out;
}

portal::Outcome success(const std::string& json_text) {
  portal::Outcome out;
  out.cls = portal::Class::success;
  out.result = json::parse(json_text).value();
  return out;
}

std::string ids(int from, int count) {
  std::string out = "[";
  for (int i = 0; i < count; ++i) out += (i ? "," : "") + std::to_string(from + i);
  return out + "]";
}

}  // namespace

TEST_CASE("one command per kind of address, and nothing more for a stranger") {
  Recognition who(contact({"+79030001101", "+79030001102"}, {"a@example.com"}), 0);
  const auto ask = who.next();
  REQUIRE(ask.size() == 2);
  CHECK(json::write(ask[0].params) == R"({"type":"PHONE","values":["+79030001101","+79030001102"]})");
  CHECK(json::write(ask[1].params) == R"({"type":"EMAIL","values":["a@example.com"]})");
  CHECK(who.take({success("[]"), success("[]")}));
  CHECK(who.done());
  CHECK_FALSE(who.facts().known);
  CHECK(who.facts().summary == "unknown to the portal");
}

TEST_CASE("an enquiry without any address is a stranger's at once") {
  const Recognition who(contact({}), 0);
  CHECK(who.done());
  CHECK(who.next().empty());
}

TEST_CASE("the newest open lead wins; rows that were not asked for say nothing") {
  Recognition who(contact({"+79030001101"}), 0);
  CHECK(who.take({success(R"({"LEAD":[5,7,9],"CONTACT":[3]})")}));
  const auto read = who.next();
  REQUIRE(read.size() == 3);
  CHECK(json::write(read[0].params["filter"]) == R"({"@id":[9,7,5]})");
  CHECK(json::write(read[2].params["filter"]) == R"({"@contactId":[3]})");
  CHECK(who.take({success(R"({"items":[{"id":9,"stageSemanticId":"F","assignedById":1},
                                       {"id":7,"stageSemanticId":"P","assignedById":12},
                                       {"id":5,"stageSemanticId":"P","assignedById":13},
                                       {"id":100,"stageSemanticId":"P","assignedById":99}]})"),
                  success(R"({"items":[{"id":3,"assignedById":14}]})"),
                  success(R"({"items":[{"id":50,"contactId":3,"closed":"Y","assignedById":15},
                                       {"id":51,"contactId":4,"closed":"N","assignedById":16}]})")}));
  REQUIRE(who.done());
  CHECK_FALSE(who.facts().open_deal);  // closed, or another client's
  REQUIRE(who.facts().open_lead);
  CHECK(who.facts().open_lead->id == 7);
  CHECK(who.facts().manager_user_id == 12);
  CHECK(who.facts().contact_id == 3);
  CHECK(who.facts().summary == "open lead 7 of 3, contact 3");
}

TEST_CASE("without an open lead the contact's manager is the client's") {
  Recognition who(contact({"+79030001101"}), 0);
  CHECK(who.take({success(R"({"CONTACT":[3],"COMPANY":[8]})")}));
  CHECK(who.take({success(R"({"items":[{"id":3,"assignedById":14}]})"),
                  success(R"({"items":[{"id":8,"assignedById":15}]})"), success(R"({"items":[]})")}));
  CHECK(who.facts().manager_user_id == 14);
  CHECK(who.facts().company_id == 8);
}

TEST_CASE("an open deal comes before an open lead, and before the contact") {
  Recognition who(contact({"+79030001101"}), 0);
  CHECK(who.take({success(R"({"LEAD":[7],"CONTACT":[3]})")}));
  CHECK(who.take({success(R"({"items":[{"id":7,"stageSemanticId":"P","assignedById":12}]})"),
                  success(R"({"items":[{"id":3,"assignedById":14}]})"),
                  success(R"({"items":[{"id":50,"contactId":3,"closed":"N","assignedById":15},
                                       {"id":51,"contactId":3,"closed":"N","assignedById":16}]})")}));
  REQUIRE(who.facts().open_deal);
  CHECK(who.facts().open_deal->id == 51);
  CHECK(who.facts().manager_user_id == 16);
  CHECK(who.facts().summary == "open lead 7 of 1, open deal 51, contact 3");
}

TEST_CASE("one card is read by its number; it may be gone") {
  auto card = Recognition::of_card({"deal", 5, 0});
  REQUIRE(card.next().size() == 1);
  CHECK(card.next()[0].params["entityTypeId"].integer() == 2);
  CHECK(json::write(card.next()[0].params["filter"]) == R"({"@id":[5]})");
  CHECK(card.take({success(R"({"items":[{"id":5,"assignedById":14}]})")}));
  REQUIRE(card.facts().card);
  CHECK(card.facts().card->assigned_by == 14);
  auto gone = Recognition::of_card({"lead", 6, 0});
  CHECK(gone.take({success(R"({"items":[]})")}));
  CHECK(gone.done());
  CHECK_FALSE(gone.facts().card);
}

TEST_CASE("twenty hits of one type are asked for again, type by type") {
  Recognition who(contact({"+79030001101"}), 0);
  CHECK(who.take({success(R"({"LEAD":)" + ids(1, 20) + "}")}));
  const auto again = who.next();
  REQUIRE(again.size() == 3);
  CHECK(again[0].params["entity_type"].text() == "LEAD");
  CHECK(again[1].params["entity_type"].text() == "CONTACT");
  CHECK(again[2].params["entity_type"].text() == "COMPANY");
  CHECK(who.take({success(R"({"LEAD":)" + ids(1, 20) + "}"), success(R"({"CONTACT":[77]})"), success("[]")}));
  CHECK(who.next().size() == 3);  // leads, contacts, the contacts' deals
}

TEST_CASE("nineteen hits hide nothing") {
  Recognition who(contact({"+79030001101"}), 0);
  CHECK(who.take({success(R"({"LEAD":)" + ids(1, 19) + "}")}));
  CHECK(who.next().size() == 1);
}

TEST_CASE("the journal's own lead is looked at even when the CRM's search does not see it yet") {
  Recognition who(contact({"+79030001101"}), 41);
  CHECK(who.take({success("[]")}));
  REQUIRE(who.next().size() == 1);
  CHECK(json::write(who.next()[0].params["filter"]) == R"({"@id":[41]})");
  CHECK(who.take({success(R"({"items":[{"id":41,"stageSemanticId":"P","assignedById":12}]})")}));
  CHECK(who.facts().open_lead->id == 41);
}

TEST_CASE("answers of another shape are no answers") {
  Recognition who(contact({"+79030001101"}), 0);
  CHECK_FALSE(who.take({success("true")}));
  Recognition second(contact({"+79030001101"}), 0);
  CHECK(second.take({success(R"({"LEAD":{"0":5,"3":6}})")}));  // a list with gaps comes as a map
  CHECK(json::write(second.next()[0].params["filter"]) == R"({"@id":[6,5]})");
  CHECK_FALSE(second.take({success(R"({"nothing":1})")}));
}

TEST_CASE("only rows that carry our key count") {
  const auto result = json::parse(R"({"items":[{"id":9,"originatorId":"b24gate","originId":"k"},
                                                {"id":4,"originatorId":"b24gate","originId":"k"},
                                                {"id":1,"originatorId":"other","originId":"k"},
                                                {"id":2,"originatorId":"b24gate","originId":"kk"}]})")
                          .value();
  CHECK(delivery::ids_with_key(result, "k") == std::vector<std::int64_t>{4, 9});
  CHECK(delivery::ids_with_key(json::parse("[]").value(), "k") == std::nullopt);
}
