// Asking the shop: a conversation with answers made by hand.
#include "connectors/bitrix-site/exchange.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("bitrix-site"); }

Source shop() {
  Source source;
  source.name = "site-shop";
  source.time_zone = TimeZone::find("Europe/Moscow").value();
  source.options["exchange_url"] = "https://shop.example/bitrix/admin/1c_exchange.php";
  source.options["exchange_login"] = "b24gate";
  source.options["exchange_password"] = "shop-password";
  return source;
}

TimePoint at(const char* time) { return parse_iso(time, TimeZone::utc()).value(); }
std::int64_t seconds(const char* time) { return to_unix_ms(at(time)) / 1000; }

constexpr const char* noon = "2026-11-21T12:00:00Z";

std::unique_ptr<Pull> run(const json::Value& mark, const char* now = noon) {
  return service().pull(shop(), mark, at(now));
}

json::Value mark(std::int64_t label, const char* went_back = noon) {
  return json::Value::object({{"label", label}, {"went_back", seconds(went_back)}});
}

HttpAnswer ok(std::string body) { return {200, {}, std::move(body)}; }

const char* session = "success\nPHPSESSID\n7f3a0c\nsessid=0123456789abcdef\n";

std::string order(int id, const std::string& update, const char* more = "") {
  return "<Document><Id>" + std::to_string(id) +
         "</Id><BusinessTransaction>ItemOrder</BusinessTransaction><DateUpdate>" + update + "</DateUpdate>" +
         more + "</Document>";
}

std::string page(const std::string& documents) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><CommerceInformation>" + documents +
         "</CommerceInformation>";
}

