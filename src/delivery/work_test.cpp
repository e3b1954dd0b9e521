// The state machine of one event, against answers of every class.
#include "delivery/work_bench.hpp"

using namespace b24gate;
using namespace b24gate::delivery::testing;

namespace {

// Up to the point where the lead is about to be made.
void recognise(Bench& bench) {
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.duplicate.findbycomm"});
  bench.answer({success("[]")});
}

}  // namespace

TEST_CASE("an answer that could not be written down is an attempt all the same, and looked for") {
  Bench bench;
  recognise(bench);
  const TimePoint left = bench.now();
  bench.leave();
  bench.load();
  CHECK(bench.delivery("lead").state == DeliveryState::unclear);
  REQUIRE(bench.attempts("lead").size() == 1);
  CHECK(bench.attempts("lead")[0].outcome == "ambiguous");
  CHECK(bench.attempts("lead")[0].at == left);
  CHECK(bench.work->finished());
  bench.clock().advance(Seconds{60});
  bench.load();
  CHECK(bench.methods() == std::vector<std::string>{"crm.item.list"});
  CHECK(bench.attempts("lead").size() == 1);
}

TEST_CASE("the way of an enquiry: recognise, create, then comment and notify together") {
  Bench bench;
  recognise(bench);
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.item.add"});
  const auto fields = bench.work->wishes()[0].command.params["fields"];
  CHECK(fields["originId"].text() == "tilda:1:2");
  CHECK(fields["originatorId"].text() == "b24gate");
  CHECK(fields["fm"].at(0)["value"].text() == "+79030001101");
  CHECK(fields["assignedById"].text() == "7");  // nothing fits: the account manager
  bench.answer({success(created)});
  CHECK(bench.event().lead_id == 77);
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.timeline.comment.add", "im.notify.system.add"});
  const auto comment = bench.work->wishes()[0].command.params["fields"];
  CHECK(comment["ENTITY_ID"].text() == "77");
  CHECK(comment["COMMENT"].text().find("(b24gate e1)") != std::string::npos);
  CHECK(bench.work->wishes()[1].command.params["MESSAGE"].text().find(
            "https://company.bitrix24.ru/crm/lead/details/77/") != std::string::npos);
  bench.answer({success("999"), success("5")});
  CHECK(bench.work->finished());
  CHECK(bench.event().state == EventState::delivered);
}

namespace {

const std::string recording =
    R"({"key":"mango:record:r1","kind":"call_recording","action":"update","creates_lead":false,)"
    R"("call":{"id":"c1","recording":{"id":"r1","url":"https://pbx.example/r1.mp3"}}})";
const std::string read_lead = R"({"items":[{"id":77,"assignedById":14,"stageSemanticId":"F"}]})";

}  // namespace

TEST_CASE("a recording that came first waits for its call for a day, and is then told to belong to nothing") {
  Bench bench("pbx-mango", recording);
  CHECK(bench.work->finished());
  CHECK(bench.event().state == EventState::waiting);
  CHECK(bench.event().reason == "it came before the call that it belongs to");
  bench.clock().advance(std::chrono::hours{24});
  bench.load();
  CHECK(bench.event().state == EventState::ignored);
  CHECK(bench.event().reason == "no card of the portal is known that it belongs to");
}

TEST_CASE("a part of a conversation goes to its card, whatever stage that is in, and touches nothing else") {
  Bench bench("pbx-mango", recording);
  bench.give_lead(
      bench.record("pbx-mango",
                   R"({"key":"mango:summary:c1","kind":"call","creates_lead":true,"call":{"id":"c1"}})"),
      77);
  bench.load();
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.item.list"});
  bench.answer({success(read_lead)});
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.timeline.comment.add"});
  const auto fields = bench.work->wishes()[0].command.params["fields"];
  CHECK(fields["ENTITY_TYPE"].text() == "lead");
  CHECK(fields["ENTITY_ID"].text() == "77");
  CHECK(fields["COMMENT"].text().find("https://pbx.example/r1.mp3") != std::string::npos);
  bench.answer({failure(Class::ambiguous)});
  bench.clock().advance(Seconds{61});
  bench.load();
  // Looked for on that card before it is written again.
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.timeline.comment.list"});
  CHECK(json::write(bench.work->wishes()[0].command.params["filter"]) ==
        R"({"ENTITY_ID":77,"ENTITY_TYPE":"lead"})");
  bench.answer({success(R"x([{"ID":"5","COMMENT":"x (b24gate e1)"}])x")});
  CHECK(bench.event().state == EventState::delivered);
  CHECK(bench.event().lead_id == 77);
}

