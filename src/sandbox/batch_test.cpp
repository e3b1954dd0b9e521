#include "sandbox/batch.hpp"

#include <doctest/doctest.h>

#include "sandbox/portal_fixture.hpp"

using namespace b24gate;
using namespace b24gate::sandbox;

namespace {

json::Value batch(PortalFixture& fixture, std::string_view params) {
  return fixture.call("batch", params)["result"];
}

}  // namespace

TEST_CASE("a chain runs in order and passes numbers on") {
  PortalFixture fixture;
  const auto said = batch(fixture, R"({"halt":1,"cmd":{
      "lead":"crm.item.add?entityTypeId=1&fields[title]=A%26B%20%237",
      "note":"crm.timeline.comment.add?fields[ENTITY_ID]=$result[lead][item][id]&fields[ENTITY_TYPE]=lead&fields[COMMENT]=hi",
      "task":"tasks.task.add?fields[TITLE]=x&fields[RESPONSIBLE_ID]=7&fields[UF_CRM_TASK][0]=L_$result[lead][item][id]"}})");
  CHECK(said["result"]["lead"]["item"]["title"].text() == "A&B #7");
  CHECK(json::write(said["result_error"]) == "[]");
  CHECK(json::write(said["result_total"]) == "[]");
  CHECK(said["result_time"]["note"]["operating"].is_number());
  const auto state = fixture.state();
  CHECK(state["comments"].at(0)["ownerId"] == json::Value(3465));
  CHECK(state["tasks"].at(0)["ufCrmTask"].at(0).text() == "L_3465");
}

TEST_CASE("without halt a comment on a lead that failed lands on lead 1") {
  PortalFixture fixture;
  const auto said = batch(fixture, R"({"halt":0,"cmd":{
      "lead":"crm.item.add?entityTypeId=1&fields[stageId]=NO_SUCH",
      "note":"crm.timeline.comment.add?fields[ENTITY_ID]=$result[lead][item][id]&fields[ENTITY_TYPE]=lead&fields[COMMENT]=hi"}})");
  CHECK(said["result_error"]["lead"]["error"].text() == "CRM_FIELD_ERROR_VALUE_NOT_VALID");
  CHECK(said["result"]["note"].is_int());
  CHECK(fixture.state()["comments"].at(0)["ownerId"] == json::Value(1));
}

TEST_CASE("with halt nothing after the failure is in either map") {
  PortalFixture fixture;
  const auto said = batch(fixture, R"({"halt":1,"cmd":{
      "lead":"crm.item.add?entityTypeId=1&fields[stageId]=NO_SUCH",
      "note":"crm.timeline.comment.add?fields[ENTITY_ID]=$result[lead][item][id]&fields[ENTITY_TYPE]=lead&fields[COMMENT]=hi"}})");
  CHECK(json::write(said["result"]) == "[]");
  CHECK(said["result_error"].size() == 1);
  CHECK(fixture.state()["comments"].size() == 0);
}

TEST_CASE("a raw = in the name of a filter loses the filter") {
  PortalFixture fixture;
  fixture.call("crm.item.add", R"({"entityTypeId":1,"fields":{"title":"x","originId":"k"}})");
  const auto said = batch(fixture, R"({"cmd":{
      "lost":"crm.item.list?entityTypeId=1&filter[=originId]=k",
      "kept":"crm.item.list?entityTypeId=1&filter[%3DoriginId]=k",
      "cut":"crm.item.list?entityTypeId=1&filter[originId]=k#&filter[id]=0"}})");
  CHECK(said["result"]["lost"]["items"].size() == 2);
  CHECK(said["result"]["kept"]["items"].size() == 1);
  CHECK(said["result"]["cut"]["items"].size() == 1);
  CHECK(said["result_total"]["lost"] == json::Value(2));
}

TEST_CASE("nested batches and commands that are no text") {
  PortalFixture fixture;
  const auto said =
      batch(fixture, R"({"cmd":{"a":"batch?cmd[x]=profile","b":{"method":"profile"},"c":"no.such"}})");
  CHECK(said["result_error"]["a"]["error"].text() == "ERROR_BATCH_METHOD_NOT_ALLOWED");
  CHECK(said["result_error"]["c"]["error"].text() == "ERROR_METHOD_NOT_FOUND");
  CHECK(said["result"].size() + said["result_error"].size() == 2);
}

TEST_CASE("numeric keys make arrays of the maps") {
  PortalFixture fixture;
  CHECK(batch(fixture, R"({"cmd":["server.time","crm.settings.mode.get"]})")["result"].is_array());
  CHECK(batch(fixture, R"({"cmd":["no.such","crm.settings.mode.get"]})")["result"].is_object());
}

TEST_CASE("references") {
  Said said;
  said.result.set("a", json::Value::object({{"id", 5}, {"list", json::Value::array({"x", "y"})}}));
  said.total.set("a", 7);
  const auto of = [&](const char* text) { return json::write(resolved(json::Value(text), said)); };
  CHECK(of("$result[a][id]") == "5");
  CHECK(of("$result[a][list]") == R"(["x","y"])");
  CHECK(of("$result[a][list][1]") == R"("y")");
  CHECK(of("L_$result[a][id]") == R"("L_5")");
  CHECK(of("$result[a][id] and $total[a]") == R"("5 and 7")");
  // Whatever follows without white space belongs to the reference.
  CHECK(of("$result[a][id]-x") == R"({"id":5,"list":["x","y"]})");
  CHECK(of("$result[nobody][id]") == R"({"a":{"id":5,"list":["x","y"]}})");
  CHECK(of("costs $100 and $result") == R"("costs $100 and $result")");
  CHECK(json::write(resolved(parsed(R"({"$total[a]":["$total[a]"]})"), said)) == R"({"$total[a]":[7]})");
}

TEST_CASE("what was done before a fault inside a batch stays done, what follows does not run") {
  PortalFixture fixture;
  fixture.fault(R"({"kind":"drop_after","method":"crm.item.add","count":1})");
  const auto reply = fixture.reply("batch", parsed(R"({"halt":1,"cmd":{
      "lead":"crm.item.add?entityTypeId=1&fields[title]=x",
      "note":"crm.timeline.comment.add?fields[ENTITY_ID]=$result[lead][item][id]&fields[ENTITY_TYPE]=lead&fields[COMMENT]=hi"}})"));
  CHECK(reply.dropped);
  CHECK(fixture.leads() == 2);
  CHECK(fixture.state()["comments"].size() == 0);
}
