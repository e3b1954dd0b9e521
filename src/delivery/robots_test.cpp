// Robots that call the clients of new leads: once, whatever their service answers; the lead stands.
#include "delivery/robots.hpp"

#include <algorithm>

#include "delivery/work_bench.hpp"

using namespace b24gate;
using namespace b24gate::delivery::testing;

namespace {

const std::string form = R"({"key":"tilda:1:2","kind":"form","creates_lead":true,"contact":{"name":"Пётр",)"
                         R"("phones":["+79030001101"]}})";

void with_robot(config::Configuration& configuration) {
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto root = yaml::parse(R"(rules:
  - name: all
    assign: account_manager
    robot: { source: robot-tomoru, agent: a-1, data: { Имя: "{{ contact.name }}" } }
)",
                                "distribution.yaml", problems);
  configuration.rules =
      distribution::Rules::read(*root, configuration.roster, configuration.dictionaries, context);
  REQUIRE(problems.text() == "");
  configuration.server.public_url.value = "https://gate.example.com";
  for (auto& source : configuration.sources) {
    if (source.name == "robot-tomoru") source.options["api_key"] = "key";
  }
}

tl::unexpected<Error> failing(Ran ran) {
  return b24gate::fail(ErrorKind::network, "app.tomoru.ru", "no connection", ran);
}

outbound::Fetched answer(int status, std::string body = "") {
  return outbound::Fetched{status, {}, "", std::move(body), ""};
}

const std::string made = R"({"id":"b-1","status":"pending"})";

// A form whose plan is stored, and the robot's service, whose answers the test writes.
struct Desk {
  explicit Desk(const std::string& event = form, const std::string& source = "site-tilda")
      : bench(source, event, with_robot), current(bench.configuration()) {
    restart();
  }

  void restart() {
    robots.emplace(
        current, bench.journal(), bench.clock(),
        [this](const connector::HttpCall& call, const json::Value&) {
          asked.push_back(call.method + " " + call.url);
          bodies.push_back(call.body);
          return call.method == "POST" ? on_make : on_launch;
        },
        [] {});
  }

  // The portal takes what is planned; the first is the lead.
  void deliver() {
    for (int round = 0; round < 10; ++round) {
      const auto wishes = bench.work->wishes();
      if (wishes.empty()) break;
      std::vector<portal::Outcome> outcomes;
      for (const auto& wish : wishes) {
        outcomes.push_back(success(wish.command.method == "crm.item.add" ? created
                                   : wish.write ? R"({"task":{"id":5},"item":{"id":77}})"
                                                : R"({"items":[]})"));
      }
      bench.answer(outcomes);
    }
  }

  journal::DeliveryRow robot() {
    for (auto& row : bench.deliveries()) {
      if (row.name == "robot") return row;
    }
    FAIL("no robot");
    return {};
  }
  bool has_robot() {
    const auto all = bench.deliveries();
    return std::any_of(all.begin(), all.end(), [](const auto& one) { return one.name == "robot"; });
  }
  void wait(Milliseconds time) {
    bench.clock().advance(time);
    robots->turn();
  }
  bool is_due() {
    auto reader = bench.journal().reader();
    const auto due = journal::due(*reader, bench.now(), 10).value();
    return std::any_of(due.begin(), due.end(), [&](const auto& one) { return one.id == bench.event().id; });
  }
  EventState finished() {
    bench.load();
    return bench.event().state;
  }

  Bench bench;
  config::Current current;
  std::vector<std::string> asked, bodies;
  Result<outbound::Fetched> on_make = answer(201, made);
  Result<outbound::Fetched> on_launch = answer(200);
  std::optional<delivery::Robots> robots;
};

const std::string post = "POST https://app.tomoru.ru/api/call_batches";
const std::string patch = "PATCH https://app.tomoru.ru/api/call_batches/b-1/launch";

}  // namespace