TEST_CASE("a reference names the card, also a deal; its fields change only when the conversation does") {
  Bench bench(
      "letters-b2bfamily",
      R"({"key":"b2bfamily:1","kind":"email_status","action":"update","creates_lead":false,"text":"Письмо открыто",)"
      R"("email":{"id":"m1","status":"opened"},"reference":"deal:5"})");
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.item.list"});
  CHECK(bench.work->wishes()[0].command.params["entityTypeId"].integer() == 2);
  bench.answer({success(R"({"items":[{"id":5,"assignedById":14}]})")});
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.timeline.comment.add"});
  CHECK(bench.work->wishes()[0].command.params["fields"]["ENTITY_TYPE"].text() == "deal");
  bench.answer({success("9")});
  CHECK(bench.event().state == EventState::delivered);
  CHECK(bench.event().card == "deal:5");
  CHECK(bench.event().lead_id == 0);
}

TEST_CASE("a card that is gone: an enquiry is an enquiry, anything else goes to what its client has") {
  Bench enquiry(
      "site-tilda",
      R"({"key":"t:1","kind":"form","creates_lead":true,"contact":{"phones":["+79030001101"]},"reference":"lead:6"})");
  enquiry.answer({success(R"({"items":[]})")});
  CHECK(enquiry.methods() == std::vector<std::string>{"crm.duplicate.findbycomm"});
  Bench letter(
      "letters-b2bfamily",
      R"({"key":"b:1","kind":"email_status","action":"update","creates_lead":false,"text":"Открыто",)"
      R"("contact":{"emails":["a@example.com"]},"email":{"id":"m1","status":"opened"},"reference":"lead:6"})");
  letter.answer({success(R"({"items":[]})")});
  REQUIRE(letter.methods() == std::vector<std::string>{"crm.duplicate.findbycomm"});
  letter.answer({success("[]")});
  CHECK(letter.event().state == EventState::ignored);
  CHECK(letter.event().reason == "the client has nothing in the portal that it could be written to");
}

TEST_CASE("a lost answer: nothing for the settle time, then a look-up, never a second create before it") {
  Bench bench;
  recognise(bench);
  bench.answer({failure(Class::ambiguous)});
  CHECK(bench.event().state == EventState::waiting);
  CHECK(bench.delivery("lead").state == DeliveryState::unclear);
  CHECK(bench.event().next_at == bench.now() + Seconds{60});

  bench.load();  // woken too early
  CHECK(bench.methods().empty());
  CHECK(bench.event().state == EventState::waiting);

  bench.clock().advance(Seconds{61});
  bench.load();
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.item.list"});

  SUBCASE("found: it is ours") {
    bench.answer({success(R"({"items":[{"id":81,"originatorId":"b24gate","originId":"tilda:1:2"},
                                       {"id":80,"originatorId":"b24gate","originId":"tilda:1:2"}]})")});
    CHECK(bench.event().lead_id == 80);  // the oldest of two
    CHECK(bench.methods().front() == "crm.timeline.comment.add");
  }
  SUBCASE("not found: sent again") {
    bench.answer({success(R"({"items":[]})")});
    CHECK(bench.methods() == std::vector<std::string>{"crm.item.add"});
  }
  SUBCASE("rows of others are not ours") {
    bench.answer({success(R"({"items":[{"id":5,"originatorId":"b24gate","originId":"other"}]})")});
    CHECK(bench.methods() == std::vector<std::string>{"crm.item.add"});
  }
  SUBCASE("an unreadable answer decides nothing") {
    bench.answer({success("true")});
    CHECK(bench.event().state == EventState::waiting);
    CHECK(bench.delivery("lead").state == DeliveryState::unclear);
  }
  SUBCASE("a failed look-up decides nothing") {
    bench.answer({failure(Class::retry_safe)});
    CHECK(bench.delivery("lead").state == DeliveryState::unclear);
  }
}

TEST_CASE("a success without an id is as unclear as a lost answer") {
  Bench bench;
  recognise(bench);
  bench.answer({success("[]")});
  CHECK(bench.delivery("lead").state == DeliveryState::unclear);
}

