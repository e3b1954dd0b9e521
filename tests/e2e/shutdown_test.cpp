// SIGTERM ends within ten seconds, whatever is under way, with nothing lost.
#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

TEST_CASE("a portal that does not answer cannot hold the end up") {
  World world({.name = "term"});
  world.start_sandbox();
  world.fault(R"({"kind":"slow","method":"crm.item.add","delay_ms":30000,"count":null})");
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  // The create is on its way: it is written down as sent.
  REQUIRE(e2e::wait_until([&] {
    const auto story = json::parse(world.run({"show", "e1", "--json"}).text);
    if (!story) return false;
    for (const auto& delivery :
         story->operator[]("deliveries").array_if() ? *(*story)["deliveries"].array_if() : json::Array()) {
      if (delivery["name"].text() == "lead" && delivery["state"].text() == "sent") return true;
    }
    return false;
  }));
  world.daemon().signal(SIGTERM);
  CHECK(world.daemon().wait(10) == 0);
  world.no_faults();
  world.start_daemon();
  REQUIRE(world.settled(90));
  int ours = 0;
  for (const auto& lead : world.leads()) ours += lead["originId"].text() == "tilda:77:1" ? 1 : 0;
  CHECK(ours == 1);
}

TEST_CASE("two daemons do not share a journal") {
  World world({.name = "alone"});
  world.start_sandbox();
  world.start_daemon();
  e2e::Process second({e2e::program(), "run", "--config", world.config()}, {},
                      world.folder.path() + "/second.log");
  CHECK(second.wait() == 1);
  CHECK(e2e::read_file(world.folder.path() + "/second.log").find("another b24gate uses this journal") !=
        std::string::npos);
}
