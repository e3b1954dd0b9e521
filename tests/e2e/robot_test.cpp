// A robot that calls new leads: told once, whatever happens in between, and its result lands in that lead.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <httplib.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "e2e/vendors.hpp"

using namespace b24gate;
using e2e::World;

namespace {

// The API of Tomoru, as far as batches go.
class Tomoru {
 public:
  Tomoru() {
    server_.Post("/api/call_batches", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      if (request.get_header_value("Authorization") == "Bearer T-1" && request.is_multipart_form_data()) {
        made_.push_back(request.get_file_value("csv_file").content);
        callback_ = request.get_file_value("callback_url").content;
      }
      response.status = status_of_made;
      response.set_content(R"({"id":"b-17","status":"pending"})", "application/json");
    });
    server_.Patch("/api/call_batches/b-17/launch",
                  [this](const httplib::Request&, httplib::Response& response) {
                    ++launches;
                    response.status = status_of_launch;
                  });
    port = static_cast<std::uint16_t>(server_.bind_to_any_port("127.0.0.1"));
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    REQUIRE(e2e::wait_until([this] { return server_.is_running(); }));
  }
  ~Tomoru() {
    server_.stop();
    thread_.join();
  }

  [[nodiscard]] std::vector<std::string> made() const {
    const std::lock_guard lock(mutex_);
    return made_;
  }
  [[nodiscard]] std::string callback() const {
    const std::lock_guard lock(mutex_);
    return callback_;
  }

  std::uint16_t port = 0;
  std::atomic<int> launches{0}, status_of_made{201}, status_of_launch{200};

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> made_;
  std::string callback_;
  httplib::Server server_;
  std::thread thread_;
};

struct Office {
  Office()
      : world({.name = "robot",
               .sources = e2e::replaced(
                   e2e::vendor_sources(), "secret: robot-secret",
                   fmt::format("secret: robot-secret, options: {{ api_key: T-1, pull_private: yes, api_url: "
                               "\"http://127.0.0.1:{}\" }}",
                               tomoru.port))}) {
    const std::string text = e2e::read_file(world.config());
    world.folder.write(
        "config.yaml",
        e2e::replaced(text, "admin:", fmt::format("  public_url: http://127.0.0.1:{}\nadmin:", world.port)));
    world.folder.write("mappings/distribution.yaml", R"(rules:
  - name: all
    assign: account_manager
    robot: { source: robot, agent: a-1, data: { Имя: "{{ contact.name }}" } }
)");
    world.start_sandbox();
    world.start_daemon();
  }

  void enquire() const {
    e2e::post_accepted(world, "site-tilda/tilda-secret", World::form(1, "+79030001101"), e2e::form_type);
  }

  Tomoru tomoru;
  World world;
};

}  // namespace

TEST_CASE("a robot is told to call once, through a crash before the launch, and its result is the lead's") {
  Office office;
  office.tomoru.status_of_launch = 503;
  office.enquire();
  REQUIRE_MESSAGE(e2e::wait_until([&] { return office.tomoru.launches > 0; }), office.world.log());
  office.world.daemon().kill();
  office.tomoru.status_of_launch = 200;
  office.world.start_daemon();
  REQUIRE_MESSAGE(office.world.settled(), office.world.log());
  CHECK(office.tomoru.launches >= 2);
  const std::string lead = e2e::only_lead(office.world);
  const auto made = office.tomoru.made();
  REQUIRE(made.size() == 1);
  CHECK(made[0].find("phone_number,Имя,lead_id\r\n+79030001101,") != std::string::npos);
  CHECK(made[0].find("," + lead + "\r\n") != std::string::npos);

  // Where Tomoru was told to post, with the columns that it was given.
  const std::string hook = fmt::format("http://127.0.0.1:{}/hook/", office.world.port);
  REQUIRE(office.tomoru.callback().rfind(hook, 0) == 0);
  e2e::post_and_settle(
      office.world, office.tomoru.callback().substr(hook.size()),
      fmt::format(
          R"({{"batch_id":"b-17","call_id":"c-1","phone_number":"+79030001101","call_result":"fully_completed",)"
          R"("attempts":1,"variables":{{"lead_id":"{}","Имя":"Пётр"}},"data":{{"Интерес":{{"match":"да",)"
          R"("transcription":"да пришлите расчёт"}}}}}})",
          lead),
      e2e::json_type);
  CHECK(e2e::only_lead(office.world) == lead);
  CHECK(e2e::count_with(e2e::comments_on(office.world, e2e::lead_type, lead), "да пришлите расчёт") == 1);
  CHECK(office.tomoru.made().size() == 1);
}

TEST_CASE("an answer that does not tell is never asked for again; the lead is there") {
  Office office;
  office.tomoru.status_of_made = 502;
  office.enquire();
  REQUIRE_MESSAGE(office.world.settled(), office.world.log());
  CHECK(office.world.leads().size() == 1);
  CHECK(office.world.log().find("B24-4021") != std::string::npos);
  office.world.daemon().kill();
  office.world.start_daemon();
  REQUIRE(office.world.settled());
  CHECK(office.tomoru.made().size() == 1);
  CHECK(office.tomoru.launches == 0);
}

TEST_CASE("try shows what the robot would be told") {
  Office office;
  const auto out = office.world.run(
      {"try", "site-tilda", e2e::source_file("connectors/tilda/samples/form_basic.http"), "--json"});
  REQUIRE_MESSAGE(out.code == 0, out.errors);
  const auto tried = json::parse(out.text);
  REQUIRE(tried);
  CHECK((*tried)["assignment"]["robot"].text() == "robot");
  const json::Value& operations = (*tried)["operations"];
  const json::Value& robot = operations.at(operations.size() - 1);
  CHECK(robot["method"].text() == "robot.call");
  CHECK(robot["params"]["phone"].text() == "+79030001122");
  CHECK(robot["params"]["columns"]["lead_id"].text() == "{{lead_id}}");
}
