// A full disk: 503 instead of a promise, noticed by readyz, recovered from without a restart.
#include <doctest/doctest.h>

#include <filesystem>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

TEST_CASE("a full disk is answered 503 and recovered from") {
  World world({.name = "disk"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  REQUIRE(world.settled());
  REQUIRE(world.daemon().limit_files(4096));
  const auto refused = world.post("site-tilda/tilda-secret", World::form(2, "89030001102"));
  CHECK(refused.status == 503);
  bool retry_after = false;
  for (const auto& [name, value] : refused.headers) retry_after = retry_after || name == "Retry-After";
  CHECK(retry_after);
  CHECK(e2e::wait_until([&] { return e2e::request("GET", world.admin_port, "/readyz").status == 503; }));
  CHECK(e2e::request("GET", world.admin_port, "/healthz").status == 200);

  REQUIRE(world.daemon().limit_files(std::nullopt));
  CHECK(e2e::wait_until([&] { return e2e::request("GET", world.admin_port, "/readyz").status == 200; }));
  CHECK(world.post("site-tilda/tilda-secret", World::form(2, "89030001102")).status == 200);
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 2);
}
