#include <doctest/doctest.h>

#include <limits>

#include "json/value.hpp"

using namespace b24gate;
using json::Value;

namespace {

std::string error_of(std::string_view text, const json::ParseLimits& limits = {}) {
  const auto value = json::parse(text, limits);
  if (value) return "none";
  return std::string(name(value.error().kind)) + " " + value.error().text();
}

std::string again(std::string_view text) { return json::write(json::parse(text).value()); }

}  // namespace

TEST_CASE("JSON goes in and out unchanged") {
  CHECK(again(R"({"b":[1,-2,3.5,true,false,null,"Пётр"],"a":{}})") ==
        R"({"b":[1,-2,3.5,true,false,null,"Пётр"],"a":{}})");
  CHECK(again("\xEF\xBB\xBF{\"a\":1}") == "{\"a\":1}");
  CHECK(again(R"("\u041f \ud83d\ude00 \n")") == "\"П 😀 \\n\"");
  CHECK(again("18446744073709551615") == "\"18446744073709551615\"");
  CHECK(again("9223372036854775807") == "9223372036854775807");
  CHECK(json::write_pretty(json::parse("{\"a\":[1]}").value()) == "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST_CASE("a repeated key keeps the last value, at its first place") {
  CHECK(again(R"({"a":1,"b":2,"a":3})") == R"({"a":3,"b":2})");
}

TEST_CASE("what is no JSON is input that cannot be read, with its byte") {
  CHECK(error_of("").find("input byte 0") == 0);
  CHECK(error_of("{\"a\":}").find("input byte 5: not JSON: ") == 0);
  CHECK(error_of("[1,]").find("input byte 3") == 0);
  CHECK(error_of("{} x").find("input byte 3") == 0);
  CHECK(error_of("{'a':1}").find("input byte 1") == 0);
  CHECK(error_of("\"\xFF\"").find("input") == 0);
  CHECK(error_of("NaN").find("input") == 0);
}

TEST_CASE("depth and number of values are bounded") {
  CHECK(error_of("[[[]]]", {3, 100}) == "none");
  CHECK(error_of("[[[[]]]]", {3, 100}).find("limit byte") == 0);
  CHECK(error_of("[1,2,3]", {3, 4}) == "none");
  CHECK(error_of("[1,2,3,4]", {3, 4}).find("limit byte") == 0);
  CHECK(error_of(std::string(1'000'000, '[')).find("limit") == 0);
  CHECK(error_of(std::string(1'000'000, '{')).find("input") == 0);
}

TEST_CASE("half of a surrogate pair becomes U+FFFD: a text that was cut inside an emoji") {
  const auto text = [](const char* json) {
    const auto parsed = json::parse(json);
    REQUIRE_MESSAGE(parsed, json);
    return parsed->at(0).text();
  };
  CHECK(text(R"(["U\ud83d"])") == "U\uFFFD");
  CHECK(text(R"(["\ud83dx"])") == "\uFFFDx");
  CHECK(text(R"(["\uDE00"])") == "\uFFFD");
  CHECK(text(R"(["\ud83d\ud83d\ude00"])") == "\uFFFD😀");
  CHECK(text(R"(["\ude00\ud83d\n"])") == "\uFFFD\uFFFD\n");
  CHECK(text(R"(["\ud83d\u0041"])") ==
        "\uFFFD"
        "A");
  CHECK(text(R"(["\\ud83d\\"])") == "\\ud83d\\");  // no escape
  CHECK(text(R"(["\\\ud83d"])") == "\\\uFFFD");
  CHECK(json::parse(R"({"\ud83d":1})").value()["\uFFFD"].integer() == 1);
  CHECK(error_of(R"(["\ud83)").find("input") == 0);
  CHECK(error_of(R"(["\ud83d)").find("input") == 0);
  CHECK(error_of(R"(["\ud83z"])").find("input") == 0);
  CHECK(error_of("[\"\\").find("input") == 0);
  CHECK(error_of(R"(["\ud83d", x])").find("input byte 11") == 0);  // bytes keep their place
}

TEST_CASE("broken UTF-8 is no JSON, wherever it stands") {
  for (const char* text : {"{\"a\":\"\xD0\"}", "{\"\xFF\":1}", "[\"\xED\xA0\x80\"]"}) {
    CAPTURE(text);
    const auto parsed = json::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == ErrorKind::input);
    CHECK(parsed.error().where.find("byte ") == 0);
  }
  CHECK(json::parse("[\"\\ud83d\\ude00 \xD0\x9F\"]")->at(0).text() == "😀 П");
}

TEST_CASE("broken UTF-8 is repaired when it is written") {
  CHECK(json::write(Value(std::string("a\xFF"))) == "\"a\uFFFD\"");
  CHECK(json::write(Value::object({{"k\xFF", 1}})) == "{\"k\uFFFD\":1}");
}

TEST_CASE("a text is written as RapidJSON writes it, wherever a byte stands in it") {
  // The short way is the compact writer's alone.
  for (const std::size_t size : {1U, 7U, 8U, 9U, 16U, 21U}) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 0x80; ++byte) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(byte);
        CHECK(json::write(Value(text)) == json::write_pretty(Value(text)));
      }
    }
  }
  CHECK(json::write(Value::object({{"ё\"", Value::array({"Пётр и \"Ко\"", "Пётр и Ко", "", "\n"})},
                                   {"", "b"}})) == R"({"ё\"":["Пётр и \"Ко\"","Пётр и Ко","","\n"],"":"b"})");
}

TEST_CASE("numbers that JSON does not have become null") {
  CHECK(json::write(Value(std::numeric_limits<double>::infinity())) == "null");
  CHECK(json::write(Value::array({std::numeric_limits<double>::quiet_NaN(), 1})) == "[null,1]");
}
