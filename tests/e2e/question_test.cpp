// What services ask while somebody waits, and what they expect to be told: answers in their own words, never
// by way of the portal.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "e2e/vendors.hpp"

using namespace b24gate;
using e2e::World;

namespace {

const std::string lead_php = "/crm/configs/import/lead.php";

// The bytes that come back for these bytes, until the other end closes.
std::string bytes_for(std::uint16_t port, const std::string& bytes) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval patience{30, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  REQUIRE(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  std::string out;
  char buffer[4096];
  for (ssize_t got = 0; (got = recv(fd, buffer, sizeof buffer, 0)) > 0;) out.append(buffer, got);
  close(fd);
  return out;
}

// A client with this phone, and the employee who got the lead.
std::string make_known(const World& world, const std::string& phone) {
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, phone, "&message=%D0%93%D0%9F%D0%A3")).status ==
        200);
  REQUIRE(world.settled());
  const std::string employee = world.events().at(0)["assigned"].text();
  REQUIRE((employee == "ivanov" || employee == "petrova"));  // who have extensions and logins
  return employee;
}

std::string extension_of(const std::string& employee) { return employee == "ivanov" ? "101" : "102"; }

std::string contact(const std::string& phone, const std::string& call) {
  return "cmd=contact&phone=" + phone + "&callid=" + call + "&diversion=74990001100&crm_token=demo-crm-token";
}

std::string route(const std::string& phone, const std::string& call) {
  return "/hook/calltracking/comagic-secret/route?cdr_id=" + call + "&numa=" + phone + "&numb=74950000101";
}

std::string accepted_chat(const std::string& phone, const std::string& number) {
  const std::string chat = e2e::vendor_file("jivo/samples/chat_accepted.json");
  return e2e::replaced(e2e::replaced(chat, "+7 (903) 000-11-22", phone), "7636", number);
}

e2e::Answer lead_form(const World& world, const std::string& body) {
  return e2e::request("POST", world.port, lead_php, body);
}

}  // namespace

TEST_CASE(
    "who is calling: answered for a known client and for a stranger, also while the portal refuses "
    "everything") {
  World world({.name = "contact", .sources = e2e::vendor_sources()});
  e2e::everybody_works(world);
  world.start_sandbox();
  world.start_daemon();
  const std::string employee = make_known(world, "89030001101");
  const auto ask = [&](const std::string& round) {
    CAPTURE(round);
    const auto known = world.post("pbx-megafon", contact("79030001101", "K" + round));
    CHECK(known.status == 200);
    CHECK(known.json()["contact_name"].text() == "Test");
    CHECK(known.json()["responsible"].text() == employee);
    const auto stranger = world.post("pbx-megafon", contact("79030001199", "S" + round));
    CHECK(stranger.status == 200);
    CHECK(stranger.body == "{}");
    const auto to_employee = e2e::request("GET", world.port, route("79030001101", "1" + round));
    CHECK(to_employee.status == 200);
    CHECK(to_employee.body == R"({"phones":[")" + extension_of(employee) + R"("]})");
    const auto nowhere = e2e::request("GET", world.port, route("79030001199", "2" + round));
    CHECK(nowhere.status == 200);
    CHECK(nowhere.body == R"({"returned_code":0})");
  };
  ask("1");
  world.fault(R"({"kind":"error_500","count":null})");
  ask("2");
  world.sandbox().kill();
  ask("3");
  world.daemon().signal(SIGTERM);
  REQUIRE(world.daemon().wait() == 0);
  world.start_sandbox();
  world.start_daemon();
  ask("4");  // what is known of clients survives a restart
  REQUIRE(world.settled());
  const json::Array events = world.event_list();
  for (const auto& event : events) {
    if (event["kind"].text() == "lookup") CHECK(event["state"].text() == "ignored");
  }
}

TEST_CASE("Jivo: the agent gets a link to the card of a known client") {
  World world({.name = "agent", .sources = e2e::vendor_sources()});
  e2e::everybody_works(world);
  world.start_sandbox();
  world.start_daemon();
  const std::string employee = make_known(world, "89030001101");
  const std::string lead = world.leads().front()["id"].text();
  const auto known =
      world.post("chat-jivo/jivo-secret", accepted_chat("+7 903 000-11-01", "7001"), e2e::json_type);
  CHECK(known.status == 200);
  const json::Value told = known.json();
  CHECK(told["result"].text() == "ok");
  CHECK(told["crm_link"].text() == world.events().at(0)["lead"]["url"].text());
  CHECK(told["crm_link"].text().find("/crm/lead/details/" + lead + "/") != std::string::npos);
  CHECK(told["custom_data"].at(0)["content"].text() == "№ " + lead);
  CHECK(told["custom_data"].at(1)["content"].text() == (employee == "ivanov" ? "Иванов" : "Петрова"));
  const auto stranger =
      world.post("chat-jivo/jivo-secret", accepted_chat("+7 903 000-11-99", "7002"), e2e::json_type);
  CHECK(stranger.status == 200);
  CHECK(stranger.body == R"({"result":"ok"})");
}

