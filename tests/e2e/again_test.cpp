// What was delivered may be made again when that is really wanted; and a new configuration is asked first
// what it would have done.
#include <doctest/doctest.h>

#include <map>

#include "e2e/vendors.hpp"
#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

TEST_CASE(
    "retry of what is delivered is refused with what would be doubled; --again makes it a second time") {
  World world({.name = "again"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  REQUIRE(world.settled());
  REQUIRE(world.leads().size() == 1);
  const std::string lead = world.leads()[0]["id"].text();

  const auto refused = world.run({"retry", "e1"});
  CHECK(refused.code == 1);
  CHECK(refused.errors.find("delivered already: it made lead " + lead + ", comment") != std::string::npos);
  CHECK(refused.errors.find("--again makes all of it a second time") != std::string::npos);

  // The client has that lead open: what is made again is a line on it.
  const auto again = world.run({"retry", "e1", "--again"});
  CHECK(again.code == 0);
  CHECK(again.text.find("e1: it made lead " + lead) == 0);
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 1);
  CHECK(world.comments().size() == 2);

  // A closed one takes nothing: a second lead with a key of its own.
  const auto closed = e2e::request("POST", world.portal_port, "/rest/1/sandbox-secret/crm.item.update",
                                   R"({"entityTypeId":1,"id":)" + lead + R"(,"fields":{"stageId":"JUNK"}})",
                                   "application/json");
  REQUIRE(closed.status == 200);
  REQUIRE(world.run({"retry", "e1", "--again"}).code == 0);
  REQUIRE(world.settled());
  std::map<std::string, int> keys;
  for (const auto& made : world.leads()) ++keys[made["originId"].text()];
  CHECK(keys == std::map<std::string, int>{{"tilda:77:1", 1}, {"tilda:77:1#3", 1}});
  const auto story = json::parse(world.run({"show", "e1", "--json"}).text).value();
  CHECK(story["deliveries"].size() > 4);  // every attempt of all three rounds

  CHECK(world.run({"retry", "--state", "delivered", "--again", "--count"}).text == "1 events\n");
  CHECK(world.run({"retry", "--state", "delivered"}).code == 1);
}

TEST_CASE("diff: what another configuration would have made of what came, by person and by rule") {
  World world({.name = "diff"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  CHECK(world.post("site-tilda/tilda-secret", World::form(2, "89030001102", "&Name=Anna")).status == 200);
  REQUIRE(world.settled());

  const auto same = json::parse(world.run({"diff", "--json"}).text).value();
  CHECK(same["compared"].integer() == 2);
  CHECK_MESSAGE(same["differ"].integer() == 0, json::write(same));

  // Another copy of the files, in which everything goes to HR and the title is another.
  const std::string folder = world.folder.path();
  world.folder.write("mappings/other.yaml",
                     "rules:\n  - name: всем\n    assign: hr\nfallback: { assign: account_manager }\n");
  std::string config = e2e::read_file(world.config());
  const std::string named = "mappings/distribution.yaml";
  config.replace(config.find(named), named.size(), "mappings/other.yaml");
  world.folder.write("other.yaml", config);

  const auto out = e2e::command(
      {e2e::program(), "diff", "--config", folder + "/other.yaml", "--running", world.config(), "--json"});
  REQUIRE_MESSAGE(out.code == 0, out.errors);
  const auto different = json::parse(out.text).value();
  CHECK(different["differ"].integer() == 2);
  CHECK(different["by_person"]["hr"]["now"].integer() == 2);
  CHECK(different["by_rule"]["всем"]["was"].integer() == 0);
  const json::Value first = different["events"].at(0);
  CHECK(first["id"].text() == "e1");
  CHECK(first["differences"].at(0)["path"].text() == "assigned");
  CHECK(first["differences"].at(0)["now"].text() == "hr");
  const auto count = e2e::command(
      {e2e::program(), "diff", "--config", folder + "/other.yaml", "--running", world.config(), "--count"});
  CHECK(count.text == "2 of 2 enquiries differ\n");
  // Without --running: with what was really done.
  CHECK(e2e::command({e2e::program(), "diff", "--config", folder + "/other.yaml", "--count"}).text ==
        "2 of 2 enquiries differ\n");
  CHECK(e2e::command({e2e::program(), "diff", "--config", folder + "/other.yaml", "--since", "soon"}).code ==
        2);
}

TEST_CASE(
    "diff: what several events together gave is one enquiry; a configuration that changes nothing differs in "
    "nothing") {
  World world({.name = "diff-conversations", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.fault(R"({"kind":"slow","method":"crm.item.add","delay_ms":300,"count":null})");
  world.start_daemon();
  // At once, the last first: the lead is planned with more than its own event knows.
  for (const char* name : {"chat_finished", "chat_updated", "chat_accepted"}) {
    e2e::post_accepted(world, "chat-jivo/jivo-secret",
                       e2e::vendor_file("jivo/samples/" + std::string(name) + ".json"), e2e::json_type);
  }
  REQUIRE(world.settled());
  // One by one: each comes after the lead was planned.
  for (const char* name : {"call_event_start", "call_event_end"}) {
    e2e::post_and_settle(world, "chat-jivo/jivo-secret",
                         e2e::vendor_file("jivo/samples/" + std::string(name) + ".json"), e2e::json_type);
  }
  CHECK(world.event_list().size() == 5);
  CHECK(world.run({"diff", "--count"}).text == "0 of 2 enquiries differ\n");
  // Other bytes of the same meaning: everything is asked again.
  world.folder.write("config.yaml", e2e::read_file(world.config()) + "# another line\n");
  const auto replayed = world.run({"diff"});
  CHECK_MESSAGE(replayed.text.find("0 of 2 enquiries differ\n") != std::string::npos, replayed.text);
}
