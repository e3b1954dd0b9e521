// Conversations: what a service tells in several requests is one object in the CRM, in whatever order it
// comes. Calls have a file of their own.
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

  const auto refused = [&](const e2e::Headers& headers) {
    const auto answer = world.post("site-shop", paid, e2e::json_type, headers);
    CHECK(answer.status == 401);
    return answer.body;
  };
  CHECK(refused(e2e::site_signature(paid, 400)).find("stale_timestamp") != std::string::npos);
  CHECK(refused(e2e::site_signature("other words")).find("bad_signature") != std::string::npos);
  refused({});
  CHECK(world.event_list().size() == 3);
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
  // The client has nothing either: a call in the portal's statistics, and no card.
  CHECK(event["state"].text() == "delivered");
  CHECK(event["reason"].text() == "a call of somebody who is not in the CRM");
  CHECK(only_lead(world) == lead);
  CHECK(world.log().find("deal:48213") != std::string::npos);
}

TEST_CASE("what a dialogue tells only later fills its lead") {
  World world({.name = "jivo-later", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string hook = "chat-jivo/jivo-secret";
  const auto sample = [](const std::string& name) {
    return e2e::vendor_file("jivo/samples/" + name + ".json");
  };
  // At first an e-mail alone: no phone, no name, nothing of the advertising.
  std::string accepted = e2e::replaced(sample("chat_accepted"), "\"+7 (903) 000-11-22\"", "null");
  accepted = e2e::replaced(accepted, "\"email\": null", "\"email\": \"p.ilin@sever-veter.example\"");
  accepted = e2e::replaced(accepted, "\"Пётр Ильин\"", "null");
  accepted = e2e::replaced(e2e::replaced(accepted, "utm", "other"), "yandex", "");
  post_and_settle(world, hook, accepted, e2e::json_type);
  const std::string lead = only_lead(world);
  CHECK(world.leads().front()["utmSource"].says_nothing());
  CHECK(world.leads().front()["fm"].size() == 1);
  post_and_settle(world, hook, sample("chat_updated"), e2e::json_type);
  post_and_settle(world, hook, sample("chat_finished"), e2e::json_type);
  CHECK(only_lead(world) == lead);
  const json::Value item = world.leads().front();
  REQUIRE(item["fm"].size() == 2);
  CHECK(item["fm"].at(1)["value"].text() == "+79030001122");
  CHECK(item["utmSource"].text() == "yandex");
  CHECK(item["name"].text() == "Пётр");
  CHECK(item["lastName"].text() == "Ильин");
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, lead), "Телефон: +79030001122") == 1);
}

