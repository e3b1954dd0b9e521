#include "log/log.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "log/messages.hpp"

using namespace b24gate;

namespace {
std::vector<std::string> lines_of(const std::function<void()>& work) {
  std::vector<std::string> lines;
  log::set_sink([&](log::Level, std::string_view line) { lines.emplace_back(line); });
  work();
  log::set_sink({});
  return lines;
}
}  // namespace

TEST_CASE("a line has level, id, text and fields") {
  const auto lines = lines_of([] { log::write(log::started, {log::id("version", "0.1"), {"port", 8080}}); });
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "level=info id=B24-1001 msg=started version=0.1 port=8080");
}

TEST_CASE("a value cannot break the line") {
  const auto lines = lines_of([] { log::write(log::reloaded, {log::id("source", "a\nb=\"c\"\xff")}); });
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "level=info id=B24-1004 msg=\"configuration reloaded\" source=\"a\\nb=\\\"c\\\"\xEF\xBF\xBD\"");
}

TEST_CASE("phones and e-mails are masked by their type") {
  const auto lines = lines_of([] {
    log::write(log::delivered,
               {log::phone("phone", "+79030001122"), log::email("email", "ivan@example.com")});
  });
  CHECK(lines[0].find("+7903***22") != std::string::npos);
  CHECK(lines[0].find("i***@example.com") != std::string::npos);
  CHECK(log::masked_phone("12") == "***");
  CHECK(log::masked_email("nonsense") == "***");
}

TEST_CASE("debug lines are left out until asked for") {
  CHECK(lines_of([] { log::write(log::request_stored); }).empty());
  log::set_level(log::Level::debug);
  CHECK(lines_of([] { log::write(log::request_stored); }).size() == 1);
  log::set_level(log::Level::info);
}

TEST_CASE("each message is explained in docs/messages.md, with its words") {
  std::ifstream file(std::string(B24GATE_SOURCE_DIR) + "/docs/messages.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (const auto& message : log::all) {
    const std::string row = "| " + std::string(message.id) + " | ";
    CHECK_MESSAGE(page.find(row) != std::string::npos, message.id);
    CHECK_MESSAGE(page.find(" | " + std::string(message.text) + " | ") != std::string::npos, message.text);
  }
}

TEST_CASE("each id stands in the catalogue once") {
  std::set<std::string_view> ids;
  for (const auto& message : log::all) {
    CHECK(message.id.substr(0, 4) == "B24-");
    CHECK(message.id.size() == 8);
    CHECK_MESSAGE(ids.insert(message.id).second, message.id);
  }
}
