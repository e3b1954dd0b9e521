#include "delivery/portal_data.hpp"

#include <doctest/doctest.h>

using namespace b24gate;

TEST_CASE(
    "a list of the portal as a dictionary: the first value of a property, rows without a key left out") {
  const mapping::PortalList list{"directions", "NAME", "PROPERTY_95"};
  const auto rows = json::parse(R"([{"ID":"1","NAME":"ГПУ","PROPERTY_95":{"3743":"101","3745":"7"}},
                                    {"ID":"2","NAME":"","PROPERTY_95":{"3746":"5"}},
                                    {"ID":"3","NAME":"ДГУ","PROPERTY_95":{}}])")
                        .value();
  const auto entries = delivery::list_entries(list, rows);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0] == std::pair<std::string, std::string>("ГПУ", "101"));
  CHECK(entries[1] == std::pair<std::string, std::string>("ДГУ", ""));
  CHECK(delivery::list_entries(list, json::Value()).empty());
  CHECK(delivery::list_page(list, 50).params["IBLOCK_CODE"].text() == "directions");
  CHECK(delivery::list_page({"33", "NAME", "ID"}, 0).params["IBLOCK_ID"].text() == "33");
}
