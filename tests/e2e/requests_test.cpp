// Requests without an event: they are found by what became of them, and shown without harm to the terminal.
#include <doctest/doctest.h>

#include "e2e/vendors.hpp"

using namespace b24gate;
using e2e::World;

TEST_CASE("a request that cannot be read is listed, and its bytes are shown as what they are") {
  World world({.name = "requests"});
  world.start_daemon();
  const auto answer = world.post("any/any-secret", "{\"name\":\"\x1b[31mred\"", e2e::json_type);
  CHECK(answer.status == 400);
  CHECK(answer.json()["id"].text() == "r1");
  CHECK(world.post("any/any-secret", "test=1").status == 200);
  CHECK(world.post("any/any-secret", "name=a%1B%5B2J%07&phone=89030001101").status == 200);

  const auto list = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "requests");
    arguments.emplace_back("--json");
    const auto out = world.run(arguments);
    REQUIRE_MESSAGE(out.code == 0, out.errors);
    std::string ids;
    const auto document = json::parse(out.text).value();
    for (const auto& row : *document.array_if()) ids += row["id"].text() + " ";
    return ids;
  };
  CHECK(list({}) == "r1 r2 r3 ");
  CHECK(list({"--outcome", "unreadable"}) == "r1 ");
  CHECK(list({"--outcome", "probe", "--source", "any"}) == "r2 ");
  CHECK(list({"--since", "1h", "--limit", "2"}) == "r2 r3 ");
  CHECK(list({"--source", "site-tilda"}).empty());
  const auto rows = json::parse(world.run({"requests", "--outcome", "unreadable", "--json"}).text).value();
  CHECK(rows.at(0)["source"].text() == "any");
  CHECK(rows.at(0)["status"].integer() == 400);
  CHECK(rows.at(0)["reason"].text().find("not JSON") != std::string::npos);
  const std::string table = world.run({"requests", "--outcome", "unreadable"}).text;
  CHECK(table.find("ID  RECEIVED") == 0);
  CHECK(table.find("unreadable") != std::string::npos);
  CHECK(world.run({"requests", "--outcome", "failed"}).code == 2);
  CHECK(world.run({"requests", "--since", "soon"}).code == 2);
  const auto misspelt = world.run({"requests", "--source", "site-tild"});
  CHECK(misspelt.code == 2);
  CHECK(misspelt.errors.find("did you mean 'site-tilda'?") != std::string::npos);

  const auto wrong = world.run({"events", "--state", "unreadable"});
  CHECK(wrong.code == 2);
  CHECK(wrong.errors.find("b24gate requests --outcome unreadable") != std::string::npos);

  const std::string shown = world.run({"show", "r1"}).text;
  CHECK(shown.find("\\x1b[31mred") != std::string::npos);
  CHECK(shown.find('\x1b') == std::string::npos);
  const std::string event = world.run({"show", "r3"}).text;
  CHECK(event.find('\x1b') == std::string::npos);
  CHECK(event.find('\x07') == std::string::npos);
  CHECK(event.find("a[2J") != std::string::npos);
}
