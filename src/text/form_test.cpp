#include "text/form.hpp"

#include <doctest/doctest.h>

#include "base/utf8.hpp"

using namespace b24gate;
using namespace b24gate::text;

namespace {
std::string form(std::string_view body) { return json::write(*parse_form(body)); }
std::string read(std::string_view body, std::string_view type = "") {
  const auto value = parse_body(body, type);
  return value ? json::write(*value) : "error: " + value.error().what;
}
}  // namespace

TEST_CASE("a form becomes a tree in the order of its fields") {
  CHECK(form("a=1&b[c]=2&b[d][]=3&b[d][]=4") == R"({"a":"1","b":{"c":"2","d":["3","4"]}})");
  CHECK(form("z=1&a=2&z=3") == R"({"z":["1","3"],"a":"2"})");
  CHECK(form("z=1&z=2&a=4&z=3") == R"({"z":["1","2","3"],"a":"4"})");
  CHECK(form("p%5B1%5D%5Bn%5D=x&p%5B0%5D%5Bn%5D=y") == R"({"p":[{"n":"y"},{"n":"x"}]})");
  CHECK(form("p[2]=x&p[0]=y") == R"({"p":{"2":"x","0":"y"}})");
  CHECK(form("a=1&a[b]=2") == R"({"a":{"":"1","b":"2"}})");
  CHECK(form("&&x&y=&=v") == R"({"x":"","y":"","":"v"})");
  CHECK(form("a=%41&b=x%4&c=%4&d=%%41&e=%4g%G4&f=%aF%Af&g=%4") ==
        R"({"a":"A","b":"x%4","c":"%4","d":"%A","e":"%4g%G4","f":"ЇЇ","g":"%4"})");
  CHECK(form("a+b=c%2Bd+e&%zz=%") == R"({"a b":"c+d e","%zz":"%"})");
  CHECK(form("") == "{}");
}

TEST_CASE("brackets that do not fit are part of the name") {
  CHECK(form("a[b=1&[c]=2&d[e]f=3&g]=4") == R"({"a[b":"1","[c]":"2","d[e]f":"3","g]":"4"})");
}

TEST_CASE("the next element never meets one that is there") {
  CHECK(form("a[1]=x&a[]=y") == R"({"a":{"1":"x","2":"y"}})");
  CHECK(form("a[007]=x&a[]=y") == R"({"a":{"007":"x","0":"y"}})");
  CHECK(form("a[99999999999999999999]=x&a[]=y") == R"({"a":{"99999999999999999999":"x","0":"y"}})");
}

TEST_CASE("numbers beside names are no list, whatever their count") {
  CHECK(form("a[x]=1&a[1]=2") == R"({"a":{"x":"1","1":"2"}})");
  CHECK(form("a[1]=1&a[x]=2") == R"({"a":{"1":"1","x":"2"}})");
  CHECK(form("a[007]=1&a[y]=2&a[2]=3") == R"({"a":{"007":"1","y":"2","2":"3"}})");
}

TEST_CASE("the same names again are the same members, few or many") {
  for (const int count : {3, 15, 16, 17, 40}) {
    std::string body;
    json::Value expected = json::Value::object({{"a", json::Value::object()}});
    for (const char* value : {"1", "2"}) {
      for (int i = 0; i < count; ++i) {
        const std::string name = "k" + std::to_string(i);
        body += "a[" + name + "]=" + value + "&" + name + "=" + value + "&";
        expected["a"][name] = expected[name] = json::Value::array({"1", "2"});
      }
    }
    CHECK(form(body) == json::write(expected));
  }
}

TEST_CASE("the bounds of a form") {
  std::string many;
  for (int i = 0; i < 5001; ++i) many += "f" + std::to_string(i) + "=1&";
  CHECK(parse_form(many).error().kind == ErrorKind::limit);
  CHECK(parse_form("a=1&b=2", {.max_fields = 2}));
  CHECK_FALSE(parse_form("a=1&b=2&c=3", {.max_fields = 2}));
  std::string deep = "a";
  for (int i = 0; i < 17; ++i) deep += "[x]";
  CHECK(parse_form(deep + "=1").error().kind == ErrorKind::limit);
  CHECK(parse_form(deep.substr(0, deep.size() - 3) + "=1"));
}

TEST_CASE("windows-1251 is decided once for the whole form") {
  CHECK(form("NAME=%D4%B8%E4%EE%F0&%F2%E5%EB=1") == R"({"NAME":"Фёдор","тел":"1"})");
  CHECK(form("NAME=\xD4\xB8\xE4\xEE\xF0") == R"({"NAME":"Фёдор"})");
  // "Р°" are the bytes of "а" in UTF-8: with one broken value beside it they are two letters of windows-1251.
  CHECK(form("a=%D0%B0&b=%FF") == R"({"a":"Р°","b":"я"})");
}

