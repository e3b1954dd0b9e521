// The local application from its installation to its removal, over the sandbox's OAuth server.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

namespace {

// A world whose daemon has the sandbox's application configured.
struct Applied {
  Applied() : world({.name = "application"}) {
    std::string text = e2e::read_file(world.config());
    const auto add = [&](const std::string& before, const std::string& what) {
      text.insert(text.find(before), what);
    };
    add("admin:", fmt::format("  public_url: http://127.0.0.1:{}\n", world.port));
    add("settle:", fmt::format("secret: s3cret, application: {{ client_id: local.sandbox, client_secret: "
                               "sandbox-secret, oauth_server: \"http://127.0.0.1:{}/oauth/token/\" }}, ",
                               world.portal_port));
    world.folder.write("config.yaml", text);
    world.start_sandbox();
    world.start_daemon();
  }

  e2e::Answer control(const std::string& path, const std::string& body = "{}") const {
    return e2e::request("POST", world.portal_port, "/sandbox/" + path, body, "application/json");
  }
  void install() const {
    const auto answer =
        control("application/install",
                fmt::format(R"({{"url":"http://127.0.0.1:{}/portal/s3cret/install"}})", world.port));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
  }
  [[nodiscard]] std::string state() const {
    return e2e::request("GET", world.admin_port, "/api/v1/status").json()["application"]["state"].text();
  }
  [[nodiscard]] bool bound() const {
    const json::Value portal = world.portal();
    const auto* handlers = portal["application"]["handlers"].array_if();
    return handlers && !handlers->empty() &&
           (*handlers)[0]["url"].text() == fmt::format("http://127.0.0.1:{}/portal/s3cret", world.port);
  }

  World world;
};

}  // namespace

TEST_CASE("installed, its events come, and it outlives an expired token and a kill") {
  Applied gate;
  CHECK(gate.state() == "not_installed");
  CHECK(gate.world.run({"check", "--portal"}).code == 1);
  gate.install();
  CHECK(gate.state() == "ready");
  REQUIRE(e2e::wait_until([&] { return gate.bound(); }));
  const auto good = gate.world.run({"check", "--portal"});
  CHECK_MESSAGE(good.code == 0, (good.text + good.errors));
  CHECK(good.text.find("application: installed, and answers") != std::string::npos);
  CHECK(good.text.find("ordered to server.public_url") != std::string::npos);

  const auto click =
      gate.control("click", R"({"USER_ID":12,"PHONE_NUMBER":"+79160000001","LINE_NUMBER":"74950000000"})");
  REQUIRE_MESSAGE(click.status == 200, click.body);
  CHECK_MESSAGE(click.body.find("200") != std::string::npos, click.body);

  // Renewed by another process: the daemon takes what that has stored.
  REQUIRE(gate.control("application/expire", "").status == 200);
  CHECK(gate.world.run({"check", "--portal"}).code == 0);
  gate.world.daemon().kill();
  REQUIRE(gate.control("application/expire", "").status == 200);
  gate.world.start_daemon();
  CHECK(gate.state() == "ready");
  CHECK(gate.world.run({"check", "--portal"}).code == 0);
}

TEST_CASE("a revoked refresh token stops the application, installing anew mends it") {
  Applied gate;
  gate.install();
  REQUIRE(e2e::wait_until([&] { return gate.bound(); }));
  REQUIRE(gate.control("application/revoke", "").status == 200);
  REQUIRE(gate.control("application/expire", "").status == 200);
  const auto bad = gate.world.run({"check", "--portal"});
  CHECK(bad.code == 1);
  CHECK_MESSAGE(bad.text.find("invalid_grant") != std::string::npos, bad.text);
  gate.install();
  CHECK(gate.state() == "ready");
  CHECK(gate.world.run({"check", "--portal"}).code == 0);
}
