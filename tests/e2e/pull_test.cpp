// What b24gate fetches from a service: the recording of a call, from the hosts that the options allow.
// (What no webhook brought is asked for two minutes after the start at the earliest:
// src/intake/intake_test.cpp.)
#include <doctest/doctest.h>
#include <httplib.h>

#include <filesystem>
#include <mutex>
#include <thread>

#include "e2e/vendors.hpp"

using namespace b24gate;
using e2e::World;

namespace {

// A service with recordings behind a redirect, as the vendors have them.
class Service {
 public:
  Service() {
    server_.Get("/talk/7/abc/", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      keys_ += request.get_header_value("X-API-KEY") + ";";
      response.set_redirect("/file/abc.mp3");
    });
    server_.Get("/file/abc.mp3", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(std::string("ID3\0sound", 9), "audio/mpeg");
    });
    port = static_cast<std::uint16_t>(server_.bind_to_any_port("127.0.0.1"));
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    REQUIRE(e2e::wait_until([this] { return server_.is_running(); }));
  }
  ~Service() {
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] std::string host() const { return "http://127.0.0.1:" + std::to_string(port); }

  // That were sent with requests.
  [[nodiscard]] std::string keys() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }

  std::uint16_t port = 0;

 private:
  mutable std::mutex mutex_;
  std::string keys_;
  httplib::Server server_;
  std::thread thread_;
};

std::string call(const Service& service, const std::string& id, const std::string& file) {
  return "cmd=history&type=in&status=Success&callid=" + id +
         "&phone=79000002211&start=20260312T071500Z&duration=5&link=" + service.host() + file +
         "&crm_token=demo-crm-token";
}

}  // namespace

TEST_CASE("a recording is fetched into a file when the options allow its host, and not otherwise") {
  const Service service;
  const std::string options = "options: { api_key: P-1234, api_url: \"" + service.host() +
                              "\", recording_hosts: [\"" + service.host() + "\"], recording_private: yes }";
  World world({.name = "recording",
               .sources = "  pbx: { connector: megafon, secret: demo-crm-token, " + options + " }\n"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("pbx", call(service, "C1", "/talk/7/abc/")).status == 200);
  CHECK(world.post("pbx", call(service, "C2", "/gone/")).status == 200);
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  const std::string file = world.folder.path() + "/call.mp3";

  const auto fetched = world.run({"recording", "e1", file});
  CHECK_MESSAGE(fetched.code == 0, (fetched.text + fetched.errors));
  CHECK(e2e::read_file(file) == std::string("ID3\0sound", 9));
  CHECK(fetched.text == "9 bytes, audio/mpeg\n");
  CHECK(service.keys() == "P-1234;");
  std::filesystem::remove(file);

  const auto gone = world.run({"recording", "e2", file});
  CHECK(gone.code == 1);
  CHECK(gone.errors.find("404") != std::string::npos);
  CHECK(world.run({"recording", "e3", file}).code == 1);  // a form
  CHECK(world.run({"recording", "e99", file}).code == 1);
  CHECK(world.run({"recording", "r1", file}).code == 2);

  for (const std::string& taken_out :
       {std::string(", recording_private: yes"), ", recording_hosts: [\"" + service.host() + "\"]"}) {
    CAPTURE(taken_out);
    world.write_config(taken_out, "");
    const auto refused = world.run({"recording", "e1", file});
    CHECK(refused.code == 1);
    CHECK_FALSE(refused.errors.empty());
    // Where it lies is nobody's business.
    CHECK(refused.errors.find("/talk/7/abc") == std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(service.keys() == "P-1234;");  // nobody asked again
}
