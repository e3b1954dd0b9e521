#include "sandbox/sandbox.hpp"

#include <doctest/doctest.h>
#include <httplib.h>

#include "json/value.hpp"

using namespace b24gate;

namespace {

sandbox::Options any_port() {
  sandbox::Options options;
  options.port = 0;
  return options;
}

}  // namespace

TEST_CASE("over HTTP: a lead goes in, the state shows it, a slow answer comes late") {
  const SystemClock clock;
  sandbox::Sandbox portal(any_port(), clock);
  REQUIRE(portal.start());
  httplib::Client client("127.0.0.1", portal.port());
  const auto added = client.Post("/rest/1/sandbox-secret/crm.item.add",
                                 R"({"entityTypeId":1,"fields":{"title":"Заявка"}})", "application/json");
  REQUIRE(added);
  CHECK(added->status == 200);
  CHECK((*json::parse(added->body))["result"]["item"]["title"].text() == "Заявка");
  const auto state = client.Get("/sandbox/state");
  REQUIRE(state);
  CHECK((*json::parse(state->body))["leads"].size() == 2);
  CHECK(client.Get("/")->get_header_value("Content-Type") == "text/html; charset=utf-8");

  REQUIRE(client.Post("/sandbox/faults", R"({"kind":"slow","delay_ms":60,"count":1})", "application/json"));
  const auto before = clock.steady();
  CHECK(client.Get("/rest/1/sandbox-secret/profile")->status == 200);
  CHECK(clock.steady() - before >= Milliseconds{59});
  portal.stop();
}

TEST_CASE("over HTTP: the application is told where it asked for, or the answer says that nobody was there") {
  const SystemClock clock;
  sandbox::Sandbox portal(any_port(), clock);
  REQUIRE(portal.start());
  // The other sandbox stands in for the application: it answers 404 there.
  sandbox::Sandbox other(any_port(), clock);
  REQUIRE(other.start());
  httplib::Client client("127.0.0.1", portal.port());
  const auto install = [&](const std::string& url) {
    const auto answer =
        client.Post("/sandbox/application/install", R"({"url":")" + url + "\"}", "application/json");
    REQUIRE(answer);
    return json::write((*json::parse(answer->body))["posted"]);
  };
  const std::string at = "http://127.0.0.1:" + std::to_string(other.port()) + "/b24/install";
  CHECK(install(at) == "[404]");
  other.stop();
  CHECK(install(at) == "[0]");
  CHECK(install("nonsense") == "[0]");
  portal.stop();
}

TEST_CASE("an address that is taken is an error with a reason") {
  const SystemClock clock;
  sandbox::Sandbox first(any_port(), clock);
  REQUIRE(first.start());
  auto options = any_port();
  options.port = first.port();
  sandbox::Sandbox second(options, clock);
  const auto started = second.start();
  REQUIRE_FALSE(started);
  CHECK_FALSE(started.error().what.empty());
}
