// A reload swaps everything or nothing.
#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

TEST_CASE("a mistake keeps the old configuration, log and readyz say so, mending it reloads") {
  World world({.name = "reload"});
  world.start_sandbox();
  world.start_daemon();
  const std::string before = e2e::request("GET", world.admin_port, "/readyz").json()["config"]["hash"].text();

  world.write_config("connector: webhook", "conector: webhook");
  world.daemon().signal(SIGHUP);
  REQUIRE(e2e::wait_until([&] { return world.log().find("B24-1005") != std::string::npos; }));
  const json::Value config = e2e::request("GET", world.admin_port, "/readyz").json()["config"];
  CHECK(config["last_reload"].text() == "failed");
  CHECK(config["hash"].text() == before);
  CHECK(json::write(config["mistakes"]).find("unknown key 'conector'; did you mean 'connector'?") !=
        std::string::npos);
  CHECK(e2e::request("GET", world.admin_port, "/metrics")
            .body.find("b24gate_config_last_reload_successful 0") != std::string::npos);
  CHECK(world.post("any/any-secret", R"({"phone":"89030001101"})", "application/json").status == 200);

  world.write_config("secret: any-secret", "secret: other-secret");
  const auto reloaded = e2e::request("POST", world.admin_port, "/api/v1/reload");
  CHECK(reloaded.status == 200);
  CHECK(reloaded.json()["status"].text() == "reloaded");
  CHECK(reloaded.json()["config"].text() != before);
  CHECK(world.post("any/any-secret", R"({"phone":"89030001102"})", "application/json").status == 401);
  CHECK(world.post("any/other-secret", R"({"phone":"89030001102"})", "application/json").status == 200);
  REQUIRE(world.settled());
}

TEST_CASE("a certificate that cannot be used keeps everything as it was") {
  World world({.name = "reload-tls", .server = "  tls: { certificate: one.pem, key: one.key }\n"});
  world.make_certificate("one");
  world.start_sandbox();
  world.start_daemon();
  const auto config = [&] { return e2e::request("GET", world.admin_port, "/readyz").json()["config"]; };
  const std::string before = config()["hash"].text();

  const std::string certificate = e2e::read_file(world.folder.path() + "/one.pem");
  world.folder.write("one.pem", "junk\n");
  world.write_config("secret: any-secret", "secret: other-secret");
  const auto kept = e2e::request("POST", world.admin_port, "/api/v1/reload");
  CHECK(kept.status == 422);
  CHECK(kept.body.find("config.yaml:3:23: 'one.pem': no certificate in PEM is in it; give") !=
        std::string::npos);
  CHECK(config()["last_reload"].text() == "failed");
  CHECK(config()["hash"].text() == before);
  CHECK(world.log().find("B24-1005") != std::string::npos);
  CHECK(world.log().find("B24-1004") == std::string::npos);

  world.folder.write("one.pem", certificate);
  CHECK(e2e::request("POST", world.admin_port, "/api/v1/reload").status == 200);
  CHECK(config()["last_reload"].text() == "good");
  CHECK(config()["hash"].text() != before);
}

TEST_CASE("what would fail at the next start is not reloaded either") {
  World world({.name = "reload-resources"});
  world.start_sandbox();
  world.start_daemon();
  world.write_config("admin:\n", "  tls: { certificate: none.pem, key: none.key }\nadmin:\n");
  const auto tls = e2e::request("POST", world.admin_port, "/api/v1/reload");
  CHECK(tls.status == 422);
  CHECK(tls.body.find("'none.pem': the certificate cannot be read: No such file or directory") !=
        std::string::npos);
  world.write_config("admin:\n", "geo: { database: none.mmdb }\nadmin:\n");
  const auto geo = e2e::request("POST", world.admin_port, "/api/v1/reload");
  CHECK(geo.status == 422);
  CHECK(geo.body.find("'none.mmdb': no MaxMind database can be read there: No such file or directory") !=
        std::string::npos);
}

TEST_CASE("reloads do not disturb requests in flight") {
  World world({.name = "reload-load"});
  world.start_sandbox();
  world.start_daemon();
  std::atomic<int> good{0};
  std::atomic<bool> stop{false};
  std::atomic<int> number{0};
  std::vector<std::thread> senders;
  for (int s = 0; s < 3; ++s) {
    senders.emplace_back([&] {
      while (!stop) {
        const int n = ++number;
        if (world.post("site-tilda/tilda-secret", World::form(n, "8903" + std::to_string(1'000'000 + n)))
                .status == 200)
          ++good;
      }
    });
  }
  for (int i = 0; i < 10; ++i) {
    world.daemon().signal(SIGHUP);
    const int so_far = good;
    CHECK(e2e::wait_until([&] { return good > so_far + 3; }));
  }
  stop = true;
  for (auto& sender : senders) sender.join();
  CHECK(good == number);
}