TEST_CASE("a method's budget is waited for as long as the portal says, its clock is not believed") {
  Bench bench;
  recognise(bench);
  auto used_up = failure(Class::throttle, "OPERATION_TIME_LIMIT", portal::Scope::method);
  used_up.operating_reset_at = bench.now() + Seconds{90};
  bench.answer({used_up});
  CHECK(bench.event().next_at == bench.now() + Seconds{90});
  bench.clock().advance(Seconds{90});
  bench.load();
  used_up.operating_reset_at = bench.now() + std::chrono::hours{48};  // our clock was set back
  bench.answer({used_up});
  CHECK(bench.event().next_at == bench.now() + std::chrono::minutes{10});
  CHECK(bench.event().attempts == 0);
}

TEST_CASE("refused before execution: the same again, without a look-up") {
  Bench bench;
  recognise(bench);
  bench.answer({failure(Class::throttle, "QUERY_LIMIT_EXCEEDED")});
  CHECK(bench.event().state == EventState::waiting);
  CHECK(bench.event().attempts == 0);  // being told to wait is no failure
  CHECK(bench.event().next_at == bench.now() + Seconds{1});
  bench.clock().advance(Seconds{2});
  bench.load();
  CHECK(bench.methods() == std::vector<std::string>{"crm.item.add"});
  bench.answer({failure(Class::retry_safe)});
  CHECK(bench.event().attempts == 1);
  CHECK(bench.event().next_at == bench.now() + Seconds{5});
  bench.load();
  bench.answer({failure(Class::retry_safe)});
  CHECK(bench.event().next_at == bench.now() + Seconds{30});
}

TEST_CASE("refused for good: failed, with the code and what to do") {
  Bench bench;
  recognise(bench);
  auto refused = failure(Class::permanent, "CRM_FIELD_ERROR_REQUIRED");
  refused.advice = "Fill the field.";
  bench.answer({refused});
  CHECK(bench.event().state == EventState::failed);
  CHECK(bench.event().reason == "lead: CRM_FIELD_ERROR_REQUIRED: Fill the field.");
  CHECK(bench.delivery("lead").state == DeliveryState::failed);
}

TEST_CASE("a value that the portal refuses is left out: the lead goes at once, its timeline says so") {
  Bench bench;
  recognise(bench);
  auto refused = failure(Class::permanent, "CRM_FIELD_ERROR_VALUE_NOT_VALID");
  refused.description = "Invalid value for field \"sourceId\"";
  bench.answer({refused});
  CHECK(bench.event().state == EventState::waiting);
  CHECK(bench.event().next_at == bench.now());
  bench.load();
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.item.add"});
  const json::Value fields = bench.work->wishes()[0].command.params["fields"];
  CHECK(fields["sourceId"].is_null());
  CHECK(fields["originId"].text() == "tilda:1:2");
  CHECK(fields["fm"].size() == 1);
  bench.answer({success(created)});
  const std::string comment =
      json::parse(bench.delivery("comment").params).value()["fields"]["COMMENT"].text();
  CHECK(comment.find("Поле SOURCE_ID портал не принял, значение: WEB\n(b24gate e") != std::string::npos);
}

TEST_CASE("a person who is refused: the account manager has the lead, and is told") {
  Bench bench(
      "site-tilda",
      R"({"key":"tilda:1:2","kind":"form","creates_lead":true,"contact":{"phones":["+79030001101"]},"form":{"name":"Вакансии"}})");
  recognise(bench);
  const auto before = json::parse(bench.delivery("lead").params).value()["fields"]["assignedById"].integer();
  REQUIRE(before.value_or(0) == 31);
  auto refused = failure(Class::permanent, "CRM_FIELD_ERROR_VALUE_NOT_VALID");
  refused.description = "Недопустимое значение поля «assignedById»";
  bench.answer({refused});
  bench.load();
  CHECK(bench.work->wishes()[0].command.params["fields"]["assignedById"].integer() == 7);
  bench.answer({success(created)});
  CHECK(json::parse(bench.delivery("notify").params).value()["USER_ID"].integer() == 7);
  CHECK(bench.delivery("comment").params.find("Портал не принял ответственным сотрудника с номером") !=
        std::string::npos);
}

