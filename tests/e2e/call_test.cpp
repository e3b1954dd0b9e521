// Calls: what a telephone service tells in many requests is one lead, in whatever order they come.
#include <doctest/doctest.h>

#include <algorithm>

#include "e2e/vendors.hpp"

using namespace b24gate;
using e2e::lead_type;
using e2e::lead_with;
using e2e::only_lead;
using e2e::post_accepted;
using e2e::post_and_settle;
using e2e::World;

namespace {

const std::vector<std::string> mango_call = {"a01-call-appeared-ivr",
                                             "a02-dtmf",
                                             "a03-call-disconnected-ivr",
                                             "a04-call-appeared-queue",
                                             "a05-call-appeared-abonent",
                                             "a06-call-disconnected-queue",
                                             "a07-call-connected-abonent",
                                             "a08-recording-started",
                                             "a09-call-disconnected-abonent",
                                             "a10-recording-completed",
                                             "a11-summary",
                                             "a12-record-added",
                                             "a13-record-tagged"};

}  // namespace

TEST_CASE("a call of Mango is one lead, forwards and backwards; the recording waits for its call") {
  World world({.name = "mango", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const auto post = [&](const std::string& name, const std::string& form) {
    post_accepted(world, "pbx-mango" + e2e::mango_path(name), form, e2e::form_type);
  };

  for (const auto& name : mango_call) post(name, e2e::vendor_file("mango/samples/" + name + ".form"));
  REQUIRE(world.settled());
  const std::string first = lead_with(world, "+79000001122");
  CHECK(world.leads().size() == 1);
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, first), "Запись разговора") == 1);

  // Another call of another client, signed anew.
  const auto other = [&](const std::string& name) {
    std::string json = e2e::mango_json(e2e::vendor_file("mango/samples/" + name + ".form"));
    const std::pair<const char*, const char*> changes[] = {
        {"MTY0NTAwMDEwMDE6NTA2", "MTY0NTAwMDEwMTE6NTA2"},                          // entry_id
        {"MToxMDk4NzY1NDo1MDY6NTIyOTAwMDA", "MToxMDk4NzY1NDo1MDY6NTIyOTAwMTA"},    // call_id
        {"MToxMDk4NzY1NDoxNjQ1MDAwMTAwMTow", "MToxMDk4NzY1NDoxNjQ1MDAwMTAxMTow"},  // recording_id
        {"79000001122", "79000001177"}};
    for (const auto& [from, by] : changes) {
      if (json.find(from) != std::string::npos) json = e2e::replaced(std::move(json), from, by);
    }
    return e2e::mango_form(json);
  };
  const std::string recording = "mango:record:MToxMDk4NzY1NDoxNjQ1MDAwMTAxMTow";
  std::vector<std::string> backwards(mango_call.rbegin(), mango_call.rend());
  const auto summary = std::find(backwards.begin(), backwards.end(), "a11-summary");
  REQUIRE(summary != backwards.end());
  for (auto name = backwards.begin(); name != summary; ++name) post(*name, other(*name));
  REQUIRE(e2e::wait_until([&] { return e2e::event_by_key(world, recording)["state"].text() == "waiting"; }));
  CHECK(e2e::event_by_key(world, recording)["reason"].text() == "it came before the call that it belongs to");
  CHECK(world.leads().size() == 1);
  for (auto name = summary; name != backwards.end(); ++name) post(*name, other(*name));
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 2);
  const std::string second = lead_with(world, "+79000001177");
  CHECK(second != first);
  CHECK(e2e::event_by_key(world, recording)["state"].text() == "delivered");
  CHECK(e2e::event_by_key(world, recording)["lead"]["id"].text() == second);
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, second), "Запись разговора") == 1);
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, first), "Запись разговора") == 1);

  // All of it once more: nothing new.
  const auto told = e2e::comments_on(world, lead_type, second);
  const std::size_t events = world.event_list().size();
  for (const auto& name : mango_call) post(name, other(name));
  REQUIRE(world.settled());
  CHECK(world.event_list().size() == events);
  CHECK(world.leads().size() == 2);
  CHECK(e2e::comments_on(world, lead_type, second) == told);
}

TEST_CASE("a body of Mango that is signed for other words is refused") {
  World world({.name = "mango-sign", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string form = e2e::vendor_file("mango/samples/a11-summary.form");
  CHECK(world.post("pbx-mango/events/summary", e2e::replaced(form, "79000001122", "79000001133")).status ==
        401);
  CHECK(world.event_list().empty());
}

TEST_CASE("MegaFon: a transferred call is one lead, a call of a group is one lead") {
  World world({.name = "megafon", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const auto post = [&](const std::string& name) {
    post_accepted(world, "pbx-megafon", e2e::vendor_file("megafon/samples/" + name + ".form"),
                  e2e::form_type);
  };
  for (const char* name :
       {"e1-event-incoming", "e2-event-accepted", "e3-event-transferred", "e4-event-accepted-second",
        "e5-event-completed-second", "e6-history-first", "e7-history-second"}) {
    post(name);
  }
  REQUIRE(world.settled());
  const std::string transferred = only_lead(world);
  // The second leg is told on the lead that the first one made.
  int on_lead = 0;
  const json::Array events = world.event_list();
  for (const auto& event : events) {
    if (event["key"].text().rfind("megafon:history:", 0) != 0) continue;
    ++on_lead;
    CHECK(event["state"].text() == "delivered");
    CHECK(event["lead"]["id"].text() == transferred);
  }
  CHECK(on_lead == 2);
  const auto told = e2e::comments_on(world, lead_type, transferred);
  CHECK(e2e::count_with(told, "Сотрудник: petrov") == 1);
  CHECK(e2e::count_with(told, "Клиент обратился снова") == 0);  // it is the same call

  for (const char* name :
       {"a1-contact", "a2-event-incoming-ivanova", "a3-event-incoming-petrov", "a4-event-accepted-petrov",
        "a5-event-cancelled-ivanova", "a6-event-completed-petrov", "a7-history-success"}) {
    post(name);
  }
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 2);
  const std::string group = lead_with(world, "+79000002211");
  post("g1-rating");
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 2);
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, group), "Оценка звонка: 4") == 1);
}

