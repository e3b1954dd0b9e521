#include "connector/member.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using namespace b24gate::connector;

TEST_CASE("members are texts whatever type they came in, and absence has many forms") {
  const auto body = *json::parse(R"({"a":" x ","b":4294967296123,"c":null,"d":{},"e":[],"f":true,"g":""})");
  CHECK(text_at(body, "a") == "x");
  CHECK(text_at(body, "b") == "4294967296123");
  for (const char* key : {"c", "d", "e", "f", "g", "h"}) CHECK(text_at(body, key).empty());
  CHECK(text_at(json::Value("text"), "a").empty());
  CHECK(plain_text(json::Value(7)) == "7");
}

TEST_CASE("a place that is filled stays as it is") {
  std::string place;
  fill(place, "one");
  fill(place, "two");
  CHECK(place == "one");
}
