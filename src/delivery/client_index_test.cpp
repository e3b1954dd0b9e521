// Reading the portal into the index of clients: against answers written by hand, and against the stand-in
// portal.
#include "delivery/client_index.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <future>

#include "base/manual_clock.hpp"
#include "journal/testing/fixture.hpp"
#include "log/log.hpp"
#include "sandbox/portal_fixture.hpp"

using namespace b24gate;
using namespace std::chrono_literals;
using journal::testing::Fixture;
using portal::Class;
using portal::Command;
using portal::Outcome;

namespace {

Outcome success(json::Value result) {
  Outcome out;
  out.cls = Class::success;
  out.result = std::move(result);
  return out;
}

Outcome says(std::string_view text) { return success(json::parse(text).value()); }

Outcome refused(Class cls, std::string code) {
  Outcome out;
  out.cls = cls;
  out.code = std::move(code);
  return out;
}

constexpr const char* portal_time = R"("2026-06-01T11:00:00+03:00")";

// A journal, and a portal that is either written by hand or the sandbox.
struct Bench {
  explicit Bench(delivery::ClientIndexOptions options = {})
      : index(
            current,
            [this](const std::vector<Command>& commands) -> std::optional<std::vector<Outcome>> {
              asked.push_back(commands);
              if (closed) return std::nullopt;
              std::vector<Outcome> out;
              for (const auto& command : commands) out.push_back(answer(command));
              return out;
            },
            *fixture.journal, fixture.clock, options) {}
  ~Bench() { log::set_sink({}); }

  // The sandbox answers, whatever rate we ask at.
  void use(sandbox::PortalFixture& stand_in) {
    stand_in.portal.set_limits(json::parse(R"({"rate":100000,"burst":100000})").value());
    answer = [&stand_in](const Command& command) {
      auto body = stand_in.call(command.method, command.params);
      if (stand_in.status != 200) return refused(Class::permanent, body["error"].text());
      return success(body["result"]);
    };
  }
  [[nodiscard]] std::optional<journal::ClientRow> client(const std::string& phone) const {
    auto reader = fixture.journal->reader();
    return journal::client(*reader, phone).value();
  }
  [[nodiscard]] std::string card(const std::string& phone) const {
    const auto row = client(phone);
    return row ? row->card : "nobody";
  }
  [[nodiscard]] json::Value mark(std::string_view kind) const {
    auto reader = fixture.journal->reader();
    const auto text = journal::mark(*reader, delivery::client_mark(kind)).value();
    return text.empty() ? json::Value() : json::parse(text).value();
  }

  Fixture fixture;
  config::Current current{std::make_shared<const config::Configuration>()};
  bool closed = false;
  std::function<Outcome(const Command&)> answer;
  std::vector<std::vector<Command>> asked;
  delivery::ClientIndex index;
};

std::string added(sandbox::PortalFixture& portal, int type, std::string_view fields) {
  const auto answer = portal.call(
      "crm.item.add", json::Value::object({{"entityTypeId", type}, {"fields", json::parse(fields).value()}}));
  return answer["result"]["item"]["id"].text();
}

void changed(sandbox::PortalFixture& portal, int type, const std::string& id, std::string_view fields) {
  const auto answer = portal.call(
      "crm.item.update",
      json::Value::object({{"entityTypeId", type}, {"id", id}, {"fields", json::parse(fields).value()}}));
  REQUIRE(portal.status == 200);
}

}  // namespace