TEST_CASE("CoMagic: the record comes after its call or before it, and lands on its lead") {
  World world({.name = "comagic", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string hook = "calltracking/comagic-secret";
  const std::string call = e2e::vendor_file("comagic/samples/01-call-end-answered.json");
  const std::string record = e2e::vendor_file("comagic/samples/04-call-record.json");
  post_and_settle(world, hook, call, e2e::json_type);
  const std::string first = only_lead(world);
  const auto before = e2e::comments_on(world, lead_type, first);
  CHECK(e2e::count_with(before, "https://app.comagic.ru/system/media/talk/2310045671/") == 0);
  post_and_settle(world, hook, record, e2e::json_type);
  const auto after = e2e::comments_on(world, lead_type, first);
  CHECK(after.size() == before.size() + 1);
  CHECK(e2e::count_with(after, "https://app.comagic.ru/system/media/talk/2310045671/") == 1);
  CHECK(only_lead(world) == first);

  const auto other = [](const std::string& body) {
    return e2e::replaced(e2e::replaced(body, "2310045671", "2310045672"), "79000001201", "79000001299");
  };
  post_accepted(world, hook, other(record), e2e::json_type);
  const std::string key = "comagic:call_record:2310045672:5f1c0e9a7d24b86e";
  REQUIRE(e2e::wait_until([&] { return e2e::event_by_key(world, key)["state"].text() == "waiting"; }));
  CHECK_FALSE(e2e::event_by_key(world, key)["reason"].text().empty());
  CHECK(world.leads().size() == 1);
  post_and_settle(world, hook, other(call), e2e::json_type);
  CHECK(world.leads().size() == 2);
  const std::string second = lead_with(world, "+79000001299");
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, second),
                        "https://app.comagic.ru/system/media/talk/2310045672/") == 1);
}

TEST_CASE("calls that are no enquiry make no lead, and say why") {
  World world({.name = "no-enquiry", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const auto mango = [&](const std::string& name) {
    post_accepted(world, "pbx-mango" + e2e::mango_path(name),
                  e2e::vendor_file("mango/samples/" + name + ".form"), e2e::form_type);
  };
  for (const char* name :
       {"f01-call-appeared-ivr", "f02-call-disconnected-ivr", "f03-summary", "c01-call-appeared",
        "c02-call-connected", "c03-call-disconnected", "c04-summary"}) {
    mango(name);
  }
  REQUIRE(world.settled());
  CHECK(world.leads().empty());
  // Nobody talked to a caller who hides the number.
  const json::Value hidden = e2e::event_by_key(world, "mango:summary:MTY0NTAwMDEwMDY6NTA2");
  CHECK(hidden["state"].text() == "ignored");
  CHECK(hidden["reason"].text().find("create_lead_when is not met") == 0);
  // An outgoing call to somebody who has nothing in the portal is a call in its statistics.
  const json::Value outgoing = e2e::event_by_key(world, "mango:summary:MTY0NTAwMDEwMDM=");
  CHECK(outgoing["state"].text() == "delivered");
  const json::Value calls = world.portal()["finished_calls"];
  REQUIRE(calls.size() == 1);
  CHECK(calls.at(0)["phone"].text() == "79260000344");
  CHECK(calls.at(0)["duration"].integer() == 105);
}

TEST_CASE("an outgoing call is a line on the client's open lead") {
  World world({.name = "outgoing", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  post_and_settle(world, "site-tilda/tilda-secret", World::form(1, "89260000344"), e2e::form_type);
  const std::string lead = only_lead(world);
  const std::size_t before = e2e::comments_on(world, lead_type, lead).size();
  for (const char* name :
       {"c01-call-appeared", "c02-call-connected", "c03-call-disconnected", "c04-summary"}) {
    post_accepted(world, "pbx-mango" + e2e::mango_path(name),
                  e2e::vendor_file("mango/samples/" + std::string(name) + ".form"), e2e::form_type);
  }
  REQUIRE(world.settled());
  CHECK(only_lead(world) == lead);
  const auto told = e2e::comments_on(world, lead_type, lead);
  CHECK(told.size() == before + 1);
  CHECK(e2e::count_with(told, "Исходящий звонок: отвечен") == 1);
}

TEST_CASE("CoMagic: a lost call and its end are one call") {
  World world({.name = "lost", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  for (const char* name : {"02-call-lost", "03-call-end-of-lost-call"}) {
    post_accepted(world, "calltracking/comagic-secret",
                  e2e::vendor_file("comagic/samples/" + std::string(name) + ".json"), e2e::json_type);
  }
  REQUIRE(world.settled());
  const std::string lead = only_lead(world);
  CHECK(world.event_list().size() == 2);
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, lead), "Клиент обратился снова") == 0);
}
