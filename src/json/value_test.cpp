#include "json/value.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using json::Value;

TEST_CASE("an object keeps the order of its keys") {
  json::Object object;
  object.set("b", 1);
  object.set("a", 2);
  object.set("b", 3);
  object["c"] = 4;
  CHECK(json::write(Value(object)) == R"({"b":3,"a":2,"c":4})");
  CHECK(object.erase("a"));
  CHECK_FALSE(object.erase("a"));
  CHECK(object.size() == 2);
  CHECK(object.find("a") == nullptr);
}

TEST_CASE("the order of keys does not matter for equality") {
  CHECK(Value::object({{"a", 1}, {"b", 2}}) == Value::object({{"b", 2}, {"a", 1}}));
  CHECK_FALSE(Value::object({{"a", 1}}) == Value::object({{"a", 1}, {"b", 2}}));
  CHECK_FALSE(Value::object({{"a", 1}}) == Value::object({{"b", 1}}));
  CHECK_FALSE(Value(1) == Value("1"));
}

TEST_CASE("numbers are read from texts too") {
  CHECK(Value("12").integer() == 12);
  CHECK(Value(12.0).integer() == 12);
  CHECK_FALSE(Value(12.5).integer());
  CHECK_FALSE(Value("12x").integer());
  CHECK_FALSE(Value("").integer());
  CHECK_FALSE(Value(1e300).integer());
  CHECK(Value("1.5").number() == 1.5);
  CHECK_FALSE(Value(true).number());
  CHECK(Value(true).boolean() == true);
  CHECK_FALSE(Value("true").boolean());
}

TEST_CASE("text is what a person would read") {
  CHECK(Value().text() == "");
  CHECK(Value(5.0).text() == "5");
  CHECK(Value(5.25).text() == "5.25");
  CHECK(Value(false).text() == "false");
  CHECK(Value::array({"a", "", 1, Value()}).text() == "a, 1");
  CHECK(Value::object({{"a", 1}}).text() == R"({"a":1})");
}

TEST_CASE("what says nothing") {
  CHECK(Value().says_nothing());
  CHECK(Value("").says_nothing());
  CHECK(Value::array().says_nothing());
  CHECK(Value::object().says_nothing());
  CHECK_FALSE(Value(0).says_nothing());
  CHECK_FALSE(Value(false).says_nothing());
  CHECK_FALSE(Value(" ").says_nothing());
}

TEST_CASE("absent members are null, indexes are checked") {
  const Value value = Value::object({{"a", Value::array({1, 2})}});
  CHECK(value["x"]["y"].is_null());
  CHECK(value["a"].at(1) == Value(2));
  CHECK(value["a"].at(2).is_null());
  CHECK(value.at(0).is_null());
  Value made;
  made["a"]["b"] = 1;
  made["list"].push("x");
  CHECK(json::write(made) == R"({"a":{"b":1},"list":["x"]})");
}
