#include "chaos/gate.hpp"

#include <doctest/doctest.h>
#include <httplib.h>

#include <atomic>
#include <thread>

#include "e2e/process.hpp"
#include "json/value.hpp"

using namespace b24gate;
using chaos::Fault;
using chaos::Gate;

namespace {

// A portal that counts what reached it, behind a gate.
struct Fixture {
  explicit Fixture(Milliseconds settle = Milliseconds{10'000}) : gate(1, settle) {
    server.Post("/add", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex);
      bodies.push_back(request.body);
      response.set_content(R"({"result":{"item":{"id":12}}})", "application/json");
    });
    const int port = server.bind_to_any_port("127.0.0.1");
    thread = std::thread([this] { server.listen_after_bind(); });
    e2e::wait_until([this] { return server.is_running(); });
    gate.forward_to(static_cast<std::uint16_t>(port));
  }
  ~Fixture() {
    server.stop();
    thread.join();
  }

  void always(Fault fault) {
    chaos::Weather weather;
    weather.per_mille[static_cast<std::size_t>(fault)] = 1000;
    gate.set(weather);
  }
  httplib::Result post(const std::string& body) const {
    httplib::Client client("127.0.0.1", gate.port());
    client.set_read_timeout(20);
    return client.Post("/add", body, "application/json");
  }
  std::size_t reached() {
    gate.wait_until_quiet();
    const std::lock_guard lock(mutex);
    return bodies.size();
  }

  httplib::Server server;
  std::thread thread;
  std::mutex mutex;
  std::vector<std::string> bodies;
  Gate gate;
};

}  // namespace

TEST_CASE("a request and its answer pass unchanged, one connection carries many") {
  Fixture fixture;
  httplib::Client client("127.0.0.1", fixture.gate.port());
  client.set_keep_alive(true);
  for (const auto* body : {"{}", R"({"a":1})", ""}) {
    const auto answer = client.Post("/add", body, "application/json");
    REQUIRE(answer);
    CHECK(answer->body == R"({"result":{"item":{"id":12}}})");
  }
  CHECK(fixture.reached() == 3);
  CHECK(fixture.bodies[1] == R"({"a":1})");
  CHECK(fixture.gate.counts().at("connections") == 1);
  CHECK(fixture.gate.counts().at("requests") == 3);
}

TEST_CASE("what is cut or stalled before the portal never reaches it") {
  for (const Fault fault : {Fault::cut_request, Fault::stall}) {
    Fixture fixture;
    fixture.always(fault);
    CHECK_FALSE(fixture.post(std::string(5'000, ' ')));
    CHECK(fixture.reached() == 0);
  }
}

TEST_CASE("what is cut after the portal has been done, once") {
  for (const Fault fault : {Fault::late, Fault::swallow, Fault::cut_head, Fault::cut_body}) {
    Fixture fixture(Milliseconds{100});
    fixture.always(fault);
    CHECK_FALSE(fixture.post("{}"));
    CHECK(fixture.reached() == 1);
  }
}

TEST_CASE("a corrupted answer can be read by nobody") {
  Fixture fixture;
  fixture.always(Fault::corrupt);
  for (int i = 0; i < 50; ++i) {
    const auto answer = fixture.post("{}");
    REQUIRE(answer);
    CHECK(answer->body.size() == 29);
    CHECK_FALSE(json::parse(answer->body));
  }
  CHECK(fixture.reached() == 50);
}

TEST_CASE("a slow answer comes whole") {
  Fixture fixture;
  fixture.always(Fault::slow);
  const auto answer = fixture.post("{}");
  REQUIRE(answer);
  CHECK(answer->body == R"({"result":{"item":{"id":12}}})");
}

TEST_CASE("while it refuses nobody listens, kept connections have ended; afterwards all is as before") {
  Fixture fixture;
  httplib::Client kept("127.0.0.1", fixture.gate.port());
  kept.set_keep_alive(true);
  REQUIRE(kept.Post("/add", "{}", "application/json"));
  chaos::Weather weather;
  weather.refuse = true;
  fixture.gate.set(weather);
  CHECK(fixture.post("{}").error() == httplib::Error::Connection);
  CHECK_FALSE(kept.Post("/add", "{}", "application/json"));
  CHECK(fixture.reached() == 1);
  fixture.gate.set({});
  CHECK(fixture.post("{}"));
  CHECK(fixture.reached() == 2);
}

TEST_CASE("the observer sees a request before the portal does, and its answer before the client") {
  Fixture fixture;
  std::vector<std::string> seen;
  std::mutex mutex;
  fixture.gate.observe([&](Gate::Moment moment, const Gate::Passing& passing) {
    const std::lock_guard lock(fixture.mutex);
    const std::lock_guard own(mutex);
    seen.push_back((moment == Gate::Moment::taken ? "taken " : "worked ") + passing.target + passing.body +
                   std::to_string(fixture.bodies.size()));
  });
  REQUIRE(fixture.post("{}"));
  const std::lock_guard lock(mutex);
  CHECK(seen == std::vector<std::string>{"taken /add{}0", "worked /add{}1"});
}

TEST_CASE("what was taken more than `settle` later reaches the portal later") {
  // The late one is done up to 0.6 of settle after it was taken; the other comes 1.2 of settle after it.
  constexpr Milliseconds settle{50};
  for (int i = 0; i < 5; ++i) {
    Fixture fixture(settle);
    std::atomic<bool> hold{true};
    fixture.gate.observe([&](Gate::Moment moment, const Gate::Passing& passing) {
      // A slow machine: the first one has been taken and is not let go on.
      if (moment == Gate::Moment::taken && passing.body == "first") {
        e2e::wait_until([&] { return !hold; });
      }
    });
    std::thread first([&] { fixture.post("first"); });
    REQUIRE(e2e::wait_until([&] { return fixture.gate.counts().at("requests") == 1; }));
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(e2e::wait_until([&] { return std::chrono::steady_clock::now() - begin > settle * 12 / 10; }));
    std::thread second([&] { fixture.post("second"); });
    REQUIRE(e2e::wait_until([&] { return fixture.gate.counts().at("requests") == 2; }));
    hold = false;
    first.join();
    second.join();
    CHECK(fixture.bodies == std::vector<std::string>{"first", "second"});
  }
}
