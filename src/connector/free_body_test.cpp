#include "connector/free_body.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using namespace b24gate::connector;

namespace {

bool is_secret(std::string_view plain) { return plain == "token"; }

Request request(std::string body, std::string query = "", std::string type = "") {
  Request out;
  out.method = "POST";
  out.body = std::move(body);
  out.query = std::move(query);
  if (!type.empty()) out.headers.emplace_back("Content-Type", std::move(type));
  return out;
}

std::string events(const Request& of) {
  const auto read = free_events(of, is_secret);
  if (!read) return "failed";
  std::string out;
  for (const auto& event : *read) out += json::write(event) + "\n";
  return out;
}

std::string found(const char* json, std::string_view candidate) {
  const FreeBody body(*json::parse(json));
  const auto* value = body.find(candidate);
  return value ? json::write(*value) : "none";
}

}  // namespace

TEST_CASE("free bodies: JSON by its first character, else a form; the query is merged in, the body wins") {
  const std::string form_type = "application/x-www-form-urlencoded";
  CHECK(events(request(" {\"a\":1}", "", form_type)) == "{\"a\":1}\n");
  CHECK(events(request(" {\"a\":1}", "", "multipart/form-data; boundary=b")) == "{\"a\":1}\n");
  CHECK(events(request("\xEF\xBB\xBF{\"a\":1}")) == "{\"a\":1}\n");
  CHECK(events(request("a[b][c]=1&d=2", "", "application/json")) ==
        "{\"a\":{\"b\":{\"c\":\"1\"}},\"d\":\"2\"}\n");
  CHECK(events(request("", "a=1&b[c]=2")) == "{\"a\":\"1\",\"b\":{\"c\":\"2\"}}\n");
  CHECK(events(request("{\"Call_Id\":1,\"b\":null}", "call-id=2&b=3&c=4")) ==
        "{\"Call_Id\":1,\"b\":\"3\",\"c\":\"4\"}\n");
  CHECK(events(request("a=\xCF\xF0\xE8")) == "{\"a\":\"При\"}\n");
  CHECK(events(request("{\"a\":\"\xCF\xF0\xE8\"}")) == "{\"a\":\"При\"}\n");
  CHECK(events(request("a=%7B%22b%22%3A%5B1%5D%7D&c=%7Bbroken")) ==
        "{\"a\":{\"b\":[1]},\"c\":\"{broken\"}\n");
  CHECK(events(request("{broken")) == "failed");
  CHECK(events(request("hello")) == "failed");
  CHECK(events(request("")) == "");
}

TEST_CASE("free bodies: an array, or an array of events, is several events") {
  CHECK(events(request("[{\"a\":1},{\"a\":2},3,[],{}]", "s=q")) ==
        "{\"a\":1,\"s\":\"q\"}\n{\"a\":2,\"s\":\"q\"}\n");
  CHECK(events(request(R"({"n":5,"o":{"x":1},"events":[{"a":1},{"a":2,"N":6},{"a":3,"n":null}]})")) ==
        "{\"a\":1,\"n\":5}\n{\"a\":2,\"N\":6}\n{\"a\":3,\"n\":5}\n");
  CHECK(events(request("n=5&events[0][a]=1&events[1][a]=2")) ==
        "{\"a\":\"1\",\"n\":\"5\"}\n{\"a\":\"2\",\"n\":\"5\"}\n");
  CHECK(events(request(R"({"events":{"trigger":"x"}})")) == "{\"events\":{\"trigger\":\"x\"}}\n");
  CHECK(events(request(R"({"events":[]})")) == "");
}