TEST_CASE("the portal's cards come into the index: phones as E.164, names, companies, who is responsible") {
  sandbox::PortalFixture portal;
  Bench bench;
  bench.use(portal);
  const auto company = added(
      portal, 4,
      R"({"title":"ООО «Ромашка»","assignedById":14,"fm":[{"typeId":"PHONE","value":"8 (495) 790-75-91 доб. 12"}]})");
  const auto contact =
      added(portal, 3,
            fmt::format(R"({{"name":"Пётр","lastName":"Иванов","companyId":{},"assignedById":7,"fm":[
          {{"typeId":"PHONE","value":"8 903 000-11-01"}},{{"typeId":"PHONE","value":"+7 903 000 11 02"}}]}})",
                        company));
  added(portal, 1, R"({"name":"Пётр","assignedById":12,"fm":[{"typeId":"PHONE","value":"+79030001101"}]})");
  const auto lead = added(
      portal, 1,
      R"({"name":"Анна","companyTitle":"ИП","assignedById":12,"fm":[{"typeId":"PHONE","value":"+79030001103"}]})");

  CHECK_FALSE(bench.index.run_once());
  CHECK(bench.asked.at(0).size() == 4);
  CHECK(bench.card("+79030001101") == "contact:" + contact);
  CHECK(bench.card("+79030001102") == "contact:" + contact);
  CHECK(bench.client("+79030001102")->name == "Пётр Иванов");
  CHECK(bench.client("+79030001102")->company == "ООО «Ромашка»");
  CHECK(bench.client("+79030001102")->user_id == 7);
  CHECK(bench.card("+74957907591") == "company:" + company);
  CHECK(bench.client("+74957907591")->company == "ООО «Ромашка»");
  CHECK(bench.card("+79030001103") == "lead:" + lead);
  CHECK(bench.client("+79030001103")->company == "ИП");
  CHECK(bench.client("+79030001103")->seen_at == bench.fixture.clock.now());

  // An hour later only what was changed is read: another manager, a phone less, a lead closed.
  portal.clock.advance(1h);
  bench.fixture.clock.advance(1h);
  CHECK_FALSE(bench.index.run_once());
  portal.clock.advance(1h);
  bench.fixture.clock.advance(1h);
  changed(portal, 3, contact, R"({"assignedById":14,"fm":{"8555":{"typeId":"PHONE","value":""}}})");
  changed(portal, 1, lead, R"({"stageId":"JUNK"})");
  bench.asked.clear();
  CHECK_FALSE(bench.index.run_once());
  CHECK(bench.asked.at(0).at(1).params["filter"][">=DATE_MODIFY"].text() == "2026-06-01T08:55:00+00:00");
  CHECK(bench.client("+79030001102")->user_id == 14);
  CHECK(bench.card("+79030001101") != "contact:" + contact);
  CHECK(bench.client("+79030001103")->closed);
  // Nothing but those two cards was touched.
  CHECK(bench.fixture.number(
            "SELECT count(DISTINCT card) FROM clients WHERE seen_at = (SELECT max(seen_at) FROM clients)") ==
        2);
}

TEST_CASE("a long portal is read in pages over several runs, and nothing that changes meanwhile is missed") {
  sandbox::PortalFixture portal;
  Bench bench({5min, 30s, 2});
  bench.use(portal);
  std::vector<std::string> ids;
  for (int i = 0; i < 230; ++i) {
    ids.push_back(
        added(portal, 3,
              fmt::format(R"({{"assignedById":7,"fm":[{{"typeId":"PHONE","value":"+7903000{:04}"}}]}})", i)));
  }
  portal.clock.advance(1h);
  CHECK(bench.index.run_once());
  CHECK(bench.mark("contact")["last"] == json::Value(json::Value(ids[99]).integer().value()));
  CHECK(bench.mark("contact")["since"].is_null());
  CHECK(bench.mark("lead")["begun"].is_null());
  CHECK_FALSE(bench.mark("lead")["since"].is_null());
  CHECK(bench.card("+79030000099") == "contact:" + ids[99]);
  CHECK(bench.card("+79030000100") == "nobody");
  // Behind the mark, while the pass goes on.
  changed(portal, 3, ids[5], R"({"assignedById":14})");
  CHECK(bench.index.run_once());
  bench.fixture.clock.advance(1min);
  CHECK_FALSE(bench.index.run_once());
  CHECK(bench.card("+79030000229") == "contact:" + ids[229]);
  CHECK(bench.client("+79030000005")->user_id == 7);
  CHECK_FALSE(bench.index.run_once());
  CHECK(bench.client("+79030000005")->user_id == 14);
  CHECK(bench.fixture.number("SELECT count(*) FROM clients") == 230);
}

TEST_CASE("not the time to ask: nothing is stored, and soon it is tried again") {
  Bench bench;
  bench.closed = true;
  CHECK(bench.index.run_once());
  CHECK(bench.asked.size() == 1);
  CHECK(bench.mark("lead").is_null());
}

TEST_CASE("a kind that may not be read is told of once and does not hold up the others") {
  std::vector<std::string> lines;
  Bench bench;
  log::set_sink([&](log::Level, std::string_view line) { lines.emplace_back(line); });
  std::string code = "ACCESS_DENIED";
  bench.answer = [&](const Command& command) {
    if (command.method == "server.time") return says(portal_time);
    if (command.method == "crm.company.list") return refused(Class::auth, code);
    return says("[]");
  };
  const auto told = [&] {
    return std::count_if(lines.begin(), lines.end(),
                         [](const std::string& line) { return line.find("B24-4012") != std::string::npos; });
  };
  CHECK_FALSE(bench.index.run_once());
  CHECK_FALSE(bench.index.run_once());
  CHECK(told() == 1);
  CHECK(bench.mark("lead")["since"] == json::Value(to_unix_ms(from_unix_ms(1'780'300'800'000) - 5min)));
  CHECK(bench.mark("company")["since"].is_null());
  code = "insufficient_scope";
  CHECK_FALSE(bench.index.run_once());
  CHECK(told() == 2);
}

