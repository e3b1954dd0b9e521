// A full disk: 503 instead of a promise, noticed by readyz, recovered from without a restart.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <filesystem>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

namespace {
// No file of the daemon may grow beyond this: what a full disk looks like to SQLite.
void limit_files(pid_t pid, rlim_t bytes) {
  rlimit limit{bytes, RLIM_INFINITY};
  REQUIRE(prlimit(pid, RLIMIT_FSIZE, &limit, nullptr) == 0);
}
}  // namespace

TEST_CASE("a full disk is answered 503 and recovered from") {
  World world({.name = "disk"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  REQUIRE(world.settled());
  limit_files(world.daemon().pid(), 4096);
  const auto refused = world.post("site-tilda/tilda-secret", World::form(2, "89030001102"));
  CHECK(refused.status == 503);
  bool retry_after = false;
  for (const auto& [name, value] : refused.headers) retry_after = retry_after || name == "Retry-After";
  CHECK(retry_after);
  CHECK(e2e::wait_until([&] { return e2e::request("GET", world.admin_port, "/readyz").status == 503; }));
  CHECK(e2e::request("GET", world.admin_port, "/healthz").status == 200);

  limit_files(world.daemon().pid(), RLIM_INFINITY);
  CHECK(e2e::wait_until([&] { return e2e::request("GET", world.admin_port, "/readyz").status == 200; }));
  CHECK(world.post("site-tilda/tilda-secret", World::form(2, "89030001102")).status == 200);
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 2);
}
