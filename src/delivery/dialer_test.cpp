// Calls that are ordered by a click: asked for once, whatever the PBX answers, and told to whoever clicked.
#include "delivery/dialer.hpp"

#include <algorithm>

#include "delivery/work_bench.hpp"

using namespace b24gate;
using namespace b24gate::delivery::testing;

namespace {

const std::string click =
    R"({"key":"portal:call:X","kind":"call","action":"ignore","contact":{"phones":["+79030001101"]},)"
    R"("call":{"id":"X","ordered_by":"12","direction":"out","extension":"112","employee":"ivanov",)"
    R"("client":"+79030001101","line":"+74950001122"}})";

// A click that is planned, a PBX whose answers the test writes.
struct Desk {
  explicit Desk(const std::string& event = click, bool configured = true)
      : bench("portal", event,
              [&](config::Configuration& configuration) {
                if (configured) configuration.calls.outgoing.emplace().by.value = "pbx-mango";
              }),
        current(bench.configuration()),
        dialer(
            current, bench.journal(), bench.clock(),
            [this](const connector::HttpCall& call, const json::Value&) {
              asked.push_back(call.url);
              return answer;
            },
            [] {}) {}

  // The order, whatever became of it.
  journal::DeliveryRow order() {
    const auto all = bench.deliveries();
    const auto it = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.name == "order"; });
    REQUIRE(it != all.end());
    return *it;
  }
  // What is sent of this name when the engine looks at the event next; null: nothing.
  json::Value sent(const std::string& method) {
    bench.load();
    for (const auto& wish : bench.work->wishes()) {
      if (wish.command.method == method) return wish.command.params;
    }
    return {};
  }
  std::string told() { return sent("im.notify.system.add")["MESSAGE"].text(); }
  json::Value finish() { return sent("telephony.externalCall.finish"); }

  Bench bench;
  config::Current current;
  std::vector<std::string> asked;
  Result<outbound::Fetched> answer = outbound::Fetched{200, {}, "", R"({"result":1000})", ""};
  delivery::Dialer dialer;
};

tl::unexpected<Error> failing(Ran ran) {
  return b24gate::fail(ErrorKind::network, "pbx.example", "no connection", ran);
}

}  // namespace

TEST_CASE("a click: the portal's own registration stands, the PBX is asked once, the call is waited for") {
  Desk desk;
  CHECK(desk.bench.delivery("register").state == DeliveryState::confirmed);
  CHECK(desk.bench.event().state == EventState::waiting);
  CHECK(desk.asked.empty());
  const delivery::Order order = delivery::order_of(desk.order());
  CHECK(order.by == "pbx-mango");
  CHECK(order.call.extension == "101");  // of employees.yaml, before what the portal says
  CHECK(order.call.phone == "+79030001101");
  CHECK(order.call.line == "74950001122");
  desk.dialer.turn();
  REQUIRE(desk.asked.size() == 1);
  CHECK(desk.asked[0] == "https://app.mango-office.ru/vpbx/commands/callback");
  CHECK(desk.order().state == DeliveryState::confirmed);
  desk.dialer.turn();
  desk.bench.clock().advance(std::chrono::minutes{5});
  desk.bench.load();
  desk.dialer.turn();
  CHECK(desk.asked.size() == 1);
  CHECK(desk.bench.work->wishes().empty());

  // What the PBX tells is of this call: by its command's id.
  auto reader = desk.bench.journal().reader();
  const auto identities = journal::identities_of(*reader, desk.bench.event().id).value();
  CHECK(std::any_of(identities.begin(), identities.end(), [&](const auto& one) {
    return one.kind == journal::conversation_kind && one.value == "pbx-mango/call/" + order.call.id;
  }));
}

TEST_CASE("a click: how the call ended is told to the portal's own call") {
  Desk desk;
  desk.dialer.turn();
  const std::int64_t id = desk.bench.event().id;
  REQUIRE(desk.bench.journal().write_now(
      [&](journal::Tx& tx) { return journal::tie(tx, id, "pbx-mango/call/c1"); }));
  const auto summary = desk.bench.record(
      "pbx-mango",
      R"({"key":"mango:summary:c1","kind":"call","action":"attach","contact":{"phones":["+79030001101"]},)"
      R"("call":{"id":"c1","direction":"out","client":"+79030001101","extension":"101",)"
      R"("outcome":"answered","talk_s":100,"final":true}})");
  REQUIRE(desk.bench.journal().write_now([&](journal::Tx& tx) {
    return journal::set_event_state(tx, summary, EventState::ignored, "", std::nullopt, 0);
  }));
  desk.bench.clock().advance(Seconds{3});
  const json::Value finish = desk.finish();
  CHECK(finish["CALL_ID"].text() == "X");
  CHECK(finish["USER_ID"].integer() == 12);
  CHECK(finish["DURATION"].integer() == 100);
  CHECK(finish["STATUS_CODE"].text() == "200");
  desk.bench.answer({success(R"({"CALL_ID":"X"})")});
  CHECK(desk.bench.event().state == EventState::delivered);
}

