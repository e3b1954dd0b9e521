// The daemon is killed at random moments under load, again and again; afterwards each acknowledged request
// has exactly one lead, and nothing has two.
#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

TEST_CASE("SIGKILL at random moments loses and doubles nothing") {
#ifdef B24GATE_SANITIZED
  constexpr int kills = 6;
#else
  constexpr int kills = 60;
#endif
  World world({.name = "crash", .portal = "settle: 1s, retry: [1s]"});
  world.start_sandbox();
  std::mutex mutex;
  std::set<int> acknowledged;
  std::atomic<bool> stop{false};
  std::atomic<int> number{0};
  std::vector<std::thread> senders;
  for (int s = 0; s < 2; ++s) {
    senders.emplace_back([&] {
      while (!stop) {
        const int n = ++number;
        const auto answer =
            world.post("site-tilda/tilda-secret", World::form(n, "8903" + std::to_string(1'000'000 + n)));
        if (answer.status != 200) continue;
        const std::lock_guard lock(mutex);
        acknowledged.insert(n);
      }
    });
  }
  std::mt19937 random(7);  // NOLINT: the same moments in every run
  const auto known = [&] {
    const std::lock_guard lock(mutex);
    return acknowledged.size();
  };
  for (int kill = 0; kill < kills; ++kill) {
    world.start_daemon();
    const std::size_t before = known();
    const std::size_t more = 1 + random() % 12;
    REQUIRE(e2e::wait_until([&] { return known() >= before + more; }));
    world.daemon().kill();
  }
  stop = true;
  for (auto& sender : senders) sender.join();
  world.start_daemon();
  REQUIRE(world.settled(180));

  std::map<std::string, int> leads;
  for (const auto& lead : world.leads()) ++leads[lead["originId"].text()];
  for (const auto& lead : leads) CHECK_MESSAGE(lead.second == 1, lead.first);
  CHECK(acknowledged.size() > static_cast<std::size_t>(kills));
  for (const int n : acknowledged) {
    const std::string key = "tilda:77:" + std::to_string(n);
    CHECK_MESSAGE(leads.count(key) == 1, key);
  }
  std::map<std::string, int> comments;
  for (const auto& comment : world.comments()) ++comments[comment["ownerId"].text()];
  for (const auto& comment : comments) CHECK_MESSAGE(comment.second == 1, comment.first);
}