TEST_CASE("which field is refused may be told by the portal's dictionaries alone") {
  portal::PortalSchema schema;
  const portal::Command sources{
      "crm.status.list", json::Value::object({{"filter", json::Value::object({{"ENTITY_ID", "SOURCE"}})}})};
  const portal::Command fields{"crm.item.fields", json::Value::object({{"entityTypeId", 1}})};
  const std::vector<portal::Command> asked{sources, fields};
  const std::vector<portal::Outcome> answers{
      success(R"([{"STATUS_ID":"CALL","NAME":"Звонок"}])"),
      success(R"({"fields":{"sourceId":{"type":"crm_status","upperName":"SOURCE_ID","title":"Источник"}}})")};
  (void)schema.absorb(asked, answers);
  Bench bench;
  bench.know_portal(std::move(schema));
  recognise(bench);
  auto refused = failure(Class::permanent, "ERROR_CORE");
  refused.description = "Ошибка сохранения";
  bench.answer({refused});
  CHECK(bench.event().state == EventState::waiting);
  bench.load();
  CHECK(bench.work->wishes()[0].command.params["fields"]["sourceId"].is_null());
  bench.answer({success(created)});
  CHECK(bench.delivery("comment").params.find("Поле Источник портал не принял") != std::string::npos);
}

TEST_CASE("a refusal of something that a lead cannot do without, or that names nothing, fails") {
  for (const char* words : {"Invalid value for field \"originId\"", "Invalid value", ""}) {
    Bench bench;
    recognise(bench);
    auto refused = failure(Class::permanent, "CRM_FIELD_ERROR_VALUE_NOT_VALID");
    refused.description = words;
    bench.answer({refused});
    CHECK(bench.event().state == EventState::failed);
  }
}

TEST_CASE("a method that is refused is tried every ten minutes at least, however long it has been") {
  Bench bench;
  recognise(bench);
  for (int i = 0; i < 7; ++i) {
    bench.answer({failure(Class::auth, "insufficient_scope", portal::Scope::method)});
    REQUIRE(bench.event().next_at);
    CHECK(*bench.event().next_at - bench.now() <= std::chrono::minutes{10});
    bench.clock().advance(*bench.event().next_at - bench.now());
    bench.load();
  }
  CHECK(bench.event().attempts == 7);
}

TEST_CASE("a method that is refused waits; the enquiry does not fail") {
  Bench bench;
  recognise(bench);
  bench.answer({failure(Class::auth, "insufficient_scope", portal::Scope::method)});
  CHECK(bench.event().state == EventState::waiting);
  CHECK(bench.delivery("lead").state == DeliveryState::waiting);
}

TEST_CASE("a comment whose answer was lost is found by its marker, and not written twice") {
  Bench bench;
  recognise(bench);
  bench.answer({success(created)});
  bench.answer({failure(Class::ambiguous), success("5")});
  CHECK(bench.delivery("comment").state == DeliveryState::unclear);
  CHECK(bench.delivery("notify").state == DeliveryState::confirmed);
  bench.clock().advance(Seconds{61});
  bench.load();
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.timeline.comment.list"});
  bench.answer({success(R"x([{"ID":"4","COMMENT":"чужой"},{"ID":"9","COMMENT":"наш (b24gate e1)"}])x")});
  CHECK(bench.event().state == EventState::delivered);
}

TEST_CASE(
    "a task by REST 3.0: after a lost answer the same bytes with the same key; a day later it is looked "
    "for") {
  const char* event =
      R"({"key":"tilda:1:2","kind":"form","creates_lead":true,"company":"ЭнергоСтрой","contact":{"phones":["+79030001101"]},"fields":{"direction":"ГПУ"}})";
  Bench bench("site-tilda", event);
  bench.v3_tasks_by = 1;
  recognise(bench);
  bench.answer({success(created)});
  const auto wishes = bench.work->wishes();
  const auto task = std::find_if(wishes.begin(), wishes.end(), [](const auto& w) { return w.command.v3; });
  REQUIRE(task != wishes.end());
  CHECK(task->command.method == "tasks.task.add");
  CHECK(task->command.idempotency_key.find("b24gate:e") == 0);
  CHECK(task->command.idempotency_key.find(":L77") != std::string::npos);
  CHECK(task->command.params["fields"]["creatorId"].integer() == 1);
  CHECK(task->command.params["fields"]["crmItemIds"].at(0).text() == "L_77");
  const std::string bytes = json::write(task->command.params);
  std::vector<portal::Outcome> outcomes;
  for (const auto& wish : wishes)
    outcomes.push_back(wish.command.v3 ? failure(Class::ambiguous) : success("5"));
  bench.answer(outcomes);
  CHECK(bench.work->wishes().empty());  // it may still be at it
  bench.clock().advance(Seconds{61});
  bench.load();
  REQUIRE(bench.methods() == std::vector<std::string>{"tasks.task.add"});
  CHECK(bench.work->wishes()[0].command.idempotency_key == task->command.idempotency_key);
  CHECK(json::write(bench.work->wishes()[0].command.params) == bytes);
  bench.answer({failure(Class::ambiguous)});
  bench.clock().advance(std::chrono::hours{25});
  bench.load();
  REQUIRE(bench.methods() == std::vector<std::string>{"tasks.task.list"});
  bench.answer({success(R"({"tasks":[]})")});
  REQUIRE(bench.methods() == std::vector<std::string>{"tasks.task.add"});
  bench.answer({success(R"({"item":{"id":9}})")});
  CHECK(bench.event().state == EventState::delivered);
  CHECK(bench.delivery("task").result == "9");
}

