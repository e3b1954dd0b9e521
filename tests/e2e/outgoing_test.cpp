// Calls that are ordered by a click in the portal: the PBX is asked once, and what it tells lands in the same
// call.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <httplib.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "e2e/vendors.hpp"

using namespace b24gate;
using e2e::World;

namespace {

// The APIs of both PBXs, as far as calls are ordered.
class Pbx {
 public:
  Pbx() {
    server_.Post("/vpbx/commands/callback",
                 [this](const httplib::Request& request, httplib::Response& response) {
                   const std::lock_guard lock(mutex_);
                   bodies_.push_back(request.body);
                   response.status = status;
                   response.set_content(answer, "application/json");
                 });
    server_.Post("/crmapi/v1/makecall", [this](const httplib::Request& request, httplib::Response& response) {
      before_answer();
      const std::lock_guard lock(mutex_);
      bodies_.push_back(request.get_header_value("X-API-KEY") + " " + request.body);
      response.set_content(answer, "application/json");
    });
    port = static_cast<std::uint16_t>(server_.bind_to_any_port("127.0.0.1"));
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    REQUIRE(e2e::wait_until([this] { return server_.is_running(); }));
  }
  ~Pbx() {
    server_.stop();
    thread_.join();
  }

  [[nodiscard]] std::vector<std::string> bodies() const {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }
  // Of the only command so far.
  [[nodiscard]] json::Value command() const {
    const auto all = bodies();
    REQUIRE(all.size() == 1);
    const std::string json = e2e::mango_json(all.front());
    const std::string right = e2e::mango_form(json);
    const std::size_t signature = right.find("&json=");
    CHECK(all.front().substr(0, signature) == right.substr(0, signature));
    auto content = json::parse(json);
    REQUIRE(content);
    return *content;
  }