TEST_CASE("free bodies: common fields are not copied without a bound") {
  std::string body = "{\"text\":\"" + std::string(100'000, 'x') + "\",\"events\":[{\"a\":1}";
  for (int i = 0; i < 200; ++i) body += ",{\"a\":1}";
  CHECK(events(request(body + "]}")) == "failed");
}

TEST_CASE("free bodies: what says nothing is null, secrets are out") {
  CHECK(events(request(
            R"({"a":"","b":"None","c":"NULL","d":" - ","e":"undefined","f":"nil","g":"{{x}}","h":" "})")) ==
        R"({"a":null,"b":null,"c":null,"d":null,"e":null,"f":null,"g":null,"h":null})"
        "\n");
  CHECK(events(request(R"({"a":"none of it","b":0,"c":false,"d":"{{a}} b"})")) ==
        R"({"a":"none of it","b":0,"c":false,"d":"{{a}} b"})"
        "\n");
  CHECK(events(request(R"({"a":{"Token":"s","b":1},"t":"{\"token\":\"s\"}"})", "to-ken=s")) ==
        "{\"a\":{\"b\":1},\"t\":{}}\n");
}

TEST_CASE("free bodies: texts that are JSON are opened within bounds") {
  std::string many = "{";
  for (int i = 0; i < 300; ++i)
    many += "\"t" + std::to_string(i) + "\":\"[1" + [] {
      std::string out;
      for (int n = 0; n < 99; ++n) out += ",1";
      return out;
    }() + "]\",";
  const auto read = free_events(request(many + "\"z\":1}"));
  REQUIRE(read);
  CHECK(read->front()["t0"].is_array());
  CHECK(read->front()["t299"].is_string());
}

TEST_CASE("free bodies: candidates") {
  CHECK(found(R"({"a":{"call_session_id":1},"Call-Session Id":2})", "call_session_id") == "2");
  CHECK(found(R"({"a":{"id":{"id":3}},"b":[{"x":{"id":1}},{"id":2}]})", "id") == R"({"id":3})");
  CHECK(found(R"({"a":null,"b":{"a":5}})", "a") == "5");
  CHECK(found(R"({"b":{"id":5}})", "/id") == "none");
  CHECK(found(R"({"ID":7,"b":{"id":5}})", "/id") == "7");
  CHECK(found(R"({"Call":{"Id":7}})", "call.id") == "7");
  CHECK(found(R"({"x":{"call":{"id":7}}})", "call.id") == "none");
  CHECK(found(R"({"to":[{"email":"a"},{"email":"b"}]})", "to[1].email") == "\"b\"");
  CHECK(found(R"({"to":[{"email":"a"}]})", "to[1].email") == "none");
  CHECK(found(R"({"to":{"email":"a"}})", "to[0].email") == "\"a\"");
  CHECK(found(R"({"a":[],"b":{}})", "a") == "none");

  const FreeBody body(*json::parse(R"({"a":{"b":1},"c":{"a":" x "},"d":[null,"y"],"f":"1.6","n":null})"));
  CHECK(body.text("a") == "x");
  CHECK(body.text("d") == "y");
  constexpr std::string_view either[] = {"missing", "n", "d", "a"};
  CHECK(body.text(either) == "y");
  CHECK(body.has("N"));
  CHECK_FALSE(body.has("missing"));
  constexpr std::string_view number[] = {"a", "f"};
  CHECK(body.seconds(number) == 2);
  CHECK(body.all("a").size() == 2);
}

TEST_CASE("free bodies: keys inside what is closed name nothing") {
  const FreeBody body(*json::parse(R"({"messages":[{"text":"t"}],"x":{"y":{"text":"deep"}}})"),
                      [](std::string_view plain, const json::Value&) { return plain == "messages"; });
  CHECK(body.text("text") == "deep");
  CHECK(body.find("messages") != nullptr);
}

TEST_CASE("free bodies: value tables") {
  const ValueTable<int> table = {{"no answer", 1}, {"Занято", 2}};
  CHECK(table.find("No_Answer") == 1);
  CHECK(table.find("NOANSWER") == 1);
  CHECK(table.find(" занято") == 2);
  CHECK_FALSE(table.find("занят"));
  const FreeBody body(*json::parse(R"({"a":"odd","b":"no-answer"})"));
  constexpr std::string_view both[] = {"a", "b"};
  CHECK(table.find(body, both) == 1);
}

TEST_CASE("free bodies: phones") {
  const auto phone = [](const char* text) {
    const auto read = free_phone(text);
    return read ? read->text() : "none";
  };
  CHECK(phone("8 (900) 000-12-44") == "+79000001244");
  CHECK(phone("900 000 12 44") == "+79000001244");
  CHECK(phone("tel://+79000000000") == "+79000000000");
  CHECK(phone("375291234567") == "+375291234567");
  CHECK(phone("+7 900 000-12-44 доб. 104") == "+79000001244 доб. 104");
  CHECK(phone("79000001244#12") == "+79000001244 доб. 12");
  CHECK(phone("79000001244, Мария") == "+79000001244");
  CHECK(phone("79000001244 Вн.7") == "+79000001244 доб. 7");
  CHECK(phone("79000001244 EXT 7") == "+79000001244 доб. 7");
  CHECK(phone("79000001244, 79000001245") == "79000001244, 79000001245");
  CHECK(phone("79000001244 79000001245") == "79000001244 79000001245");
  CHECK(phone("20207") == "none");
  CHECK(phone("добавочный 123") == "none");
  CHECK(phone("anonymous") == "none");
  CHECK(phone("123456789") == "none");
  const FreeBody body(*json::parse(R"({"a":"12","b":79000001244,"c":"8 900 000-12-44","d":"79000001245"})"));
  constexpr std::string_view all[] = {"a", "b", "c", "d"};
  const auto phones = free_phones(body, all);
  REQUIRE(phones.size() == 2);
  CHECK(phones[1].number == "+79000001245");
}

TEST_CASE("free bodies: times, durations and flags") {
  const TimeZone moscow = TimeZone::find("Europe/Moscow").value();
  const auto time = [&](json::Value value) {
    const auto read = free_time(value, moscow);
    return read ? to_iso(*read, moscow) : "none";
  };
  CHECK(time("2025-10-14T07:10:51Z") == "2025-10-14T10:10:51+03:00");
  CHECK(time("2025-10-14 10:22:31.118") == "2025-10-14T10:22:31.118+03:00");
  CHECK(time("14.10.2025 10:22:31") == "2025-10-14T10:22:31+03:00");
  CHECK(time(1760422503) == "2025-10-14T09:15:03+03:00");
  CHECK(time(" 1760422503 ") == "2025-10-14T09:15:03+03:00");
  CHECK(time(std::int64_t{1760422503123}) == "2025-10-14T09:15:03.123+03:00");
  CHECK(time("1760422503.5") == "2025-10-14T09:15:03.500+03:00");
  for (const char* wrong :
       {"", "yesterday", "14.10.25", "32.10.2025 10:00", "-5", "0", "nan", "inf", "1e300"})
    CHECK(time(wrong) == "none");
  CHECK(free_seconds("12") == 12);
  CHECK(free_seconds(0) == 0);
  CHECK_FALSE(free_seconds("-1"));
  CHECK_FALSE(free_seconds("nan"));
  CHECK_FALSE(free_seconds("1e9"));
  CHECK_FALSE(free_seconds(true));
  CHECK(free_flag(true) == true);
  CHECK(free_flag(0) == false);
  CHECK(free_flag("Нет") == false);
  CHECK_FALSE(free_flag("maybe"));
}

TEST_CASE("free bodies: secrets are not stored, however deep they lie") {
  const auto stored = [](Request of) {
    redact_free(of, is_secret, {Secret("S3CRET")});
    return of.query + " " + of.body;
  };
  CHECK(stored(request(R"({"a":[{"b":{"TOKEN":"x"}}],"c":"S3CRET"})", "token=y&d=S3CRET")) ==
        R"(token=***&d=*** {"a":[{"b":{"TOKEN":"***"}}],"c":"***"})");
  CHECK(stored(request("a[token]=x&a[b]=1")) == " a[token]=***&a[b]=1");
  CHECK(stored(request("{broken S3CRET")) == " {broken ***");
}