TEST_CASE("answers that were not asked for, or none: the mark stays") {
  Bench bench;
  Outcome leads = says("[]");
  Outcome time = says(portal_time);
  bench.answer = [&](const Command& command) {
    if (command.method == "server.time") return time;
    return command.method == "crm.lead.list" ? leads : says("[]");
  };
  REQUIRE_FALSE(bench.index.run_once());
  const auto before = json::write(bench.mark("lead"));
  time = says(R"("2026-06-01T12:00:00+03:00")");
  SUBCASE("no answer") { leads = refused(Class::ambiguous, ""); }
  SUBCASE("no list") { leads = says(R"({"items":[]})"); }
  SUBCASE("the page was lost: ids do not go on") {
    leads = says(R"([{"ID":"7","DATE_MODIFY":""},{"ID":"7","DATE_MODIFY":""}])");
  }
  SUBCASE("the time was lost: cards that were not changed since") {
    leads =
        says(R"([{"ID":"7","DATE_MODIFY":"2026-05-20T12:00:00+03:00","PHONE":[{"VALUE":"+79030001101"}]}])");
  }
  SUBCASE("the portal does not tell its time") { time = refused(Class::permanent, "ERROR_METHOD_NOT_FOUND"); }
  CHECK_FALSE(bench.index.run_once());
  CHECK(json::write(bench.mark("lead")) == before);
  CHECK(bench.card("+79030001101") == "nobody");
}

TEST_CASE("companies' titles: refused they stay empty, unanswered the page is read again") {
  Bench bench;
  Outcome titles;
  bench.answer = [&](const Command& command) {
    if (command.method == "server.time") return says(portal_time);
    if (command.method == "crm.item.list") return titles;
    if (command.method != "crm.contact.list") return says("[]");
    return says(R"([{"ID":"5","NAME":"Пётр","LAST_NAME":null,"COMPANY_ID":"9","ASSIGNED_BY_ID":"7",
                        "PHONE":[{"ID":"1","VALUE_TYPE":"WORK","VALUE":"+79030001101","TYPE_ID":"PHONE"}]}])");
  };
  SUBCASE("given") {
    titles = says(R"({"items":[{"id":9,"title":"ООО"},{"id":10,"title":"не спрашивали"}]})");
    CHECK_FALSE(bench.index.run_once());
    CHECK(bench.client("+79030001101")->company == "ООО");
  }
  SUBCASE("refused") {
    titles = refused(Class::auth, "ACCESS_DENIED");
    CHECK_FALSE(bench.index.run_once());
    CHECK(bench.client("+79030001101")->name == "Пётр");
    CHECK(bench.client("+79030001101")->company.empty());
  }
  SUBCASE("unanswered") {
    titles = refused(Class::ambiguous, "");
    CHECK_FALSE(bench.index.run_once());
    CHECK(bench.card("+79030001101") == "nobody");
    CHECK(bench.mark("contact").is_null());
  }
}

TEST_CASE("another country for phones: everything is read anew") {
  delivery::ClientReading reading(
      "KZ", TimeZone::utc(),
      {R"({"region":"RU","since":1780300800000,"begun":null,"last":0})",
       R"({"region":"KZ","since":1780300800000,"begun":1780300900000,"last":70})", ""});
  const auto commands = reading.next();
  REQUIRE(commands.size() == 4);
  CHECK(commands[1].params["filter"][">=DATE_MODIFY"].is_null());
  CHECK(commands[2].params["filter"][">=DATE_MODIFY"].text() == "2026-06-01T08:00:00+00:00");
  CHECK(commands[2].params["filter"][">ID"] == json::Value(70));
}

TEST_CASE("the thread reads at once, again after its pause, and stops when told") {
  delivery::ClientIndexOptions options;
  options.period = Milliseconds{1};
  Bench bench(options);
  std::promise<void> read_twice;
  int runs = 0;
  bench.answer = [&](const Command& command) {
    if (command.method != "server.time") return says("[]");
    if (++runs == 2) read_twice.set_value();  // what the first run read is stored by now
    return says(portal_time);
  };
  bench.index.start();
  read_twice.get_future().wait();
  CHECK(bench.index.stop(30s));
  CHECK_FALSE(bench.mark("lead").is_null());
}