TEST_CASE("robot: nothing before the lead; then one batch with the lead's id, made and launched once") {
  Desk desk;
  desk.robots->turn();
  CHECK(desk.asked.empty());
  desk.deliver();
  CHECK(desk.bench.event().lead_id == 77);
  CHECK(desk.bench.event().state == EventState::waiting);
  CHECK(desk.bench.event().reason == "the robot is being told to call");
  desk.robots->turn();
  REQUIRE(desk.asked == std::vector<std::string>{post, patch});
  CHECK(desk.bodies[0].find("phone_number,Имя,lead_id\r\n+79030001101,Пётр,77\r\n") != std::string::npos);
  CHECK(desk.bodies[0].find("https://gate.example.com/hook/robot-tomoru/x\r\n") != std::string::npos);
  CHECK(desk.robot().state == DeliveryState::confirmed);
  CHECK(desk.is_due());
  CHECK(desk.finished() == EventState::delivered);
  desk.wait(std::chrono::hours{1});
  CHECK(desk.asked.size() == 2);
}

TEST_CASE("robot: the client's next event does not wait for it") {
  Desk desk;
  desk.deliver();
  const auto next = desk.bench.record(
      "site-tilda",
      R"({"key":"tilda:1:3","kind":"form","creates_lead":true,"contact":{"phones":["+79030001101"]}})");
  auto reader = desk.bench.journal().reader();
  const auto due = journal::due(*reader, desk.bench.now(), 10).value();
  CHECK(std::any_of(due.begin(), due.end(), [&](const auto& one) { return one.id == next; }));
}

TEST_CASE("robot: an answer that does not tell is never asked for again; the lead stands") {
  Desk desk;
  desk.deliver();
  SUBCASE("it was lost") { desk.on_make = failing(Ran::unknown); }
  SUBCASE("it is none") { desk.on_make = answer(502); }
  SUBCASE("it has no id") { desk.on_make = answer(200, "{}"); }
  desk.robots->turn();
  CHECK(desk.asked == std::vector<std::string>{post});
  CHECK(desk.robot().state == DeliveryState::discarded);
  CHECK(desk.robot().reason.find("look there whether there is a batch 'b24gate-e") != std::string::npos);
  CHECK(desk.finished() == EventState::delivered);
  desk.wait(std::chrono::hours{1});
  desk.restart();
  desk.robots->turn();
  CHECK(desk.asked.size() == 1);
}

TEST_CASE("robot: a crash after the request was marked is not repeated") {
  Desk desk;
  desk.deliver();
  const auto id = desk.robot().id;
  REQUIRE(desk.bench.journal().write_now([&](journal::Tx& tx) -> Done {
    if (Done done = journal::mark_sent(tx, {id}, desk.bench.now()); !done) return done;
    const auto recovered = journal::recover(tx, desk.bench.now());
    return recovered ? Done() : Done(tl::unexpected(recovered.error()));
  }));
  desk.bench.load();
  CHECK(desk.bench.event().state == EventState::waiting);
  desk.robots->turn();
  CHECK(desk.asked.empty());
  CHECK(desk.robot().state == DeliveryState::discarded);
  CHECK(desk.finished() == EventState::delivered);
}

TEST_CASE(
    "robot: the engine leaves alone what is under way; what could not be written down is not repeated") {
  Desk desk;
  desk.deliver();
  CHECK_FALSE(desk.is_due());
  const auto id = desk.robot().id;
  REQUIRE(desk.bench.journal().write_now(
      [&](journal::Tx& tx) { return journal::mark_sent(tx, {id}, desk.bench.now()); }));
  desk.bench.load();
  CHECK(desk.robot().state == DeliveryState::sent);
  CHECK(desk.robot().attempts == 0);
  desk.robots->turn();
  CHECK(desk.asked.empty());
  CHECK(desk.robot().state == DeliveryState::discarded);
  CHECK(desk.is_due());
}

