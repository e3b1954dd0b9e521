// Before a service goes live: its requests are kept unread, looked at, and read later through the mapping.
#include <doctest/doctest.h>
#include <signal.h>

#include "e2e/vendors.hpp"

using namespace b24gate;
using e2e::World;

namespace {

std::string enquiry(const std::string& phone) { return R"({"phone":")" + phone + R"(","name":"Пётр"})"; }

void reload(const World& world, e2e::Process& daemon) {
  const auto loads = [&] {
    int count = 0;
    const std::string log = world.log();
    for (std::size_t at = log.find("B24-1004"); at != std::string::npos; at = log.find("B24-1004", at + 1))
      ++count;
    return count;
  };
  const int before = loads();
  daemon.signal(SIGHUP);
  REQUIRE(e2e::wait_until([&] { return loads() > before; }));
}

std::vector<json::Value> captured(const World& world) {
  const auto listed = json::parse(world.run({"events", "--origin", "capture", "--json"}).text);
  REQUIRE(listed);
  REQUIRE(listed->is_array());
  return {listed->array_if()->begin(), listed->array_if()->end()};
}

}  // namespace

TEST_CASE("capture keeps requests and touches nothing; retry reads them through the mapping") {
  World world({.name = "capture",
               .sources = "  new: { connector: webhook, secret: new-secret, capture: yes, mapping: "
                          "mappings/anything.yaml }\n"});
  world.start_sandbox();
  world.start_daemon();
  for (const char* phone : {"89030001101", "89030001102", "89030001103"}) {
    CHECK(world.post("new/new-secret", enquiry(phone), e2e::json_type).status == 200);
  }
  CHECK(world.post("new/new-secret", enquiry("89030001103"), e2e::json_type).status ==
        200);  // the same again
  CHECK(world.post("new/new-secret", "neither JSON nor a form {", "text/plain").status == 200);
  CHECK(world.post("new/wrong", enquiry("89030001104"), e2e::json_type).status == 401);
  REQUIRE(world.settled());
  const auto kept = captured(world);
  CHECK(kept.size() == 4);
  for (const auto& event : kept) {
    CHECK(event["origin"].text() == "capture");
    CHECK(event["state"].text() == "ignored");
    CHECK_FALSE(event["reason"].text().empty());
  }
  CHECK(world.leads().empty());
  CHECK(world.comments().empty());
  CHECK(world.run({"show", "r1"}).text.find("89030001101") != std::string::npos);

  // The source goes live.
  world.write_config(", capture: yes", "");
  reload(world, world.daemon());
  const auto one = world.run({"retry", "e1"});
  CHECK_MESSAGE(one.code == 0, (one.text + one.errors));
  REQUIRE(e2e::wait_until([&] { return world.leads().size() == 1; }));
  REQUIRE(world.settled());
  const json::Value lead = world.leads().front();
  CHECK(lead["name"].text() == "Пётр");
  CHECK(json::write(lead["fm"]).find("+79030001101") != std::string::npos);

  CHECK(captured(world).size() == 3);  // what was read is an enquiry like any other now
  const auto all = world.run({"retry", "--origin", "capture"});
  CHECK(all.code == 1);
  CHECK(all.text == "2 of 3 events retried\n");
  CHECK(all.errors.find("it is read as unreadable: body: the body is neither JSON nor a form") !=
        std::string::npos);
  CHECK(captured(world).size() == 1);  // it stays until somebody teaches the mapping to read it
  REQUIRE(e2e::wait_until([&] { return world.leads().size() == 3; }));
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 3);
  // Once more makes nothing new.
  CHECK(world.run({"retry", "e1"}).code == 0);
  const auto none = world.run({"retry", "--origin", "capture"});
  CHECK(none.code == 1);
  CHECK(none.text == "0 of 1 events retried\n");
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 3);
}

TEST_CASE("a request that could not be read is read again when it can be") {
  World world({.name = "reread",
               .sources = "  new: { connector: jivo, secret: new-secret }\n" + e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  // A form of Tilda at the address of a chat.
  const auto answer = world.post("new/new-secret", World::form(1, "89030001101"));
  CHECK(answer.status == 400);
  CHECK(world.post("pbx-megafon", e2e::vendor_file("megafon/samples/h4-unknown-cmd.form")).status == 400);
  CHECK(world.event_list().empty());

  const auto still = world.run({"retry", "r1"});
  CHECK(still.code == 1);
  CHECK(still.errors.find("it is read as unreadable: the body is no JSON object") != std::string::npos);
  world.write_config("new: { connector: jivo", "new: { connector: tilda");
  reload(world, world.daemon());
  const auto read = world.run({"retry", "r1"});
  CHECK_MESSAGE(read.code == 0, (read.text + read.errors));
  REQUIRE(e2e::wait_until([&] { return world.leads().size() == 1; }));
  CHECK(json::write(world.leads().front()["fm"]).find("+79030001101") != std::string::npos);

  const auto noise = world.run({"retry", "r2"});
  CHECK(noise.code == 1);
  CHECK(noise.errors.find("a cmd that is not known") != std::string::npos);
  const auto none = world.run({"retry", "r99"});
  CHECK(none.code == 1);
  CHECK(none.errors.find("there is no such request") != std::string::npos);
}