TEST_CASE("a click: what the PBX was certainly not asked ends at once, and whoever clicked is told") {
  Desk desk;
  SUBCASE("it is not reached") {
    desk.answer = failing(Ran::no);
    desk.dialer.turn();
    CHECK(desk.told() == "Звонок на +79030001101 не сделан: АТС недоступна");
  }
  SUBCASE("it refuses") {
    desk.answer->body = R"({"result":3102})";
    desk.dialer.turn();
    CHECK(desk.told() == "Звонок на +79030001101 не сделан: АТС отказала (3102)");
  }
  SUBCASE("it is too late") {
    desk.bench.clock().advance(Seconds{61});
    desk.dialer.turn();
    CHECK(desk.told() == "Звонок на +79030001101 не сделан: прошло больше минуты");
    CHECK(desk.asked.empty());
  }
  CHECK(desk.order().state == DeliveryState::discarded);
  const json::Value finish = desk.finish();
  CHECK(finish["STATUS_CODE"].text() == "503");
  CHECK(finish["DURATION"].integer() == 0);
  CHECK(finish["USER_ID"].integer() == 12);
  CHECK(finish["FAILED_REASON"].text() == desk.told());
  const auto asked = desk.asked.size();
  desk.dialer.turn();
  CHECK(desk.asked.size() == asked);
}

TEST_CASE("a click that nobody can carry out says what is missing") {
  SUBCASE("no PBX") {
    Desk desk(click, false);
    desk.dialer.turn();
    CHECK(desk.told().find("не настроены") != std::string::npos);
    CHECK(desk.finish()["STATUS_CODE"].text() == "503");
  }
  SUBCASE("nobody's telephone") {
    // Somebody who is not in employees.yaml, and has no extension in the portal.
    Desk desk(
        R"({"key":"portal:call:X","kind":"call","action":"ignore","contact":{"phones":["+79030001101"]},)"
        R"("call":{"id":"X","ordered_by":"99","direction":"out","client":"+79030001101"}})");
    desk.dialer.turn();
    CHECK(desk.asked.empty());
    CHECK(desk.told().find("внутреннего номера") != std::string::npos);
    CHECK(desk.finish()["USER_ID"].integer() == 99);
  }
}

TEST_CASE("a click: an answer that does not tell is never asked for again") {
  Desk desk;
  SUBCASE("it was lost") { desk.answer = failing(Ran::unknown); }
  SUBCASE("it is none") { desk.answer->status = 502; }
  desk.dialer.turn();
  CHECK(desk.order().state == DeliveryState::unclear);
  CHECK(desk.told().find("АТС не ответила") == 0);
  desk.bench.answer({success("5")});
  desk.dialer.turn();
  CHECK(desk.asked.size() == 1);
  CHECK(desk.finish().is_null());
  // Ten minutes without a word: there was no call.
  desk.bench.clock().advance(std::chrono::minutes{11});
  desk.bench.load();
  desk.dialer.turn();
  CHECK(desk.asked.size() == 1);
  CHECK(desk.finish()["STATUS_CODE"].text() == "503");
  CHECK(desk.order().state == DeliveryState::discarded);
}

TEST_CASE("a click: a crash after the request was marked leaves it unclear; nothing rings twice") {
  Desk desk;
  const auto order = desk.order();
  REQUIRE(desk.bench.journal().write_now([&](journal::Tx& tx) -> Done {
    if (Done done = journal::mark_sent(tx, {order.id}, desk.bench.now()); !done) return done;
    const auto recovered = journal::recover(tx, desk.bench.now());
    return recovered ? Done() : Done(tl::unexpected(recovered.error()));
  }));
  desk.bench.load();
  desk.dialer.turn();
  CHECK(desk.asked.empty());
  CHECK(desk.order().state == DeliveryState::unclear);
  CHECK(desk.told().find("АТС не ответила") == 0);
  CHECK(desk.finish().is_null());
  desk.bench.answer({success("5")});
  desk.bench.load();
  CHECK(desk.bench.work->wishes().empty());
  const auto all = desk.bench.deliveries();
  CHECK(std::count_if(all.begin(), all.end(), [](const auto& one) { return one.name == "notify"; }) == 1);
}

TEST_CASE("a click that came to nothing is no call that another one could be; one that was made is") {
  const auto joined = [](bool refused) {
    Desk desk;
    if (refused) desk.answer->body = R"({"result":3102})";
    desk.dialer.turn();
    auto request = Fixture::request("megafon:history:m1", "+79030001101");
    request.source = "pbx-megafon";
    request.events[0].kind = "call";
    request.events[0].data = R"({"call":{"id":"m1","direction":"out"}})";
    request.events[0].occurred_at = desk.bench.now();
    request.events[0].identities.push_back({std::string(journal::conversation_kind), "pbx-megafon/call/m1"});
    request.events[0].call = journal::CallSight{"+79030001101", "out", "", desk.bench.now(), Seconds{60}};
    std::int64_t id = 0;
    REQUIRE(desk.bench.journal().write_now([&](journal::Tx& tx) -> Done {
      const auto recorded = journal::record(tx, request);
      if (recorded) id = recorded->event_ids.at(0);
      return recorded ? Done() : Done(tl::unexpected(recorded.error()));
    }));
    auto reader = desk.bench.journal().reader();
    return journal::conversation_of(*reader, id).value().data.size();
  };
  CHECK(joined(true) == 0);
  CHECK(joined(false) == 1);
}
