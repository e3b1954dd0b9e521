#include "event/texts.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using namespace b24gate::event;

TEST_CASE("no text of an event is left out") {
  Event event;
  for (const auto& name : member_names()) CHECK(set_member(event, name, json::Value("?")));
  const auto objects = [](const char* text) { return json::parse(text).value(); };
  CHECK(set_member(event, "contact.messengers", objects(R"([{"type":"?","id":"?"}])")));
  CHECK(set_member(event, "chat.messages", objects(R"([{"from":"?","text":"?"}])")));
  CHECK(set_member(event, "order.items", objects(R"([{"name":"?","quantity":"?","price":"?"}])")));
  CHECK(set_member(event, "fields.?", objects(R"([{"?":"?"},"?",1])")));
  const std::string before = json::write(to_json(event, TimeZone::utc()));
  const auto count = [](const std::string& text, char c) { return std::count(text.begin(), text.end(), c); };
  REQUIRE(count(before, '?') > 60);
  change_texts(
      event, [](std::string_view text) { return text == "?"; }, [](std::string& text) { text = "!"; });
  const std::string after = json::write(to_json(event, TimeZone::utc()));
  CHECK(count(after, '?') == 0);
  CHECK(count(after, '!') == count(before, '?'));
  CHECK(event.client_ip == "!");
}

TEST_CASE("names that become one are one") {
  Event event;
  event.fields.set("a?", "1");
  event.fields.set("a", "2");
  change_texts(
      event, [](std::string_view text) { return text == "a?"; }, [](std::string& text) { text = "a"; });
  CHECK(json::write(json::Value(event.fields)) == R"({"a":"2"})");
}