TEST_CASE("a notification is simply repeated: its tag replaces the first") {
  Bench bench;
  recognise(bench);
  bench.answer({success(created)});
  bench.answer({success("9"), failure(Class::ambiguous)});
  bench.clock().advance(Seconds{61});
  bench.load();
  CHECK(bench.methods() == std::vector<std::string>{"im.notify.system.add"});
  bench.answer({success("false")});  // the user has switched it off: that is an answer
  CHECK(bench.event().state == EventState::delivered);
}

TEST_CASE("an open lead takes the enquiry; when it is gone meanwhile a new one is made") {
  Bench bench;
  bench.answer({success(R"({"LEAD":[50]})")});
  REQUIRE(bench.methods() == std::vector<std::string>{"crm.item.list"});
  bench.answer({success(R"({"items":[{"id":50,"stageSemanticId":"P","assignedById":12}]})")});
  CHECK(bench.event().lead_id == 50);
  CHECK(bench.event().assigned == "ivanov");
  REQUIRE(bench.methods() ==
          std::vector<std::string>{"crm.timeline.comment.add", "crm.item.update", "im.notify.system.add"});
  bench.answer({failure(Class::gone, "OWNER_NOT_FOUND"), success(R"({"item":{"id":50}})"), success("5")});
  CHECK(bench.event().state == EventState::waiting);
  CHECK(bench.event().lead_id == 0);
  bench.load();
  bench.answer({success("[]")});
  CHECK(bench.methods() == std::vector<std::string>{"crm.item.add"});
}

TEST_CASE("contacts whose answer was lost are looked for in the lead, and not added twice") {
  for (const bool there : {true, false}) {
    Bench bench;
    bench.answer({success(R"({"LEAD":[50]})")});
    bench.answer({success(
        R"({"items":[{"id":50,"stageSemanticId":"P","assignedById":12,"fm":[{"id":1,"typeId":"EMAIL","value":"a@b.ru"}]}]})")});
    bench.answer({success("4"), failure(Class::ambiguous), success("5")});
    CHECK(bench.delivery("contacts").state == DeliveryState::unclear);
    bench.clock().advance(Seconds{61});
    bench.load();
    REQUIRE(bench.methods() == std::vector<std::string>{"crm.item.list"});
    bench.answer(
        {success(there ? R"({"items":[{"id":7,"fm":[]},)"
                         R"({"id":50,"fm":[{"id":3,"typeId":"PHONE","value":"8 903 000 11 01"}]}]})"
                       : R"({"items":[{"id":7,"fm":[{"id":3,"typeId":"PHONE","value":"+79030001101"}]},)"
                         R"({"id":50,"fm":[]}]})")});
    if (there) {
      CHECK(bench.event().state == EventState::delivered);
    } else {
      CHECK(bench.methods() == std::vector<std::string>{"crm.item.update"});
    }
  }
}

TEST_CASE("the portal that keeps another person than was written is told of") {
  Bench bench;
  recognise(bench);
  bench.answer({success(R"({"item":{"id":77,"assignedById":1}})")});
  CHECK(bench.delivery("lead").state == DeliveryState::confirmed);
  CHECK(bench.delivery("lead").reason.find("assignedById") != std::string::npos);
}

TEST_CASE("the client's look-up: transient troubles wait, refusals need a person") {
  Bench bench;
  bench.answer({failure(Class::ambiguous)});
  CHECK(bench.event().state == EventState::waiting);
  bench.load();
  bench.answer({failure(Class::permanent, "Communication type is not defined")});
  CHECK(bench.event().state == EventState::failed);
}