TEST_CASE("an order that is changed changes the sum of its lead, until somebody has written another") {
  World world({.name = "order-sum", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string order = e2e::vendor_file("tilda/samples/order_json_body.json");
  const auto post = [&](const std::string& sum) {
    post_and_settle(world, "site-tilda/tilda-secret",
                    e2e::replaced(order, R"("amount":"890000")", R"("amount":")" + sum + '"'),
                    e2e::json_type);
    return world.leads().front()["opportunity"].number();
  };
  CHECK(post("890000") == 890'000);
  CHECK(post("950000") == 950'000);
  const std::string lead = only_lead(world);
  const auto written = e2e::request(
      "POST", world.portal_port, "/rest/1/sandbox-secret/crm.item.update",
      R"({"entityTypeId":1,"id":)" + lead + R"(,"fields":{"opportunity":900000}})", e2e::json_type);
  REQUIRE(written.status == 200);
  CHECK(post("970000") == 900'000);
  CHECK(only_lead(world) == lead);
}

TEST_CASE("a dialogue without a contact makes no lead until one comes, and then one with all that was said") {
  World world({.name = "late-contact", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string hook = "chat-jivo/jivo-secret";
  const std::string accepted = e2e::vendor_file("jivo/samples/chat_accepted.json");
  post_and_settle(world, hook, e2e::replaced(accepted, "\"+7 (903) 000-11-22\"", "null"), e2e::json_type);
  CHECK(world.leads().empty());
  const json::Array events = world.event_list();
  REQUIRE(events.size() == 1);
  CHECK(events[0]["state"].text() == "ignored");
  CHECK(events[0]["reason"].text().find("create_lead_when is not met") == 0);
  post_and_settle(world, hook, e2e::vendor_file("jivo/samples/chat_finished.json"), e2e::json_type);
  only_lead(world);
  const json::Value lead = world.leads().front();
  CHECK(lead["comments"].text().find("опросный лист") != std::string::npos);
  CHECK(json::write(lead["fm"]).find("+79030001122") != std::string::npos);
}

TEST_CASE(
    "a dialogue that an agent binds to a card goes on there; a card that is not there changes nothing") {
  World world({.name = "assigned", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string hook = "chat-jivo/jivo-secret";
  const auto sample = [](const std::string& name) {
    return e2e::vendor_file("jivo/samples/" + name + ".json");
  };
  post_and_settle(world, "site-tilda/tilda-secret", World::form(1, "89030009999"), e2e::form_type);
  const std::string bound = only_lead(world);
  post_and_settle(world, hook, sample("chat_accepted"), e2e::json_type);
  CHECK(world.leads().size() == 2);
  post_and_settle(world, hook,
                  e2e::replaced(sample("chat_assigned"), "/details/501/", "/details/" + bound + "/"),
                  e2e::json_type);
  post_and_settle(world, hook, sample("chat_finished"), e2e::json_type);
  CHECK(world.leads().size() == 2);
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, bound), "опросный лист") == 1);

  // Another dialogue, bound to a card of another portal.
  const auto other = [&](const std::string& name) {
    return e2e::replaced(e2e::replaced(sample(name), "+7 (903) 000-11-22", "+7 (903) 000-11-33"), "7636",
                         "7637");
  };
  const auto mail = [](const std::string& body) { return e2e::replaced(body, "p.ilin@", "another@"); };
  post_and_settle(world, hook, other("chat_accepted"), e2e::json_type);
  CHECK(world.leads().size() == 3);
  const std::string own = lead_with(world, "+79030001133");
  post_and_settle(world, hook, other("chat_assigned"), e2e::json_type);
  post_and_settle(world, hook, e2e::replaced(mail(other("chat_finished")), "790-75-91", "790-75-92"),
                  e2e::json_type);
  CHECK(world.leads().size() == 3);
  const auto told = e2e::comments_on(world, lead_type, own);
  CHECK(e2e::count_with(told, "опросный лист") == 1);
  CHECK(e2e::count_with(told, "Клиент обратился снова") == 0);  // it is the same dialogue
}

TEST_CASE("a site's form and a shop's order are one enquiry on whichever of the ways they come") {
  World world({.name = "ways", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const auto post_signed = [&](const std::string& body) {
    post_and_settle(world, "site-shop", body, e2e::json_type, e2e::site_signature(body));
  };
  // The result 3456 of the form CALC: by the old import form, then by the handler.
  const auto form = e2e::request("POST", world.port, "/crm/configs/import/lead.php",
                                 e2e::vendor_file("bitrix-site/samples/03-form-add-formall.form"));
  CHECK(form.body.find("'error':'201'") != std::string::npos);
  const std::string json = e2e::vendor_file("bitrix-site/samples/10-json-form.json");
  post_signed(e2e::replaced(json, "\"456\"", "\"3456\""));
  CHECK(world.event_list().size() == 1);
  only_lead(world);
  // The order 1030: read in the exchange of orders, then told as paid by the handler.
  post_and_settle(world, "site-shop/demo-bitrix-site-secret",
                  e2e::vendor_file("bitrix-site/samples/20-exchange-crm-orders.xml"), "application/xml");
  const std::size_t leads = world.leads().size();
  const std::string lead = lead_with(world, "+79030001020");
  std::string paid =
      e2e::replaced(e2e::vendor_file("bitrix-site/samples/12-json-order-paid.json"), "1027", "1030");
  paid = e2e::replaced(e2e::replaced(std::move(paid), "zakup@", "sklad@"), "+7 903 000-10-11",
                       "+7 903 000-10-44");
  post_signed(paid);
  CHECK(world.leads().size() == leads);
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, lead), "Оплачено: да") == 1);
}

TEST_CASE("Tomoru: what names a card that is gone is written to what the client has") {
  World world({.name = "robot-gone", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  post_and_settle(world, "site-tilda/tilda-secret", World::form(1, "+79000002101"), e2e::form_type);
  const std::string lead = only_lead(world);
  post_and_settle(world, "robot/robot-secret",
                  e2e::vendor_file("tomoru/samples/01-call-result-completed.json"), e2e::json_type);
  CHECK(only_lead(world) == lead);
  CHECK(e2e::count_with(e2e::comments_on(world, lead_type, lead), "1,5 МВт") == 1);
}
