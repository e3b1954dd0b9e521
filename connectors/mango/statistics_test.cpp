#include "connectors/mango/statistics.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "connectors/mango/envelope.hpp"
#include "connectors/mango/report.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

constexpr std::int64_t now_s = 1'773'330'000;

Source source() {
  Source out;
  out.options["api_key"] = "key";
  out.options["salt"] = "salt";
  out.options["pull"] = "yes";
  return out;
}

std::unique_ptr<Pull> pull(const json::Value& mark = {}, const Source& of = source()) {
  return find("mango")->pull(of, mark, from_unix_ms(now_s * 1000));
}

json::Value since(std::int64_t seconds) { return json::Value::object({{"until", seconds}}); }

json::Value asked(const std::optional<HttpCall>& call) {
  REQUIRE(call);
  return json::parse(mango::open(call->body).json).value();
}

HttpAnswer answer(int status, std::string body = "") { return {status, {}, std::move(body)}; }

// A run that gets this report.
struct Run {
  std::vector<Request> found;
  json::Value mark;

  explicit Run(const std::string& csv, std::int64_t from = now_s - 50'000) {
    const auto run = pull(since(from));
    REQUIRE(run->next());
    REQUIRE(run->take(answer(200, R"({"key":"K"})")));
    REQUIRE(run->next());
    REQUIRE(run->take(answer(200, csv)));
    CHECK_FALSE(run->next());
    found = run->found();
    mark = run->mark();
    CHECK(run->found().empty());
  }

  [[nodiscard]] std::vector<event::Event> events() const {
    std::vector<event::Event> out;
    for (const auto& request : found) {
      CHECK(find("mango")->verify(request, source()) == Proof::good);
      auto reading = find("mango")->read(request, source());
      REQUIRE(reading.events.size() == 1);
      out.push_back(std::move(reading.events.front()));
    }
    return out;
  }
};

// The calls of the samples a, b, d, g as the report has them.
const std::string samples =
    "[];1773299700;1773299708;1773299700;;79000001122;;74950001122;1100;74950001122;ivr;1773299700;A\n"
    "[R1,R2];1773299710;1773299922;1773299719;;79000001122;101;sip:ivanova@x;1110;74950001122;abonent;"
    "1773299700;A\n"
    "[];1773302531;1773302561;0;;79110000233;101;sip:ivanova@x;1110;74950001122;abonent;1773302530;B\n"
    "[];1773302531;1773302561;0;;79110000233;102;sip:petrov@x;1110;74950001122;abonent;1773302530;B\n"
    "[];1773308403;1773308409;0;101;sip:ivanova@x;;79150000455;1121;74950001122;abonent;1773308403;D\n"
    "[];1773320400;1773320405;1773320405;;79210000677;101;sip:ivanova@x;1000;74950001122;abonent;1773320400;"
    "G\n"
    "[];1773320406;1773320521;1773320421;101;sip:ivanova@x;;79210000677;1110;;abonent;1773320400;G\n";

}  // namespace

TEST_CASE("mango: nothing is pulled unless it is wanted and can be signed") {
  CHECK(pull());
  Source of = source();
  of.options["pull"] = "no";
  CHECK_FALSE(pull({}, of));
  of = source();
  of.options["salt"] = "";
  CHECK_FALSE(pull({}, of));
}