TEST_CASE("a body is read by what it looks like") {
  CHECK(read(" {\"a\": 1}", "application/x-www-form-urlencoded") == R"({"a":1})");
  CHECK(read("\xEF\xBB\xBF[1]") == "[1]");
  CHECK(read("a=1\r\n", "application/json") == R"({"a":"1"})");
  CHECK(read("") == "{}");
  CHECK(read(" \r\n") == "{}");
  CHECK(read("{\"a\": \"\xCF\xF0\xE8\xE2\xE5\xF2\"}") == R"({"a":"Привет"})");
  CHECK(read("{\"a\":").substr(0, 15) == "error: not JSON");
  CHECK(read("hello").substr(0, 6) == "error:");
  CHECK(read("hello", "application/x-www-form-urlencoded; charset=utf-8") == R"({"hello":""})");
  CHECK(read("<a b=\"c\"/>").substr(0, 6) == "error:");
  // A visitor's value may hold anything, a name that does is none.
  CHECK(read(std::string("a=\0\1&b=\x1b[1m", 11)) == R"({"a":"\u0000\u0001","b":"\u001B[1m"})");
  CHECK(read("a=1&b\x01=2").substr(0, 6) == "error:");
  CHECK(read("a=1&b\x01").substr(0, 6) == "error:");
  CHECK(read("\x1F\x8B\x08=a", "application/x-www-form-urlencoded").substr(0, 6) == "error:");
}

TEST_CASE("multipart fields, files and their charset") {
  const std::string type = "multipart/form-data; boundary=\"xYz\"";
  const std::string body =
      "preamble\r\n--xYz\r\nContent-Disposition: form-data; name=\"a[b]\"\r\n\r\nодин\r\nдва\r\n"
      "--xYz\r\ncontent-disposition: form-data; filename=\"п \\\"1\\\".pdf\"; name=file\r\nContent-Type: "
      "application/pdf\r\n\r\n"
      "\x01\x02\xFF\r\n--xYz--\r\n";
  CHECK(
      read(body, type) ==
      R"({"a":{"b":"один\r\nдва"},"file":{"filename":"п \"1\".pdf","content_type":"application/pdf","size":3}})");
  CHECK(read("--b\nContent-Disposition: form-data; name=n\n\n\xC0\n--b--",
             "Multipart/form-data; boundary=b") == R"({"n":"А"})");
  CHECK(read("--b\r\nContent-Disposition: form-data; name=n\r\n\r\n\r\n--b--",
             "multipart/form-data; boundary=b") == R"({"n":""})");
}

TEST_CASE("broken multipart is an error, never a guess") {
  const auto what = [](std::string_view body, std::string_view type) {
    const auto value = parse_multipart(body, type);
    REQUIRE_FALSE(value);
    CHECK(value.error().kind == ErrorKind::input);
    return value.error().what;
  };
  CHECK(what("--b\r\n", "multipart/form-data") == "the header names no boundary");
  CHECK(what("x", "multipart/form-data; boundary=b") == "the boundary of the header is not in the body");
  CHECK(what("--b", "multipart/form-data; boundary=b") == "the body ends inside a boundary");
  CHECK(what("--b\r\nContent-Disposition: form-data; name=n\r\n\r\nxx", "multipart/form-data; boundary=b") ==
        "the body ends inside a part");
  CHECK(what("--b\r\nX: y\r\n\r\nxx\r\n--b--", "multipart/form-data; boundary=b") == "a part has no name");
}

TEST_CASE("charsets") {
  CHECK(charset_of("text/html; charset=\"Windows-1251\"; x=y") == "windows-1251");
  CHECK(charset_of("text/html;CHARSET=KOI8-R") == "koi8-r");
  CHECK(charset_of("text/html").empty());
  CHECK(to_utf8("\xCF\xF0", "windows-1251") == "Пр");
  CHECK(to_utf8("\xF0\xD2", "koi8-r") == "Пр");
  CHECK(to_utf8("\xCF\xF0") == "Пр");
  CHECK(to_utf8("Пр") == "Пр");
  CHECK(to_utf8("\xCF\xF0", "utf-8") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(to_utf8("Пр", "../../etc/passwd") == "Пр");
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  for (const char* charset : {"", "windows-1251", "koi8-r", "utf-16le", "gb18030", "iso-2022-jp", "utf-7"}) {
    CHECK(utf8::valid(to_utf8(every, charset)));
  }
}

TEST_CASE("entities lose one layer") {
  CHECK(decode_entities("&quot;Тепло &amp; Свет&quot;") == "\"Тепло & Свет\"");
  CHECK(decode_entities("&amp;quot;") == "&quot;");
  CHECK(decode_entities("&#039;&#x27;&#X27;&apos;") == "''''");
  CHECK(decode_entities("&laquo;a&raquo;&nbsp;&hellip;&mdash;&times;&trade;&bdquo;") == "«a»\u00A0…—×™„");
  CHECK(decode_entities("a&b; &unknown; &; & &# &#; &#0; &#xD800; &#x110000; &amp") ==
        "a&b; &unknown; &; & &# &#; &#0; &#xD800; &#x110000; &amp");
  CHECK(decode_entities("&#x1F642;") == "🙂");
}
