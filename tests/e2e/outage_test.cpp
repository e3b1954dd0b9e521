// The portal is down, slow, throttling, refusing, or loses its answers: intake goes on, nothing is lost or
// doubled.
#include <doctest/doctest.h>

#include <map>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

namespace {

void post_many(const World& world, int from, int count) {
  for (int i = from; i < from + count; ++i) {
    CHECK(world.post("site-tilda/tilda-secret", World::form(i, "8903" + std::to_string(1'000'000 + i)))
              .status == 200);
  }
}

// Every form from 1 to `count` has exactly one lead.
void each_once(const World& world, int count) {
  std::map<std::string, int> seen;
  for (const auto& lead : world.leads()) ++seen[lead["originId"].text()];
  CHECK(seen.size() == static_cast<std::size_t>(count));
  for (const auto& lead : seen) CHECK_MESSAGE(lead.second == 1, lead.first);
}

}  // namespace

TEST_CASE("while the portal is away requests are taken; they are delivered when it comes back") {
  World world({.name = "away"});
  world.start_daemon();
  post_many(world, 1, 10);
  REQUIRE(e2e::wait_until([&] {
    return e2e::request("GET", world.admin_port, "/readyz").json()["portal"]["open"].boolean() == false;
  }));
  CHECK(e2e::request("GET", world.admin_port, "/readyz").status == 200);
  world.start_sandbox();
  REQUIRE(world.settled());
  each_once(world, 10);
  CHECK(e2e::request("GET", world.admin_port, "/readyz").json()["portal"]["open"].boolean() == true);
}

TEST_CASE("lost answers make no second lead") {
  for (const char* kind : {"drop_after", "error_500_after", "html_502_after", "broken_json_after"}) {
    CAPTURE(kind);
    World world({.name = "lost"});
    world.start_sandbox();
    world.fault(std::string(R"({"kind":")") + kind + R"(","method":"crm.item.add","count":3})");
    world.start_daemon();
    post_many(world, 1, 6);
    REQUIRE(world.settled());
    each_once(world, 6);
  }
}

TEST_CASE("failures before the work is done lose no lead") {
  for (const char* kind :
       {"drop_before", "error_500", "html_502", "broken_json", "throttle", "operation_time_limit"}) {
    CAPTURE(kind);
    World world({.name = "before"});
    world.start_sandbox();
    world.fault(std::string(R"({"kind":")") + kind + R"(","method":null,"count":4})");
    world.start_daemon();
    post_many(world, 1, 5);
    REQUIRE(world.settled(150));
    each_once(world, 5);
  }
}

TEST_CASE("a revoked secret stops the lane, tells what to do, and resumes by itself") {
  World world({.name = "revoked"});
  world.start_sandbox();
  world.fault(R"({"kind":"wrong_secret","method":null,"count":null})");
  world.start_daemon();
  post_many(world, 1, 3);
  REQUIRE(e2e::wait_until([&] {
    return e2e::request("GET", world.admin_port, "/readyz").json()["portal"]["open"].boolean() == false;
  }));
  const json::Value portal = e2e::request("GET", world.admin_port, "/readyz").json()["portal"];
  CHECK(portal["reason"].text() == "NO_AUTH_FOUND");
  CHECK_FALSE(portal["advice"].text().empty());
  world.no_faults();
  REQUIRE(world.settled());
  each_once(world, 3);
  // Told once, however often it was met.
  const std::string log = world.log();
  std::size_t told = 0;
  for (std::size_t at = log.find("B24-4004"); at != std::string::npos; at = log.find("B24-4004", at + 1))
    ++told;
  CHECK(told == 1);
}

TEST_CASE("one poisoned command in a batch neither holds nor repeats the others") {
  World world({.name = "poison"});
  world.start_sandbox();
  // Nothing goes out until all are stored, so that they share batches.
  world.fault(R"({"kind":"wrong_secret","method":null,"count":null})");
  world.start_daemon();
  post_many(world, 1, 24);
  world.no_faults();
  world.fault(
      R"({"kind":"error","method":"crm.item.add","error":"ERROR_CORE","error_description":"no","status":400,"count":1})");
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 23);
  const json::Value counters = world.portal()["counters"];
  CHECK(counters["crm.item.add"]["calls"].integer() == 24);
  CHECK(counters["crm.item.add"]["errors"].integer() == 1);
  CHECK(counters["batch"]["calls"].integer().value_or(0) >= 2);
  std::size_t failed = 0;
  for (const auto& event : world.event_list()) {
    const std::string state = event["state"].text();
    CHECK((state == "delivered" || state == "failed"));
    failed += state == "failed" ? 1 : 0;
  }
  CHECK(failed == 1);
  world.no_faults();
  REQUIRE(world.run({"retry", "--state", "failed"}).code == 0);
  REQUIRE(world.settled());
  each_once(world, 24);
}

TEST_CASE("many leads share batches and the portal's limits are kept") {
  World world({.name = "limits", .rate = 5, .burst = 10});
  world.start_sandbox();
  world.start_daemon();
  post_many(world, 1, 40);
  REQUIRE(world.settled(120));
  each_once(world, 40);
  const json::Value counters = world.portal()["counters"];
  CHECK(world.log().find("QUERY_LIMIT_EXCEEDED") == std::string::npos);
  CHECK(counters["batch"]["calls"].integer().value_or(0) > 0);
}

TEST_CASE("why the portal cannot be reached is told with advice, in the log, readyz and check --portal") {
  World world({.name = "unreachable"});
  world.start_daemon();  // no sandbox: nobody listens
  CHECK(world.post("any/any-secret", R"({"phone":"89030001101"})", "application/json").status == 200);
  const auto portal = [&] { return e2e::request("GET", world.admin_port, "/readyz").json()["portal"]; };
  REQUIRE(e2e::wait_until([&] { return portal()["open"].boolean() == false; }));
  CHECK(portal()["reason"].text() == "the connection is refused");
  CHECK(portal()["advice"].text().find("check host and port in portal.url") != std::string::npos);
  CHECK(world.log().find("reason=\"the connection is refused\" advice=\"Nothing listens") !=
        std::string::npos);

  const std::string address = "http://127.0.0.1:" + std::to_string(world.portal_port);
  const auto checked = [&](const std::string& other) {
    world.write_config(address, other);
    return world.run({"check", "--portal"}).errors;
  };
  CHECK(checked(address).find("portal.url: the connection is refused; Nothing listens there") !=
        std::string::npos);
  CHECK(checked("https://nonexistent.invalid").find("the name cannot be resolved") != std::string::npos);
  world.start_sandbox();
  CHECK(
      checked("https" + address.substr(4)).find("what answers there speaks no TLS; Check scheme and port") !=
      std::string::npos);
  CHECK(checked(address).find("portal.url") == std::string::npos);
  CHECK(world.log().find("sandbox-secret") == std::string::npos);
}
