// What the public listener answers to good, bad and hostile requests.
#include <doctest/doctest.h>
#include <signal.h>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

TEST_CASE("status codes") {
  World world({.name = "intake",
               .sources = "  slow: { connector: webhook, secret: s, rate: 2/h }\n"
                          "  inside: { connector: webhook, secret: s, allow: [10.0.0.0/8] }\n"
                          "  rotated: { connector: webhook, secret: fresh, previous_secret: { value: old, "
                          "until: \"2999-01-01T00:00:00Z\" } }\n"
                          "  expired: { connector: webhook, secret: fresh, previous_secret: { value: old, "
                          "until: \"2020-01-01T00:00:00Z\" } }\n"});
  world.start_sandbox();
  world.start_daemon();
  const std::string body = R"({"phone":"89030001101"})";
  const auto post = [&](const std::string& path,
                        const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    return world.post(path, body, "application/json", headers).status;
  };
  CHECK(post("any/any-secret") == 200);
  CHECK(post("any/wrong") == 401);
  CHECK(post("any") == 401);
  CHECK(post("any", {{"X-Api-Key", "any-secret"}}) == 200);
  CHECK(post("any", {{"X-Api-Key", "wrong"}}) == 401);
  CHECK(post("any", {{"Authorization", "Bearer any-secret"}}) == 200);
  CHECK(post("nobody/any-secret") == 404);
  CHECK(e2e::request("PUT", world.port, "/hook/any/any-secret", body).status == 405);
  CHECK(e2e::request("GET", world.port, "/").status == 404);
  CHECK(e2e::request("GET", world.port, "/metrics").status == 404);
  CHECK(e2e::request("GET", world.port, "/readyz").status == 404);
  CHECK(post("rotated/fresh") == 200);
  CHECK(post("rotated/old") == 200);
  CHECK(post("expired/old") == 401);
  CHECK(post("inside/s") == 403);
  CHECK(post("slow/s") == 200);
  CHECK(post("slow/s") == 200);
  const auto limited = world.post("slow/s", body, "application/json");
  CHECK(limited.status == 429);
  bool retry_after = false;
  for (const auto& [name, value] : limited.headers) retry_after = retry_after || name == "Retry-After";
  CHECK(retry_after);
  const auto error = world.post("any/wrong", body).json();
  CHECK(error["error"].text() == "unauthorized");
  CHECK_FALSE(error["message"].text().empty());
}

TEST_CASE("a body that is too large is refused, one at the bound is taken") {
  World world({.name = "large", .server = "  max_body: 64KiB\n"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world
            .post("any/any-secret", R"({"phone":"89030001101","x":")" + std::string(70'000, 'a') + "\"}",
                  "application/json")
            .status == 413);
  CHECK(world
            .post("any/any-secret", R"({"phone":"89030001101","x":")" + std::string(60'000, 'a') + "\"}",
                  "application/json")
            .status == 200);
}

TEST_CASE("a probe makes nothing; what cannot be read is kept and told") {
  World world({.name = "probe"});
  world.start_sandbox();
  world.start_daemon();
  const auto probe = world.post("site-tilda/tilda-secret", "test=test");
  CHECK(probe.status == 200);
  const auto broken = world.post("any/any-secret", "{\"phone\": ", "application/json");
  CHECK(broken.status == 400);
  REQUIRE(world.settled());
  CHECK(world.leads().empty());
  const auto story = json::parse(world.run({"show", "r2", "--json"}).text);
  REQUIRE(story);
  CHECK((*story)["request"]["outcome"].text() == "unreadable");
  CHECK((*story)["request"]["body"].text() == "{\"phone\": ");
}

TEST_CASE("secrets and personal data do not reach the log, secrets not the journal") {
  World world({.name = "secrecy"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(
      world.post("site-tilda/tilda-secret", World::form(1, "89030001177", "&Email=secret.person@example.com"))
          .status == 200);
  CHECK(world.post("site-tilda/wrong-secret-words", World::form(2, "89030001178")).status == 401);
  CHECK(world.post("any", R"({"phone":"89030001179"})", "application/json", {{"X-Api-Key", "any-secret"}})
            .status == 200);
  REQUIRE(world.settled());
  world.daemon().signal(SIGTERM);
  REQUIRE(world.daemon().wait() == 0);
  const std::string log = world.log();
  const std::string journal = e2e::read_file(world.folder.path() + "/data/b24gate.db");
  for (const char* secret : {"tilda-secret", "any-secret", "sandbox-secret", "wrong-secret-words"}) {
    CHECK_MESSAGE(log.find(secret) == std::string::npos, secret);
    CHECK_MESSAGE(journal.find(secret) == std::string::npos, secret);
  }
  for (const char* personal : {"9030001177", "secret.person"})
    CHECK_MESSAGE(log.find(personal) == std::string::npos, personal);
  CHECK(journal.find("89030001177") != std::string::npos);  // the test looks at the right file
}

TEST_CASE("the admin listener tells health, readiness and metrics") {
  World world({.name = "admin"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("any/any-secret", R"({"phone":"89030001101"})", "application/json").status == 200);
  REQUIRE(world.settled());
  CHECK(e2e::request("GET", world.admin_port, "/healthz").status == 200);
  const auto ready = e2e::request("GET", world.admin_port, "/readyz");
  CHECK(ready.status == 200);
  CHECK(ready.json()["portal"]["open"].boolean() == true);
  const std::string metrics = e2e::request("GET", world.admin_port, "/metrics").body;
  CHECK(metrics.find("b24gate_requests_total{outcome=\"accepted\",source=\"any\",status=\"200\"} 1") !=
        std::string::npos);
  CHECK(metrics.find("b24gate_events_total{source=\"any\",state=\"delivered\"} 1") != std::string::npos);
  CHECK(metrics.find("b24gate_portal_commands_total{class=\"success\",method=\"crm.item.add\"} 1") !=
        std::string::npos);
  CHECK(e2e::request("GET", world.admin_port, "/hook/any/any-secret").status == 404);
}
