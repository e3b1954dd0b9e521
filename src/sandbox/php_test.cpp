#include "sandbox/php.hpp"

#include <doctest/doctest.h>

using b24gate::json::Value;
namespace json = b24gate::json;
namespace php = b24gate::sandbox::php;

namespace {
std::string parsed(std::string_view query) { return json::write(php::parse_str(query)); }
}  // namespace

TEST_CASE("parse_str nests brackets and decodes names and values") {
  CHECK(parsed(
            "fields[TITLE]=A%26B%20%231&fields[PHONE][0][VALUE]=%2B79160000001&select[]=ID&select[]=TITLE") ==
        R"({"fields":{"TITLE":"A&B #1","PHONE":[{"VALUE":"+79160000001"}]},"select":["ID","TITLE"]})");
  CHECK(parsed("filter%5B%3Eid%5D=10") == R"({"filter":{">id":"10"}})");
}

TEST_CASE("parse_str keeps PHP's traps") {
  CHECK(parsed("filter[=originId]=k") == R"({"filter_":"originId]=k"})");
  CHECK(parsed("filter[>=id]=5") == R"({"filter_>":"id]=5"})");
  CHECK(parsed("phone=+7916") == R"({"phone":" 7916"})");
  CHECK(parsed("a.b=1&c d=2") == R"({"a_b":"1","c_d":"2"})");
  CHECK(parsed("a[b]tail=1&a[c][d=2") == R"({"a":{"b":"1","c":"2"}})");
  CHECK(parsed("a=1&a[b]=2&a[b]=3") == R"({"a":{"b":"3"}})");
  CHECK(parsed("[x]=1&=2&&") == "{}");
}

TEST_CASE("parse_str turns 0..n-1 into a list and leaves gaps a map") {
  CHECK(parsed("v[0]=a&v[1]=b&w[1]=c&w[]=d") == R"({"v":["a","b"],"w":{"1":"c","2":"d"}})");
}

TEST_CASE("parse_str is bounded as PHP is") {
  std::string many;
  for (int i = 0; i < 1500; ++i) many += "a" + std::to_string(i) + "=1&";
  CHECK(php::parse_str(many).size() == 1000);
  std::string deep = "a";
  for (int i = 0; i < 65; ++i) deep += "[x]";
  CHECK(parsed(deep + "=1&b=2") == R"({"b":"2"})");
}

TEST_CASE("casts follow PHP") {
  CHECK(php::to_int(Value("12abc")) == 12);
  CHECK(php::to_int(Value("abc")) == 0);
  CHECK(php::to_int(Value(7.9)) == 7);
  CHECK(php::to_int(Value::object({{"a", 1}})) == 1);
  CHECK(php::to_int(Value::array()) == 1);
  CHECK(php::truthy(Value("false")));
  CHECK_FALSE(php::truthy(Value("0")));
  CHECK_FALSE(php::truthy(Value(false)));
  CHECK(php::is_yes(Value("Y")));
  CHECK_FALSE(php::is_yes(Value("N")));
}

TEST_CASE("maps are encoded as json_encode does it") {
  CHECK(json::write(php::encoded_map({})) == "[]");
  json::Object list;
  list.set("0", 1);
  list.set("1", 2);
  CHECK(json::write(php::encoded_map(list)) == "[1,2]");
  list.erase("0");
  CHECK(json::write(php::encoded_map(list)) == R"({"1":2})");
}