TEST_CASE(
    "lead.php: a site's form is taken with AUTH or with a password, once, in the words the site expects") {
  World world({.name = "lead-php", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string auth = "b017d772ca5a61f3db29cb2a8ef16eca";

  const auto fields = lead_form(world, e2e::vendor_file("bitrix-site/samples/01-form-check.form"));
  CHECK(fields.status == 200);
  CHECK(fields.body == e2e::vendor_file("bitrix-site/responses/get-fields.txt"));
  CHECK(world.event_list().empty());

  const std::string add = e2e::vendor_file("bitrix-site/samples/02-form-add.form");
  const auto first = lead_form(world, add);
  CHECK(first.status == 200);
  CHECK(first.body == "{'error':'201','ID':'1','error_message':'Лид добавлен'}");
  const auto again = lead_form(world, add);
  CHECK(again.body == first.body);

  // The same form with login and password is the same lead, and the site is told what to send from now on.
  const std::string by_login =
      e2e::replaced(add, "AUTH=" + auth, "LOGIN=site-shop&PASSWORD=demo-bitrix-site-secret");
  CHECK(lead_form(world, by_login).body ==
        "{'error':'201','ID':'1','error_message':'Лид добавлен','AUTH':'" + auth + "'}");
  const auto other = lead_form(world, e2e::replaced(by_login, "000-10-02", "000-10-77"));
  REQUIRE(world.settled());
  const json::Array events = world.event_list();
  REQUIRE(events.size() == 2);
  // The number that the site shows its administrator is the event's.
  const std::string newer = events[0]["id"].text() == "e1" ? events[1]["id"].text() : events[0]["id"].text();
  CHECK_MESSAGE(other.body.find("{'error':'201','ID':'" + newer.substr(1) + "'") == 0, other.body);
  // The two forms share the e-mail: one client, one lead.
  CHECK(world.leads().size() == 1);

  for (const auto& wrong : {e2e::replaced(add, auth, "b017d772ca5a61f3db29cb2a8ef16ecb"),
                            e2e::vendor_file("bitrix-site/samples/08-form-wrong-password.form")}) {
    const auto denied = lead_form(world, wrong);
    CHECK(denied.status == 200);
    CHECK(denied.body == "{'error':'403','error_message':'Ошибка авторизации'}");
  }
  CHECK(world.event_list().size() == 2);
  CHECK(e2e::request("POST", world.port, "/crm/configs/import/lead.html", add).status == 404);
  CHECK(e2e::request("POST", world.port, "/crm/configs/import/", add).status == 404);
}

TEST_CASE("lead.php: the header that sites look for, byte by byte") {
  World world({.name = "lead-php-bytes", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  const std::string request =
      e2e::read_file(e2e::source_file("connectors/bitrix-site/samples/02-form-add.http"));
  const std::string taken = bytes_for(world.port, request);
  CHECK(taken.find(" 200 ") == 8);
  CHECK(taken.find("\r\nX-CRM-Version: ") != std::string::npos);
  CHECK(taken.find("\r\n\r\n{'error':'201','ID':'1',") != std::string::npos);
  std::string wrong = request;
  const std::string auth = "AUTH=b017";
  REQUIRE(wrong.find(auth) != std::string::npos);
  wrong.replace(wrong.find(auth), auth.size(), "AUTH=c017");
  const std::string denied = bytes_for(world.port, wrong);
  CHECK(denied.find(" 200 ") == 8);
  CHECK(denied.find("\r\nX-CRM-Version: ") != std::string::npos);
  CHECK(denied.find("\r\n\r\n{'error':'403',") != std::string::npos);
}

TEST_CASE("Mango glues its path to the address; MegaFon is refused in its own words") {
  World world({.name = "words", .sources = e2e::vendor_sources()});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("pbx-mangoevents/summary", e2e::vendor_file("mango/samples/a11-summary.form")).status ==
        200);
  CHECK(e2e::event_by_key(world, "mango:summary:MTY0NTAwMDEwMDE6NTA2")["kind"].text() == "call");
  CHECK(world.post("pbx-mango", "").status == 200);  // "check connection"
  CHECK(world.post("pbx-mangoevents/summary", "").status == 401);
  CHECK(world.post("pbx-unknownevents/summary", "x=1").status == 404);

  const auto wrong = world.post("pbx-megafon", e2e::vendor_file("megafon/samples/h3-event-wrong-token.form"));
  CHECK(wrong.status == 401);
  CHECK(wrong.body == R"({"error":"Invalid token"})");
  const auto missing = world.post("pbx-megafon", "cmd=contact&phone=79030001101&callid=1");
  CHECK(missing.status == 401);
  CHECK(missing.body == R"({"error":"Invalid token"})");
  const auto unknown = world.post("pbx-megafon", e2e::vendor_file("megafon/samples/h4-unknown-cmd.form"));
  CHECK(unknown.status == 400);
  CHECK(unknown.body == R"({"error":"Invalid parameters"})");
  REQUIRE(world.settled());
  CHECK(world.leads().size() == 1);
}