  std::uint16_t port = 0;
  std::atomic<int> status{200};
  std::string answer = R"({"result":1000})";    // set before anything is ordered
  std::function<void()> before_answer = [] {};  // the same

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> bodies_;
  httplib::Server server_;
  std::thread thread_;
};

// The sandbox with its application installed, both PBXs as sources.
struct Office {
  explicit Office(const std::string& calls = "calls: { outgoing: { by: pbx-mango } }\n")
      : world({.name = "outgoing", .sources = sources(pbx.port)}) {
    std::string text = e2e::read_file(world.config());
    text =
        e2e::replaced(text, "admin:", fmt::format("  public_url: http://127.0.0.1:{}\nadmin:", world.port));
    text = e2e::replaced(
        text, "settle:",
        fmt::format(
            "secret: s3cret, application: {{ client_id: local.sandbox, client_secret: sandbox-secret, "
            "oauth_server: \"http://127.0.0.1:{}/oauth/token/\" }}, settle:",
            world.portal_port));
    world.folder.write("config.yaml", text + calls);
    world.start_sandbox();
    world.start_daemon();
    const auto installed = e2e::request(
        "POST", world.portal_port, "/sandbox/application/install",
        fmt::format(R"({{"url":"http://127.0.0.1:{}/portal/s3cret/install"}})", world.port), e2e::json_type);
    REQUIRE_MESSAGE(installed.status == 200, installed.body);
    REQUIRE(e2e::wait_until([&] { return world.portal()["application"]["handlers"].size() > 0; }));
  }

  static std::string sources(std::uint16_t port) {
    const std::string text = e2e::replaced(
        e2e::vendor_sources(), "salt: demo-vpbx-salt",
        fmt::format("salt: demo-vpbx-salt, pull_private: yes, api_url: \"http://127.0.0.1:{}/vpbx/\"", port));
    return e2e::replaced(
        text, "secret: demo-crm-token",
        fmt::format("secret: demo-crm-token, options: {{ pull_private: yes, api_key: P-1, api_url: "
                    "\"http://127.0.0.1:{}\" }}",
                    port));
  }

  // CALL_ID.
  [[nodiscard]] std::string click(const std::string& phone = "+79210000677") const {
    const auto answer = e2e::request(
        "POST", world.portal_port, "/sandbox/click",
        fmt::format(R"({{"USER_ID":12,"PHONE_NUMBER":"{}","LINE_NUMBER":"74950001122"}})", phone),
        e2e::json_type);
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    return answer.json()["CALL_ID"].text();
  }
  [[nodiscard]] json::Value finished(std::size_t expected = 1) const {
    json::Value calls;
    e2e::wait_until([&] {
      calls = world.portal()["finished_calls"];
      return calls.size() >= expected;
    });
    REQUIRE_MESSAGE(calls.size() == expected, world.log());
    return calls.at(0);
  }
  // Tells what happens in the samples of a click, of this command.
  void tell(const std::string& name, const std::string& command) const {
    std::string json = e2e::mango_json(e2e::vendor_file("mango/samples/" + name + ".form"));
    if (json.find("b24gate-000017") != std::string::npos)
      json = e2e::replaced(std::move(json), "b24gate-000017", command);
    e2e::post_accepted(world, "pbx-mango" + e2e::mango_path(name), e2e::mango_form(json), e2e::form_type);
  }
  [[nodiscard]] std::string told_to(int user) const {
    std::string out;
    const json::Value state = world.portal();
    for (std::size_t i = 0; i < state["notifications"].size(); ++i) {
      const auto& one = state["notifications"].at(i);
      if (one["userId"].integer() == user) out += one["message"].text() + "\n";
    }
    return out;
  }

  Pbx pbx;
  World world;
};

}  // namespace

TEST_CASE("a click is one call: ordered once, told by the PBX, finished in the portal") {
  Office office;
  const std::string call_id = office.click();
  REQUIRE_MESSAGE(e2e::wait_until([&] { return !office.pbx.bodies().empty(); }), office.world.log());
  const json::Value command = office.pbx.command();
  CHECK(command["from"]["extension"].text() == "101");
  CHECK(command["to_number"].text() == "79210000677");
  CHECK(command["line_number"].text() == "74950001122");
  const std::string id = command["command_id"].text();
  REQUIRE_FALSE(id.empty());

  // A crash in the middle of the call: nothing rings twice.
  for (const char* name : {"g01-result-callback", "g02-call-appeared-leg1", "g03-call-connected-leg1"})
    office.tell(name, id);
  office.world.daemon().kill();
  office.world.start_daemon();
  for (const char* name : {"g04-call-disconnected-leg1", "g05-call-appeared-leg2", "g06-call-connected-leg2",
                           "g07-call-disconnected-leg2", "g08-summary"})
    office.tell(name, id);

  const json::Value call = office.finished();
  CHECK(call["callId"].text() == call_id);
  CHECK(call["userId"].integer() == 12);
  CHECK(call["duration"].integer() == 100);
  CHECK(call["code"].text() == "200");
  REQUIRE(office.world.settled());
  CHECK(office.world.portal()["open_calls"].size() == 0);
  CHECK(office.world.portal()["finished_calls"].size() == 1);
  CHECK(office.pbx.bodies().size() == 1);
  CHECK(office.told_to(12).empty());
  const json::Value event = e2e::event_by_key(office.world, "portal:call:" + call_id);
  CHECK(event["state"].text() == "delivered");
}

TEST_CASE("the PBX refuses: the call is finished as failed, and whoever clicked is told") {
  Office office;
  office.pbx.answer = R"({"result":3102})";
  const std::string call_id = office.click();
  const json::Value call = office.finished();
  CHECK(call["callId"].text() == call_id);
  CHECK(call["userId"].integer() == 12);
  CHECK(call["duration"].integer() == 0);
  CHECK(call["code"].text() == "503");
  CHECK(call["reason"].text().find("АТС отказала (3102)") != std::string::npos);
  REQUIRE(office.world.settled());
  CHECK(office.told_to(12) == "Звонок на +79210000677 не сделан: АТС отказала (3102)\n");
  CHECK(office.pbx.bodies().size() == 1);
}

TEST_CASE("an answer that does not tell is never asked for again; the PBX's word on the command decides") {
  Office office;
  office.pbx.status = 500;
  const std::string call_id = office.click();
  REQUIRE(e2e::wait_until([&] { return !office.told_to(12).empty(); }));
  CHECK(office.told_to(12).find("АТС не ответила") == 0);
  office.world.daemon().kill();
  office.world.start_daemon();
  CHECK(office.world.portal()["open_calls"].size() == 1);
  const std::string id = office.pbx.command()["command_id"].text();
  const std::string failed = fmt::format(R"({{"command_id":"{}","result":1121}})", id);
  e2e::post_accepted(office.world, "pbx-mango/result/callback", e2e::mango_form(failed), e2e::form_type);
  const json::Value call = office.finished();
  CHECK(call["callId"].text() == call_id);
  CHECK(call["code"].text() == "486");
  REQUIRE(office.world.settled());
  CHECK(office.pbx.bodies().size() == 1);
}

TEST_CASE("without calls.outgoing a click ends at once, with a word to whoever clicked") {
  Office office("");
  const std::string call_id = office.click();
  const json::Value call = office.finished();
  CHECK(call["callId"].text() == call_id);
  CHECK(call["code"].text() == "503");
  REQUIRE(office.world.settled());
  CHECK(office.told_to(12).find("не настроены") != std::string::npos);
  CHECK(office.pbx.bodies().empty());
}

TEST_CASE("MegaFon: its first event is quicker than its answer, and it is one call all the same") {
  Office office("calls: { outgoing: { by: pbx-mango, lines: { \"+7 495 000-11-22\": pbx-megafon } } }\n");
  const auto tell = [&](const std::string& name) {
    std::string form = e2e::replaced(e2e::vendor_file("megafon/samples/" + name + ".form"),
                                     "user=ivanova&ext=701", "user=ivanov&ext=101");
    if (const std::size_t link = form.find("&link="); link != std::string::npos)
      form.erase(link, form.find('&', link + 1) - link);
    e2e::post_accepted(office.world, "pbx-megafon", form, e2e::form_type);
  };
  office.pbx.answer = R"({"callid":"M7QK2R4TDC00003E"})";
  office.pbx.before_answer = [&] { tell("c1-event-outgoing"); };
  const std::string call_id = office.click("+79260004433");
  REQUIRE_MESSAGE(e2e::wait_until([&] { return !office.pbx.bodies().empty(); }), office.world.log());
  CHECK(office.pbx.bodies()[0] == R"(P-1 {"user":"ivanov","phone":"79260004433","clid":"74950001122"})");
  for (const char* name : {"c2-event-accepted", "c3-event-completed", "c4-history-success"}) tell(name);
  const json::Value call = office.finished();
  CHECK(call["callId"].text() == call_id);
  CHECK(call["userId"].integer() == 12);
  CHECK(call["duration"].integer() == 105);
  REQUIRE(office.world.settled());
  // What was registered for the first event before the answer tied it is at nobody's screen, and stays so.
  const json::Value state = office.world.portal();
  for (const auto& open : *state["open_calls"].array_if()) CHECK(json::write(open["screens"]) == "[]");
  CHECK(state["finished_calls"].size() == 1);
  CHECK(office.pbx.bodies().size() == 1);
}