std::string sample(const char* file) {
  std::ifstream in(std::string(B24GATE_SOURCE_DIR "/connectors/bitrix-site/samples/") + file,
                   std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Past the login; the next call is a query.
std::unique_ptr<Pull> logged_in(const json::Value& from, const char* now = noon) {
  auto pull = run(from, now);
  REQUIRE(pull);
  REQUIRE(pull->next());
  REQUIRE(pull->take(ok(session)));
  return pull;
}

// The value of a parameter in the next call.
std::string asked(Pull& pull, const std::string& name) {
  const auto call = pull.next();
  if (!call) return "(end)";
  const std::string body = "&" + call->body + "&";
  const std::size_t begin = body.find("&" + name + "=");
  if (begin == std::string::npos) return "(none)";
  const std::size_t from = begin + name.size() + 2;
  return body.substr(from, body.find('&', from) - from);
}

std::string label(Pull& pull) { return asked(pull, "MODIFICATION_LABEL"); }

}  // namespace

TEST_CASE("bitrix-site: the conversation with the shop") {
  auto pull = run(mark(1'795'172'400));
  auto call = pull->next();
  REQUIRE(call);
  CHECK(call->method == "GET");
  CHECK(call->url == "https://shop.example/bitrix/admin/1c_exchange.php?type=crm&mode=checkauth");
  CHECK(call->headers.at(0) == Header{"Authorization", "Basic YjI0Z2F0ZTpzaG9wLXBhc3N3b3Jk"});
  CHECK(call->body == "");
  REQUIRE(pull->take(ok("success\r\nPHPSESSID\r\n7f3a0c\r\nsessid=0123\r\n")));
  call = pull->next();
  REQUIRE(call);
  CHECK(call->method == "POST");
  CHECK(call->url == "https://shop.example/bitrix/admin/1c_exchange.php");
  CHECK(call->headers.at(0) == Header{"Cookie", "PHPSESSID=7f3a0c"});
  CHECK(call->headers.at(1) == Header{"Content-Type", "application/x-www-form-urlencoded"});
  CHECK(call->body ==
        "type=crm&mode=query&LID=s1&MODIFICATION_LABEL=1795172400&ZZZ=0&IMPORT_SIZE=100&GZ_COMPRESSION_"
        "SUPPORTED=0");
  REQUIRE(pull->take(ok(sample("20-exchange-crm-orders.xml"))));
  const auto found = pull->found();
  REQUIRE(found.size() == 1);
  CHECK(found[0].received_at == at(noon));
  CHECK(service().read(found[0], shop()).events.at(0).key == "bitrix-site:exchange:1030:2026-11-20 15:05:11");
  CHECK(label(*pull) == std::to_string(seconds("2026-11-21T10:15:40Z")));
  REQUIRE(pull->take(ok(sample("21-exchange-crm-empty.xml"))));
  CHECK_FALSE(pull->next());
  CHECK(pull->found().empty());
  CHECK(pull->mark() == mark(seconds("2026-11-21T10:15:40Z")));
}

TEST_CASE("bitrix-site: only a source with address, login and password asks") {
  for (const char* missing : {"exchange_url", "exchange_login", "exchange_password"}) {
    Source source = shop();
    source.options[missing] = "";
    CHECK(service().pull(source, {}, at(noon)) == nullptr);
  }
  CHECK(service().pull({}, {}, at(noon)) == nullptr);
  Source other = shop();
  other.options["exchange_site"] = "s2 &";
  auto pull = service().pull(other, mark(5), at(noon));
  REQUIRE(pull->take(ok(session)));
  CHECK(asked(*pull, "LID") == "s2%20%26");
}

TEST_CASE("bitrix-site: the first run begins a day ago by the shop's clock, or where the options say") {
  CHECK(label(*logged_in({})) == std::to_string(seconds("2026-11-20T15:00:00Z")));
  Source source = shop();
  source.options["exchange_since"] = "2026-01-02";
  auto pull = service().pull(source, {}, at(noon));
  REQUIRE(pull->take(ok(session)));
  CHECK(label(*pull) == std::to_string(seconds("2026-01-02T00:00:00Z")));
  source.options["exchange_since"] = "1970-01-01";
  pull = service().pull(source, {}, at(noon));
  REQUIRE(pull->take(ok(session)));
  CHECK(label(*pull) == "0");
}

TEST_CASE("bitrix-site: once a day a run goes back one day, without forgetting how far it was") {
  CHECK(label(*logged_in(mark(1'795'172'400, "2026-11-20T12:00:01Z"))) == "1795172400");
  auto pull = logged_in(mark(1'795'172'400, "2026-11-20T12:00:00Z"));
  CHECK(label(*pull) == std::to_string(1'795'172'400 - 86'400));
  REQUIRE(pull->take(ok(page(""))));
  CHECK_FALSE(pull->next());
  CHECK(pull->mark() == mark(1'795'172'400));
}

TEST_CASE("bitrix-site: a full page may be cut inside its last second") {
  const std::int64_t start = seconds("2026-11-20T10:00:00Z");
  auto pull = logged_in(mark(start));
  std::string documents = order(1, "2026-11-20 10:00:05");
  for (int i = 2; i <= 100; ++i) documents += order(i, "2026-11-20 10:00:09");
  REQUIRE(pull->take(ok(page(documents))));
  CHECK(label(*pull) == std::to_string(start + 8));
  CHECK(asked(*pull, "IMPORT_SIZE") == "100");
  documents.clear();
  for (int i = 2; i <= 101; ++i) documents += order(i, "2026-11-20 10:00:09");
  REQUIRE(pull->take(ok(page(documents))));  // one second fills the page: more of it
  CHECK(label(*pull) == std::to_string(start + 8));
  CHECK(asked(*pull, "IMPORT_SIZE") == "1000");
  for (int i = 102; i <= 150; ++i) documents += order(i, "2026-11-20 10:00:09");
  REQUIRE(pull->take(ok(page(documents))));
  CHECK(label(*pull) == std::to_string(start + 9));
  CHECK(asked(*pull, "IMPORT_SIZE") == "100");
  CHECK(pull->found().size() == 3);
}

TEST_CASE("bitrix-site: a shop that never says anything newer does not keep the run going") {
  const std::int64_t start = seconds("2026-11-20T10:00:00Z");
  auto pull = logged_in(mark(start));
  REQUIRE(pull->take(ok(page(order(1, "2026-11-20 10:00:00")))));
  CHECK_FALSE(pull->next());
  pull = logged_in(mark(start));
  REQUIRE(pull->take(ok(page(order(1, "yesterday")))));
  CHECK_FALSE(pull->next());
  pull = logged_in(mark(start));
  std::string documents;
  for (int i = 0; i < 100; ++i) documents += order(i, "");
  REQUIRE(pull->take(ok(page(documents))));
  CHECK_FALSE(pull->next());
  pull = logged_in(mark(start));
  REQUIRE(pull->take(ok("success")));
  CHECK_FALSE(pull->next());
}

TEST_CASE("bitrix-site: the orders of a page that is not well-formed are asked one by one") {
  const std::int64_t start = seconds("2026-11-20T10:00:00Z");
  auto pull = logged_in(mark(start));
  const std::string bad = order(2, "2026-11-20 10:00:02", "<Value>a < b</Value>");
  REQUIRE(pull->take(ok(page(order(1, "2026-11-20 10:00:01") + bad + order(3, "2026-11-20 10:00:03")))));
  CHECK(pull->found().empty());
  CHECK(asked(*pull, "ORDER_ID") == "1");
  CHECK(label(*pull) == "(none)");
  CHECK(asked(*pull, "LID") == "s1");
  REQUIRE(pull->take(ok(page(order(1, "2026-11-20 10:00:01")))));
  CHECK(asked(*pull, "ORDER_ID") == "2");
  REQUIRE(pull->take(ok(page(bad))));
  CHECK(asked(*pull, "ORDER_ID") == "3");
  REQUIRE(pull->take(ok(page(order(3, "2026-11-20 10:00:03")))));
  const auto found = pull->found();
  REQUIRE(found.size() == 3);
  CHECK(service().read(found[0], shop()).outcome == Outcome::accepted);
  CHECK(service().read(found[1], shop()).outcome == Outcome::unreadable);
  CHECK(service().read(found[2], shop()).outcome == Outcome::accepted);
  CHECK(label(*pull) == std::to_string(start + 3));
  REQUIRE(pull->take(ok(page(""))));
  CHECK(pull->mark()["label"].integer() == start + 3);
}

TEST_CASE("bitrix-site: refusals of the shop end the run and say whose move it is") {
  const auto error = [](const HttpAnswer& answer, bool after_login) {
    auto pull = after_login ? logged_in(mark(5)) : run(mark(5));
    static_cast<void>(pull->next());
    const Done done = pull->take(answer);
    REQUIRE_FALSE(done);
    CHECK(done.error().text().find("reason of the shop") == std::string::npos);
    return done.error();
  };
  for (const bool after_login : {false, true}) {
    CHECK(error(ok("failure\nreason of the shop"), after_login).move == Move::administrator);
    CHECK(error(ok("<html>login form</html>"), after_login).move == Move::administrator);
    CHECK(error({401, {}, ""}, after_login).move == Move::administrator);
    CHECK(error({302, {}, ""}, after_login).move == Move::administrator);
    CHECK(error({503, {}, ""}, after_login).move == Move::ours);
    CHECK(error({0, {}, ""}, after_login).kind == ErrorKind::network);
  }
  CHECK(error(ok("success\n\n"), false).kind == ErrorKind::input);
  CHECK(error(ok("success\nPHPSESSID\na; b\r\n"), false).kind == ErrorKind::input);
  CHECK(error(ok("<?xml version=\"1.0\"?><broken"), true).kind == ErrorKind::input);
}

TEST_CASE("bitrix-site: nothing that would disturb the real 1C is ever sent") {
  auto pull = run(mark(5));
  std::string sent;
  for (const auto& answer :
       {std::string(session), page(order(1, "2026-11-20 10:00:01")),
        page(order(2, "2026-11-20 10:00:02", "<")), page(order(2, "2026-11-20 10:00:02")), page("")}) {
    const auto call = pull->next();
    REQUIRE(call);
    sent += call->url + "?" + call->body + "\n";
    REQUIRE(pull->take(ok(answer)));
  }
  CHECK_FALSE(pull->next());
  for (const char* never : {"mode=init", "mode=success", "sessid", "version", "type=sale"}) {
    CAPTURE(never);
    CHECK(sent.find(never) == std::string::npos);
  }
}