TEST_CASE("robot: a refusal ends it with its code, the lead stands") {
  Desk desk;
  desk.deliver();
  desk.on_make = answer(422);
  desk.robots->turn();
  CHECK(desk.robot().state == DeliveryState::discarded);
  CHECK(desk.robot().reason == "Tomoru refused the batch");
  CHECK(desk.finished() == EventState::delivered);
}

TEST_CASE("robot: what has certainly not arrived is tried again, for a day") {
  for (const Result<outbound::Fetched>& not_yet :
       {Result<outbound::Fetched>(failing(Ran::no)), Result<outbound::Fetched>(answer(429))}) {
    for (const bool answers : {true, false}) {
      Desk desk;
      desk.deliver();
      desk.on_make = not_yet;
      desk.robots->turn();
      CHECK(desk.robot().state == DeliveryState::waiting);
      desk.wait(Seconds{5});
      CHECK(desk.asked.size() == 1);
      desk.wait(Seconds{5});
      CHECK(desk.asked.size() == 2);
      if (answers) {
        desk.on_make = answer(201, made);
        desk.wait(Seconds{20});
        CHECK(desk.asked == std::vector<std::string>{post, post, post, patch});
        CHECK(desk.robot().state == DeliveryState::confirmed);
      } else {
        desk.wait(std::chrono::hours{25});
        CHECK(desk.asked.size() == 2);
        CHECK(desk.robot().reason == "the enquiry is older than a day");
      }
      CHECK(desk.finished() == EventState::delivered);
    }
  }
}

TEST_CASE("robot: launching is asked for until it has worked, also after a restart; nothing is made again") {
  Desk desk;
  desk.deliver();
  desk.on_launch = failing(Ran::unknown);
  desk.robots->turn();
  CHECK(desk.robot().state == DeliveryState::waiting);
  CHECK(desk.robot().result == R"({"batch":"b-1"})");
  desk.on_launch = answer(503);
  desk.wait(Seconds{10});
  desk.restart();
  desk.wait(std::chrono::hours{48});
  CHECK(desk.finished() == EventState::waiting);
  CHECK(desk.robot().result == R"({"batch":"b-1"})");
  desk.on_launch = answer(204);
  desk.wait(std::chrono::minutes{10});
  CHECK(desk.asked == std::vector<std::string>{post, patch, patch, patch, patch});
  CHECK(desk.robot().state == DeliveryState::confirmed);
  CHECK(desk.finished() == EventState::delivered);
}

TEST_CASE("robot: a launch that is refused for good says which batch to look at") {
  Desk desk;
  desk.deliver();
  desk.on_launch = answer(404);
  desk.robots->turn();
  CHECK(desk.robot().state == DeliveryState::discarded);
  CHECK(desk.robot().reason.find("look there at batch b-1") != std::string::npos);
  CHECK(desk.finished() == EventState::delivered);
}

TEST_CASE("robot: nobody is called without a phone, nor for what the robot itself has brought") {
  Desk mail(
      R"({"key":"tilda:1:2","kind":"form","creates_lead":true,"contact":{"emails":["a@example.com"]}})");
  mail.deliver();
  CHECK_FALSE(mail.has_robot());
  Desk own(form, "robot-tomoru");
  own.deliver();
  CHECK_FALSE(own.has_robot());
}

TEST_CASE("robot: a second plan of the same event calls nobody again") {
  Desk desk;
  desk.deliver();
  desk.robots->turn();
  REQUIRE(desk.finished() == EventState::delivered);
  const auto id = desk.bench.event().id;
  REQUIRE(desk.bench.journal().write_now(
      [&](journal::Tx& tx) { return journal::make_again(tx, id, desk.bench.now()); }));
  desk.bench.load();
  desk.deliver();
  desk.wait(Seconds{2});
  CHECK(desk.asked.size() == 2);
  CHECK(desk.bench.deliveries().back().reason == "it was told to call for this enquiry before");
  CHECK(desk.finished() == EventState::delivered);
}
