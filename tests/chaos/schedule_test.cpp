#include "chaos/schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "chaos/ledger.hpp"

using namespace b24gate;
using namespace b24gate::chaos;

TEST_CASE("the same seed gives the same schedule, another one another") {
  const auto text = [](std::uint64_t seed) {
    std::string out;
    for (const auto& round : schedule(seed, 50)) {
      out += std::to_string(static_cast<int>(round.portal)) + std::to_string(static_cast<int>(round.kill)) +
             " " + std::to_string(round.enquiries) + " " + std::to_string(round.after.count()) + ";";
    }
    return out;
  };
  CHECK(text(7) == text(7));
  CHECK(text(7) != text(8));
}

TEST_CASE("a schedule has everything in it") {
  std::set<Portal> portals;
  std::set<Kill> kills;
  int jumps = 0;
  int disks = 0;
  const auto rounds = schedule(1, 60);
  CHECK(rounds.size() == 60);
  CHECK(rounds.back().calm);
  for (const auto& round : rounds) {
    portals.insert(round.portal);
    kills.insert(round.kill);
    jumps += round.jump_before || round.jump_during ? 1 : 0;
    disks += round.full_disk ? 1 : 0;
    CHECK(round.weather.refuse == (round.portal == Portal::down));
  }
  CHECK(portals.size() == 4);
  CHECK(kills.size() == 5);
  CHECK(jumps > 3);
  CHECK(std::count_if(rounds.begin(), rounds.end(), [](const Round& round) { return round.enquiries < 4; }) ==
        15);
  CHECK(disks > 1);
}

TEST_CASE("operations are recognised alone and in a batch") {
  CHECK(operations_in("/rest/1/s/crm.item.add", R"({"entityTypeId":1,"fields":{"originId":"tilda:77:5"}})") ==
        std::vector<std::string>{"tilda:77:5"});
  CHECK(operations_in("/rest/1/s/crm.item.list", R"({"filter":{"=originId":"tilda:77:5"}})").empty());
  CHECK(operations_in("/rest/api/1/s/tasks.task.add", R"({"fields":{"title":"x","xmlId":"b24gate:e4"}})") ==
        std::vector<std::string>{"b24gate:e4"});
  const std::string batch =
      R"({"halt":0,"cmd":{"a":"crm.timeline.comment.add?fields[ENTITY_ID]=3&fields[COMMENT]=x%0A%28b24gate%20e4%29",)"
      R"("b":"tasks.task.add?fields[XML_ID]=b24gate%3Ae4","c":"im.notify.system.add?USER_ID=7&TAG=B24GATE%7Ce4%7Cnew",)"
      R"("d":"crm.item.list?filter%5B%3DoriginId%5D=q"}})";
  CHECK(operations_in("/rest/1/s/batch", batch) ==
        std::vector<std::string>{"(b24gate e4)", "b24gate:e4", "B24GATE|e4|new"});
}
