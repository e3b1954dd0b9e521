// Conversations: what a service tells in several requests is one object in the CRM, in whatever order it
// comes.
#include <doctest/doctest.h>

#include <algorithm>

#include "e2e/vendors.hpp"

using namespace b24gate;
using e2e::World;

namespace {

constexpr int lead_type = 1;

std::string only_lead(const World& world) {
  const auto leads = world.leads();
  REQUIRE(leads.size() == 1);
  return leads.front()["id"].text();
}

// The lead whose client has this phone. REQUIRES: there is exactly one.
std::string lead_with(const World& world, const std::string& phone) {
  std::vector<std::string> found;
  const auto leads = world.leads();
  for (const auto& lead : leads) {
    if (json::write(lead["fm"]).find(phone) != std::string::npos) found.push_back(lead["id"].text());
  }
  REQUIRE_MESSAGE(found.size() == 1, phone);
  return found.front();
}

void post_accepted(const World& world, const std::string& path, const std::string& body,
                   const std::string& type, const e2e::Headers& headers = {}) {
  const auto answer = world.post(path, body, type, headers);
  CHECK_MESSAGE(answer.status == 200, (path + ": " + answer.body));
}

void post_and_settle(const World& world, const std::string& path, const std::string& body,
                     const std::string& type, const e2e::Headers& headers = {}) {
  post_accepted(world, path, body, type, headers);
  REQUIRE(world.settled());
}

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

TEST_CASE("a dialogue of Jivo is one lead with the transcript in its timeline") {
  World world({.name = "jivo", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string hook = "chat-jivo/jivo-secret";
  for (const char* name : {"chat_accepted", "chat_updated", "chat_finished"}) {
    CAPTURE(name);
    post_and_settle(world, hook, e2e::vendor_file("jivo/samples/" + std::string(name) + ".json"),
                    e2e::json_type);
    CHECK(world.leads().size() == 1);
  }
  const std::string lead = only_lead(world);
  const auto told = e2e::comments_on(world, lead_type, lead);
  CHECK(e2e::count_with(told, "Здравствуйте! Нужно ТКП на газопоршневую электростанцию 1 МВт, 2 шт.") == 1);
  CHECK(e2e::count_with(told, "Пришлите, пожалуйста, опросный лист") == 1);
  const json::Array events = world.event_list();
  CHECK(events.size() == 3);
  for (const auto& event : events) {
    CHECK(event["state"].text() == "delivered");
    CHECK(event["lead"]["id"].text() == lead);
  }

  post_and_settle(world, hook, e2e::vendor_file("jivo/samples/chat_finished_repeat.json"), e2e::json_type);
  CHECK(world.event_list().size() == 3);
  CHECK(e2e::comments_on(world, lead_type, lead) == told);
  CHECK(only_lead(world) == lead);
}

TEST_CASE("a dialogue of Jivo whose events come at once is one lead as well") {
  World world({.name = "jivo-at-once", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.fault(R"({"kind":"slow","method":"crm.item.add","delay_ms":300,"count":null})");
  world.start_daemon();
  for (const char* name : {"chat_finished", "chat_updated", "chat_accepted"}) {
    post_accepted(world, "chat-jivo/jivo-secret",
                  e2e::vendor_file("jivo/samples/" + std::string(name) + ".json"), e2e::json_type);
  }
  REQUIRE(world.settled());
  const std::string lead = only_lead(world);
  CHECK(world.event_list().size() == 3);
  // The transcript came with the first of them: it stands in the lead itself.
  CHECK(world.leads().front()["comments"].text().find("опросный лист") != std::string::npos);
}

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

TEST_CASE("a shop's order is one lead: created, paid, told again; nothing is erased") {
  World world({.name = "order", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const auto post = [&](const std::string& body) {
    post_and_settle(world, "site-shop", body, e2e::json_type, e2e::site_signature(body));
  };
  const auto fields = [&](const std::string& id) {
    const auto leads = world.leads();
    std::vector<std::string> out;
    for (const auto& lead : leads) {
      if (lead["id"].text() != id) continue;
      for (const char* name :
           {"title", "name", "lastName", "companyTitle", "opportunity", "currencyId", "utmSource",
            "utmMedium", "sourceDescription", "comments", "stageId", "assignedById"}) {
        out.push_back(std::string(name) + "=" + lead[name].text());
      }
      out.push_back(json::write(lead["fm"]));
    }
    return out;
  };
  const std::string paid = e2e::vendor_file("bitrix-site/samples/12-json-order-paid.json");
  post(e2e::vendor_file("bitrix-site/samples/11-json-order-created.json"));
  const std::string lead = only_lead(world);
  const auto made = fields(lead);
  CHECK(std::find(made.begin(), made.end(), "utmSource=google") != made.end());
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, lead), "Оплачено: да") == 0);
  post(paid);
  CHECK(only_lead(world) == lead);
  CHECK(fields(lead) == made);
  const auto told = e2e::comments_on(world, lead_type, lead);
  CHECK(e2e::count_with(told, "Оплачено: да") == 1);
  CHECK(e2e::count_with(told, "Статус: Оплачен, формируется к отправке") == 1);
  post(e2e::vendor_file("bitrix-site/samples/13-json-order-created-again.json"));
  CHECK(only_lead(world) == lead);
  CHECK(fields(lead) == made);
  CHECK(e2e::comments_on(world, lead_type, lead) == told);
  CHECK(world.event_list().size() == 2);

  // Of another order only the payment is told: that is an order as well.
  std::string other =
      e2e::replaced(e2e::replaced(paid, "1027", "1028"), "+7 903 000-10-11", "+7 903 000-10-12");
  post(e2e::replaced(std::move(other), "zakup@", "sklad@"));
  CHECK(world.leads().size() == 2);
  const std::string alone = lead_with(world, "+79030001012");
  CHECK(alone != lead);

  const auto old = world.post(
      "site-shop", paid, e2e::json_type,
      {{"X-Gate-Timestamp", "1795169111"},
       {"X-Gate-Signature", "sha256=46544bae14c258287e12e005a3103088b210dc2cea20e92315286177ee714b54"}});
  CHECK(old.status == 401);
  CHECK(old.body.find("stale_timestamp") != std::string::npos);
}

TEST_CASE("B2BFamily: an opened letter is a line on the card it names, never a lead") {
  World world({.name = "letters", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string hook = "letters/letters-secret";
  post_and_settle(world, "site-tilda/tilda-secret", World::form(1, "89030001101"), e2e::form_type);
  const std::string lead = only_lead(world);
  std::string opened = e2e::vendor_file("b2bfamily/samples/02-opened.json");
  opened = e2e::replaced(e2e::replaced(opened, "\"deal\"", "\"lead\""), "48213", lead);
  post_and_settle(world, hook, opened, e2e::json_type);
  CHECK(only_lead(world) == lead);
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, lead), "Письмо открыто") == 1);
  const json::Value event = e2e::event_by_key(world, "b2bfamily:ev-10002");
  CHECK(event["state"].text() == "delivered");
  CHECK(event["lead"]["id"].text() == lead);

  post_and_settle(world, hook, e2e::vendor_file("b2bfamily/samples/10-no-crm-reference.json"),
                  e2e::json_type);
  const json::Value unknown = e2e::event_by_key(world, "b2bfamily:880100270:opened:1760605200000");
  CHECK(unknown["state"].text() == "ignored");
  CHECK(unknown["reason"].text() == "the client has nothing in the portal that it could be written to");
  CHECK(only_lead(world) == lead);
}

TEST_CASE("Tomoru: a result is written to the card it names; a card that is not there takes nothing") {
  World world({.name = "robot", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string hook = "robot/robot-secret";
  post_and_settle(world, "site-tilda/tilda-secret", World::form(1, "89030001101"), e2e::form_type);
  const std::string lead = only_lead(world);
  const std::string result = e2e::vendor_file("tomoru/samples/01-call-result-completed.json");
  post_and_settle(world, hook,
                  e2e::replaced(result, "\"deal_id\": \"48213\"", "\"lead_id\": \"" + lead + "\""),
                  e2e::json_type);
  CHECK(only_lead(world) == lead);
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, lead), "1,5 МВт") == 1);

  const std::string id = "0f9a2f6c-6f42-4a3e-9a0b-2d9f7c1e4401";
  const std::string gone_id = "0f9a2f6c-6f42-4a3e-9a0b-2d9f7c1e4499";
  std::string gone = e2e::replaced(e2e::replaced(result, id, gone_id), "+79000002101", "+79000002199");
  gone = e2e::replaced(std::move(gone), "7b1f5f0e-2c3d-4b55-9d0a-5f6f0a7d1c01",
                       "7b1f5f0e-2c3d-4b55-9d0a-5f6f0a7d1c99");
  post_and_settle(world, hook, gone, e2e::json_type);
  const json::Value event = e2e::event_by_key(world, "tomoru:" + gone_id);
  CHECK(event["state"].text() == "ignored");
  CHECK_FALSE(event["reason"].text().empty());
  CHECK(only_lead(world) == lead);
  CHECK(world.log().find("deal:48213") != std::string::npos);
}