TEST_CASE("mango: the conversation of a run") {
  const auto run = pull(since(now_s - 50'000));
  const auto first = run->next();
  CHECK(run->wait() == Milliseconds{0});
  CHECK(first->url == "https://app.mango-office.ru/vpbx/stats/request");
  CHECK(asked(first)["date_from"].integer() == now_s - 50'000);
  CHECK(asked(first)["date_to"].integer() == now_s);
  CHECK(asked(first)["fields"].text() == std::string(mango::report_fields));
  Request sent;
  sent.body = first->body;
  CHECK(find("mango")->verify(sent, source()) == Proof::good);
  REQUIRE(run->take(answer(200, R"({"key":"b3+/=="})")));
  for (int i = 0; i < 3; ++i) {
    const auto call = run->next();
    CHECK(run->wait() == Milliseconds{5'000});
    CHECK(call->url == "https://app.mango-office.ru/vpbx/stats/result");
    CHECK(asked(call)["key"].text() == "b3+/==");
    REQUIRE(run->take(answer(204)));
  }
  REQUIRE(run->next());
  REQUIRE(run->take(answer(200, "")));
  CHECK_FALSE(run->next());
  CHECK(run->found().empty());
  CHECK(run->mark()["until"].integer() == now_s - 3'600);
}

TEST_CASE("mango: whatever goes wrong is not asked again, and the mark stays") {
  for (const auto& bad : {answer(0), answer(200, R"({"result":3100})"), answer(200, "[]"), answer(200, ""),
                          answer(401), answer(429), answer(500), answer(200, R"({"key":""})"), answer(204)}) {
    CAPTURE(bad.status);
    CAPTURE(bad.body);
    const auto run = pull(since(now_s - 50'000));
    REQUIRE(run->next());
    const Done taken = run->take(bad);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().text().find("salt") ==
          (bad.status == 401 ? taken.error().text().find("salt") : std::string::npos));
    CHECK_FALSE(run->next());
    CHECK(run->mark()["until"].integer() == now_s - 50'000);
  }
  for (const auto& bad : {answer(0), answer(404), answer(500), answer(200, R"({"result":5000})")}) {
    const auto run = pull(since(now_s - 50'000));
    REQUIRE(run->next());
    REQUIRE(run->take(answer(200, R"({"key":"K"})")));
    REQUIRE(run->next());
    CHECK_FALSE(run->take(bad));
    CHECK_FALSE(run->next());
    CHECK(run->mark()["until"].integer() == now_s - 50'000);
  }
}

TEST_CASE("mango: a report that never becomes ready ends the run") {
  const auto run = pull();
  REQUIRE(run->next());
  REQUIRE(run->take(answer(200, R"({"key":"K"})")));
  int asks = 0;
  while (run->next()) {
    ++asks;
    if (!run->take(answer(204))) break;
    REQUIRE(asks < 1000);
  }
  CHECK(asks == 120);
  CHECK_FALSE(run->next());
}

TEST_CASE("mango: how far back") {
  CHECK(asked(pull()->next())["date_from"].integer() == now_s - 3'600 - 86'400);
  CHECK(asked(pull(since(1))->next())["date_from"].integer() == now_s - 3'600 - 28 * 86'400);
  CHECK_FALSE(pull(since(now_s + 5))->next());
  CHECK(asked(pull(json::Value("nonsense"))->next())["date_from"].integer() == now_s - 3'600 - 86'400);
  Source late = source();
  late.options["time_offset"] = "3";
  CHECK(asked(pull({}, late)->next())["date_to"].integer() == now_s + 10'800);
}

TEST_CASE("mango: calls of the report have the keys and the facts of their summaries") {
  const Run run(samples);
  const auto events = run.events();
  REQUIRE(events.size() == 6);
  CHECK(events[0].key == "mango:summary:A");
  CHECK(events[0].action == event::Action::create);
  CHECK(events[0].call->outcome == "answered");
  CHECK(events[0].call->extension == "101");
  CHECK(events[0].call->client == "79000001122");
  CHECK(events[0].call->line == "74950001122");
  CHECK(events[0].call->wait_s == 19);
  CHECK(events[0].call->talk_s == 203);
  CHECK(events[0].call->final);
  CHECK(events[1].key == "mango:record:R1");
  CHECK(events[1].call->id == "A");
  CHECK(events[2].key == "mango:record:R2");
  CHECK(events[3].key == "mango:summary:B");
  CHECK(events[3].call->outcome == "missed");
  CHECK(events[3].call->extension == "101");
  CHECK(events[3].call->wait_s == 31);
  CHECK(events[4].key == "mango:summary:D");
  CHECK(events[4].call->direction == "out");
  CHECK(events[4].call->outcome == "busy");
  CHECK(events[4].call->client == "79150000455");
  CHECK(events[4].call->extension == "101");
  // Click-to-call: its first leg looks incoming.
  CHECK(events[5].key == "mango:summary:G");
  CHECK(events[5].call->direction == "out");
  CHECK(events[5].call->client == "79210000677");
  CHECK(events[5].call->extension == "101");
  CHECK(events[5].call->talk_s == 100);
  CHECK(events[5].action == event::Action::attach);
  CHECK(run.mark["until"].integer() == now_s - 3'600);
}

TEST_CASE("mango: the order of lines does not matter") {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < samples.size();) {
    const std::size_t end = samples.find('\n', at);
    lines.push_back(samples.substr(at, end - at));
    at = end + 1;
  }
  std::string backwards;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) backwards += *line + "\r\n";
  const auto text = [](const Run& run) {
    std::vector<std::string> out;
    for (const auto& event : run.events()) out.push_back(json::write(event::to_json(event, TimeZone::utc())));
    std::sort(out.begin(), out.end());
    return out;
  };
  CHECK(text(Run(backwards)) == text(Run(samples)));
}

TEST_CASE("mango: a colleague to whom the call was handed over does not make it another call") {
  const auto calls = mango::read_report(
      "[];1773313500;1773313590;1773313506;;79030000566;101;sip:a@x;1120;74950001122;abonent;1773313500;E\n"
      "[R];1773313562;1773313750;1773313568;101;sip:a@x;102;sip:b@x;1110;;abonent;1773313500;E\n");
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].summary["call_direction"].integer() == 1);
  CHECK(calls[0].summary["to"]["extension"].text() == "101");
  CHECK(calls[0].summary["talk_time"].integer() == 1773313506);
  CHECK(calls[0].summary["end_time"].integer() == 1773313750);
  CHECK(calls[0].recordings == std::vector<std::string>{"R"});
}

TEST_CASE("mango: calls outside of the run's reach, and calls that go on") {
  const auto line = [](std::int64_t created, std::int64_t finished, const char* id) {
    return "[];" + std::to_string(created) + ";" + std::to_string(finished) +
           ";0;;79000001122;101;;1110;;abonent;;" + id + "\n";
  };
  const std::int64_t from = now_s - 50'000;
  const std::int64_t to = now_s - 3'600;
  const Run run(line(from - 1, from + 5, "EARLIER") + line(from, from + 5, "FIRST") +
                    line(to - 1, to + 5, "LAST") + line(to, to + 5, "LATER"),
                from);
  REQUIRE(run.found.size() == 2);
  CHECK(run.events()[0].call->id == "FIRST");
  CHECK(run.events()[1].call->id == "LAST");
  const Run running(line(from, from + 5, "FIRST") + line(to - 9, now_s - 5, "RUNNING"), from);
  REQUIRE(running.found.size() == 1);
  CHECK(running.mark["until"].integer() == to - 9);
}

TEST_CASE("mango: lines that are no calls") {
  CHECK(mango::read_report("").empty());
  CHECK(mango::read_report("\n;;;\n[];1;2;3\nrecords;start;finish;answer;f;f;t;t;d;l;l;create;entry_id\n")
            .empty());
  CHECK(mango::read_report("[];1773299700;5;0;;;;;;;;;\n").empty());
  CHECK(mango::read_report("[];x;5;0;;;;;;;;;E\n").empty());
  CHECK(mango::read_report("[];1773299700;5;0;;;;;;;;;E;more\n").size() == 1);
  CHECK(mango::read_report(std::string(100'000, ';')).empty());
}
