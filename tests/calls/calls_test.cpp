// Calls from the services' sample bodies to the portal's telephony.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "calls/exchange.hpp"
#include "log/log.hpp"
#include "sandbox/store.hpp"

using namespace b24gate;
using calls::Exchange;
using calls::Told;

namespace {

Told mango(const std::string& name) { return {"pbx-mango", "mango/samples/" + name + ".form", {}}; }
Told megafon(const std::string& name) { return {"pbx-megafon", "megafon/samples/" + name + ".form", {}}; }
Told comagic(const std::string& name) { return {"calltracking", "comagic/samples/" + name, {}}; }

struct Quiet {
  Quiet() {
    log::set_sink([](log::Level, std::string_view) {});
  }
  ~Quiet() { log::set_sink({}); }
};

// All that a report can count of a call; not when it began, which the first word on it says.
std::string sum_of(const json::Value& call) {
  return fmt::format("{} type {} user {} {} s, {}, line {}, record {}", call["phone"].text(),
                     call["type"].text(), call["userId"].text(), call["duration"].text(), call["code"].text(),
                     call["line"].text(), call["record"].is_null() ? "no" : "yes");
}

std::string sums(const json::Array& calls) {
  std::string out;
  for (const auto& call : calls) out += (out.empty() ? "" : "; ") + sum_of(call);
  return out;
}

// The thread sanitizer finds nothing in the tenth order that it has not found in the first, and takes
// minutes.
#ifdef __SANITIZE_THREAD__
constexpr int every = 9;
#else
constexpr int every = 1;
#endif

// How an event that is not at its end stands; empty when all are.
std::string unfinished(const Exchange& exchange) {
  std::string out;
  for (const auto& event : exchange.events()) {
    if (event.state != journal::EventState::delivered && event.state != journal::EventState::ignored)
      out += fmt::format("{} {}: {}\n", event.key, journal::name(event.state), event.reason);
  }
  return out;
}

}  // namespace

TEST_CASE("a call that rings has its card at once, and is finished with its final record") {
  const Quiet quiet;
  Exchange exchange;
  exchange.tell(mango("a01-call-appeared-ivr"));
  exchange.work();
  CHECK(exchange.open_calls().empty());  // nobody's telephone rings yet
  exchange.tell(mango("a05-call-appeared-abonent"));
  exchange.work();
  const auto ringing = exchange.open_calls();
  REQUIRE(ringing.size() == 1);
  CHECK(ringing[0]["userId"].integer() == 12);
  CHECK(json::write(ringing[0]["screens"]) == "[12]");
  CHECK(ringing[0]["phone"].text() == "79000001122");
  CHECK(ringing[0]["line"].text() == "+74950001122");
  CHECK(ringing[0]["externalId"].text() == "pbx-mango:MTY0NTAwMDEwMDE6NTA2");
  CHECK(exchange.leads("+79000001122").empty());

  exchange.tell(mango("a07-call-connected-abonent"));
  exchange.tell(mango("a09-call-disconnected-abonent"));
  exchange.tell(mango("a11-summary"));
  exchange.work();
  REQUIRE(exchange.leads("+79000001122").size() == 1);  // the lead does not wait for the call
  exchange.settle();
  CHECK(exchange.open_calls().empty());
  const auto finished = exchange.finished();
  REQUIRE(finished.size() == 1);
  CHECK(finished[0]["duration"].integer() == 203);
  CHECK(finished[0]["code"].text() == "200");
  CHECK(finished[0]["userId"].integer() == 12);
  // The activity hangs on our lead, whatever the portal has found by the number.
  const std::string lead = exchange.leads("+79000001122")[0]["id"].text();
  const json::Value state = exchange.state();
  REQUIRE(state["activities"].size() == 1);
  CHECK(state["activities"].at(0)["ownerId"].text() == lead);
  CHECK(unfinished(exchange).empty());
}

TEST_CASE("every order of a sequence gives the same call") {
  const Quiet quiet;
  struct Sequence {
    std::vector<Told> told;
    std::string call;  // as it must be in the portal in the end
  };
  const std::vector<Sequence> sequences = {
      {{mango("a01-call-appeared-ivr"), mango("a05-call-appeared-abonent"),
        mango("a07-call-connected-abonent"), mango("a09-call-disconnected-abonent"), mango("a11-summary")},
       "79000001122 type 2 user 12 203 s, 200, line +74950001122, record no"},
      {{mango("b02-call-appeared-101"), mango("b03-call-appeared-102"), mango("b04-call-disconnected-101"),
        mango("b05-call-disconnected-102"), mango("b07-summary")},
       "79110000233 type 2 user 7 0 s, 304, line +74950001122, record no"},
      {{mango("c01-call-appeared"), mango("c02-call-connected"), mango("c03-call-disconnected"),
        mango("c04-summary")},
       "79260000344 type 1 user 14 105 s, 200, line +74950001122, record no"},
      {{mango("d01-call-appeared"), mango("d02-call-disconnected"), mango("d03-summary")},
       "79150000455 type 1 user 12 0 s, 486, line +74950001122, record no"},
      {{mango("e01-call-appeared-101"), mango("e02-call-connected-101"), mango("e05-call-appeared-102"),
        mango("e09-call-connected-102-client"), mango("e12-summary")},
       "79030000566 type 2 user 12 244 s, 200, line +74950001122, record no"},
      {{mango("g02-call-appeared-leg1"), mango("g03-call-connected-leg1"), mango("g05-call-appeared-leg2"),
        mango("g07-call-disconnected-leg2"), mango("g08-summary")},
       "79210000677 type 1 user 12 100 s, 200, line +74950001122, record no"},
      {{megafon("a2-event-incoming-ivanova"), megafon("a3-event-incoming-petrov"),
        megafon("a4-event-accepted-petrov"), megafon("a5-event-cancelled-ivanova"),
        megafon("a7-history-success")},
       ""},
      {{megafon("b2-event-incoming"), megafon("b3-event-cancelled"), megafon("b4-history-missed")}, ""},
      {{megafon("e1-event-incoming"), megafon("e3-event-transferred"), megafon("e4-event-accepted-second"),
        megafon("e6-history-first"), megafon("e7-history-second")},
       ""},
      {{comagic("05-call-in-ring.query"), comagic("01-call-end-answered.json")}, ""},
      {{comagic("02-call-lost.json"), comagic("03-call-end-of-lost-call.json")}, ""}};
  for (const auto& sequence : sequences) {
    CAPTURE(sequence.told.front().sample);
    std::vector<std::size_t> order(sequence.told.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::string expected = sequence.call;
    int number = 0;
    do {
      ++number;
      std::string written;
      for (const auto i : order) written += std::to_string(i);
      CAPTURE(written);
      if (number % every != 1 % every) continue;
      // At once, or with the engine at work between the words.
      Exchange exchange;
      for (const auto i : order) {
        exchange.tell(sequence.told[i]);
        if (number % 2 == 0) exchange.pass(std::chrono::milliseconds{100});
      }
      exchange.settle();
      const std::string got = sums(exchange.finished());
      if (expected.empty()) expected = got;
      CHECK(got == expected);
      // A leg that was told before it was said whose it is stays open, at nobody's screen.
      for (const auto& open : exchange.open_calls()) CHECK(json::write(open["screens"]) == "[]");
      CHECK(unfinished(exchange) == "");
    } while (std::next_permutation(order.begin(), order.end()));
    MESSAGE(number << " orders: " << expected);
  }
}

TEST_CASE("a group's telephones ring at every screen, and stop when one answers") {
  const Quiet quiet;
  Exchange exchange;
  exchange.tell(mango("b02-call-appeared-101"));
  exchange.work();
  exchange.tell(mango("b03-call-appeared-102"));
  exchange.work();
  REQUIRE(exchange.open_calls().size() == 1);
  CHECK(json::write(exchange.open_calls()[0]["screens"]) == "[12,14]");
  exchange.tell({"pbx-mango",
                 "mango/samples/a07-call-connected-abonent.form",
                 {{"MTY0NTAwMDEwMDE6NTA2", "MTY0NTAwMDEwMDI6NTA2"}, {"79000001122", "79110000233"}}});
  exchange.work();
  CHECK(json::write(exchange.open_calls()[0]["screens"]) == "[12]");
}

TEST_CASE("a missed call is a lead with a task to call back; the call back closes it") {
  const Quiet quiet;
  Exchange exchange("", from_unix_ms(1'773'302'600'000));
  exchange.tell(mango("b07-summary"));
  exchange.settle();
  const auto leads = exchange.leads("+79110000233");
  REQUIRE(leads.size() == 1);
  const auto call_back = [&] {
    json::Array out;
    for (auto& task : exchange.tasks()) {
      if (task["title"].text().find("Перезвонить") != std::string::npos) out.push_back(std::move(task));
    }
    return out;
  };
  REQUIRE(call_back().size() == 1);
  CHECK(json::write(call_back()[0]).find("L_" + leads[0]["id"].text()) != std::string::npos);
  CHECK(call_back()[0]["status"].text() != "5");
  CHECK(exchange.finished("79110000233").size() == 1);

  // Somebody calls the client, who answers.
  exchange.tell({"pbx-mango",
                 "mango/samples/c04-summary.form",
                 {{"MTY0NTAwMDEwMDM", "MTY0NTAwMDEwMTM"}, {"79260000344", "79110000233"}}});
  exchange.settle();
  REQUIRE(call_back().size() == 1);
  CHECK(call_back()[0]["status"].text() == "5");
  CHECK(exchange.leads("+79110000233").size() == 1);
  CHECK(exchange.finished("79110000233").size() == 2);
  CHECK(unfinished(exchange) == "");
}

TEST_CASE("a call that was answered before we heard that it was missed makes no task") {
  const Quiet quiet;
  Exchange exchange;
  exchange.tell({"pbx-mango",
                 "mango/samples/c04-summary.form",
                 {{"MTY0NTAwMDEwMDM", "MTY0NTAwMDEwMTM"}, {"79260000344", "79110000233"}}});
  exchange.settle();
  exchange.tell(mango("b07-summary"));  // it was an hour and more before
  exchange.settle();
  for (const auto& task : exchange.tasks())
    CHECK(task["title"].text().find("Перезвонить") == std::string::npos);
}

TEST_CASE("one call that two services tell of is one, with the words of both") {
  const Quiet quiet;
  // CoMagic's call is the same as Mango's: same client, same time.
  const Told tracked{"calltracking",
                     "comagic/samples/01-call-end-answered.json",
                     {{"79000001201", "79000001122"}, {"2025-10-14 10:22:31.118", "2026-03-12 10:18:24"}}};
  for (const bool tracker_first : {true, false}) {
    CAPTURE(tracker_first);
    Exchange exchange;
    exchange.tell(mango("a05-call-appeared-abonent"));
    exchange.work();
    if (tracker_first) exchange.tell(tracked);
    exchange.work();
    exchange.tell(mango("a11-summary"));
    exchange.work();
    if (!tracker_first) exchange.tell(tracked);
    exchange.settle();
    const auto finished = exchange.finished();
    REQUIRE(finished.size() == 1);
    CHECK(finished[0]["userId"].integer() == 12);
    const auto leads = exchange.leads("+79000001122");
    REQUIRE(leads.size() == 1);
    CHECK(leads[0]["utmSource"].text() == "yandex");
    CHECK(unfinished(exchange) == "");
  }
}

TEST_CASE("a restart between any two words changes nothing") {
  const Quiet quiet;
  const std::vector<Told> told = {mango("a01-call-appeared-ivr"), mango("a05-call-appeared-abonent"),
                                  mango("a07-call-connected-abonent"), mango("a09-call-disconnected-abonent"),
                                  mango("a11-summary")};
  for (std::size_t restart = 0; restart < told.size(); ++restart) {
    CAPTURE(restart);
    Exchange exchange;
    for (std::size_t i = 0; i < told.size(); ++i) {
      exchange.tell(told[i]);
      if (restart == i) exchange.restart();
      exchange.work();
    }
    exchange.settle();
    CHECK(sums(exchange.finished()) == "79000001122 type 2 user 12 203 s, 200, line +74950001122, record no");
    CHECK(exchange.leads("+79000001122").size() == 1);
    CHECK(unfinished(exchange) == "");
  }
}

TEST_CASE("an answer that is lost makes no second call") {
  const Quiet quiet;
  for (const std::string method : {"telephony.externalCall.register", "telephony.externalCall.finish"}) {
    CAPTURE(method);
    for (const bool live : {true, false}) {
      Exchange exchange;
      int lost = 0;
      exchange.lose_answer = [&](const std::string& called) { return called == method && lost++ == 0; };
      if (live) exchange.tell(mango("a05-call-appeared-abonent"));
      exchange.work();
      exchange.tell(mango("a11-summary"));
      exchange.settle();
      CHECK(lost > 0);
      CHECK(sums(exchange.finished()) ==
            "79000001122 type 2 user 12 203 s, 200, line +74950001122, record no");
      CHECK(unfinished(exchange) == "");
    }
  }
}

TEST_CASE("while the portal refuses the telephony, leads are made; the calls follow when it may") {
  const Quiet quiet;
  Exchange exchange;
  exchange.portal.set_telephony(true);
  exchange.tell(mango("a05-call-appeared-abonent"));
  exchange.work();
  exchange.tell(mango("a11-summary"));
  exchange.settle();
  CHECK(exchange.leads("+79000001122").size() == 1);
  CHECK(exchange.finished().empty());
  exchange.portal.set_telephony(false);
  for (int i = 0; i < 20; ++i) exchange.settle();
  CHECK(exchange.finished().size() == 1);
  CHECK(unfinished(exchange) == "");
}

TEST_CASE("a call that the portal has lost is told anew, once; lost again it needs a person") {
  const Quiet quiet;
  for (const bool again : {false, true}) {
    CAPTURE(again);
    Exchange exchange;
    int finishes = 0;
    exchange.lose_answer = [&](const std::string& method) {
      if (method == "telephony.externalCall.finish" && (finishes++ == 0 || again))
        exchange.portal.with_store([](sandbox::Store& store, sandbox::Faults&) { store.open_calls.clear(); });
      return false;
    };
    exchange.tell(mango("a05-call-appeared-abonent"));
    exchange.work();
    exchange.tell(mango("a11-summary"));
    for (int i = 0; i < 4; ++i) exchange.settle();
    CHECK(exchange.finished().size() == (again ? 0 : 1));
    const bool failed =
        unfinished(exchange).find("failed: finish: the portal has lost the call twice") != std::string::npos;
    CHECK(failed == again);
    if (!again) CHECK(unfinished(exchange) == "");
    CHECK(finishes == 2);
  }
}

TEST_CASE("a clock that is set back makes no call wait for its old time") {
  const Quiet quiet;
  for (const bool live : {true, false}) {
    CAPTURE(live);
    Exchange exchange;
    if (live) exchange.tell(mango("a05-call-appeared-abonent"));
    exchange.work();
    exchange.tell(mango("a11-summary"));
    exchange.work();
    exchange.clock.jump_to(exchange.clock.now() - std::chrono::hours{5});
    exchange.restart();  // as after any change of the clock: what waits is looked at again
    exchange.settle();
    CHECK(exchange.finished().size() == 1);
    CHECK(unfinished(exchange) == "");
  }
}

TEST_CASE("a portal without telephony gets the lead and its comment, and nothing waits") {
  const Quiet quiet;
  Exchange exchange;
  REQUIRE(exchange.portal.add_fault(
      json::parse(
          R"({"kind":"error","method":"telephony.externalCall.register","error":"ERROR_METHOD_NOT_FOUND",)"
          R"("error_description":"Method not found!","status":404})")
          .value()));
  exchange.tell(mango("a05-call-appeared-abonent"));
  exchange.work();
  exchange.tell(mango("a11-summary"));
  exchange.settle();
  CHECK(exchange.leads("+79000001122").size() == 1);
  CHECK(exchange.finished().empty());
  CHECK(unfinished(exchange) == "");
}

TEST_CASE("a call whose final record never comes is finished by what was seen of it") {
  const Quiet quiet;
  Exchange exchange;
  exchange.tell(mango("a05-call-appeared-abonent"));
  exchange.work();
  exchange.tell(mango("a07-call-connected-abonent"));
  exchange.work();
  exchange.tell(mango("a09-call-disconnected-abonent"));
  exchange.work();
  CHECK(exchange.finished().empty());
  for (int i = 0; i < 6; ++i) exchange.settle();
  REQUIRE(exchange.finished().size() == 1);
  CHECK(exchange.finished()[0]["duration"].integer() == 203);
  CHECK(exchange.finished()[0]["code"].text() == "200");
  CHECK(unfinished(exchange) == "");
}

TEST_CASE("an extension that nobody has goes to the line's person, without a card at their screen") {
  const Quiet quiet;
  Exchange exchange(
      "calls: { records: { attach: no }, lines: { \"+74950001122\": { employee: smirnova } } }\n");
  const std::vector<std::pair<std::string, std::string>> other = {{"%22101%22", "%22199%22"}};
  exchange.tell({"pbx-mango", "mango/samples/a05-call-appeared-abonent.form", other});
  exchange.work();
  REQUIRE(exchange.open_calls().size() == 1);
  CHECK(exchange.open_calls()[0]["userId"].integer() == 6);
  CHECK(json::write(exchange.open_calls()[0]["screens"]) == "[]");
  exchange.tell({"pbx-mango", "mango/samples/a11-summary.form", other});
  exchange.settle();
  REQUIRE(exchange.finished().size() == 1);
  CHECK(exchange.finished()[0]["userId"].integer() == 6);
  CHECK(exchange.notices() == std::vector<std::string>{"199 (pbx-mango)"});
}

TEST_CASE("people whom a service names in full are told of without their names") {
  std::string logged;
  log::set_sink([&](log::Level, std::string_view line) { logged += line; });
  Exchange exchange;
  exchange.tell(comagic("01-call-end-answered.json"));
  exchange.settle();
  CHECK(exchange.notices() == std::vector<std::string>{"names of people (calltracking)"});
  log::set_sink({});
  CHECK(logged.find("B24-4016") != std::string::npos);
  CHECK(logged.find("Кравцов") == std::string::npos);
}

TEST_CASE("numbers that are ignored, hidden or ours") {
  const Quiet quiet;
  Exchange exchange("calls: { records: { attach: no }, ignore: [\"+7900000*\"] }\n");
  exchange.tell(mango("a05-call-appeared-abonent"));
  exchange.tell(mango("a11-summary"));
  exchange.tell(mango("f01-call-appeared-ivr"));
  exchange.tell(mango("f03-summary"));
  exchange.settle();
  CHECK(exchange.finished().empty());
  CHECK(exchange.open_calls().empty());
  CHECK(exchange.leads("+79000001122").empty());
  CHECK(unfinished(exchange) == "");
}

namespace {

const std::string with_records = "calls: { records: { attach: yes } }\n";

outbound::Fetched answer(int status, std::string body) {
  outbound::Fetched out;
  out.status = status;
  out.body = std::move(body);
  out.content_type = "audio/mpeg";
  return out;
}

}  // namespace

TEST_CASE("a record whose address needs no key is left to the portal to fetch") {
  const Quiet quiet;
  Exchange exchange(with_records);
  exchange.fetch = [](const connector::HttpCall&,
                      const outbound::FetchOptions&) -> Result<outbound::Fetched> {
    FAIL("nothing is to be fetched");
    return answer(500, "");
  };
  exchange.tell(megafon("a7-history-success"));
  exchange.settle();
  CHECK(unfinished(exchange) != "");  // it waits for its record, and holds nobody up
  exchange.fetch_records();
  REQUIRE(exchange.finished().size() == 1);
  CHECK(exchange.finished()[0]["record"]["url"].text().find("https://vats000000.megapbx.ru/") == 0);
  CHECK(unfinished(exchange) == "");
}

TEST_CASE("a record that needs our key is asked for until the service has it, then sent on") {
  const Quiet quiet;
  Exchange exchange(with_records);
  int asked = 0;
  exchange.fetch = [&](const connector::HttpCall& call,
                       const outbound::FetchOptions& options) -> Result<outbound::Fetched> {
    ++asked;
    CHECK(call.method == "POST");
    CHECK(options.inside == outbound::Inside::none);
    return asked < 3 ? answer(404, "not yet") : answer(200, "ID3 the talk");
  };
  exchange.tell(mango("a11-summary"));
  exchange.tell(mango("a12-record-added"));
  exchange.settle();
  for (int i = 0; i < 4; ++i) {
    exchange.fetch_records();
    exchange.fetch_records();  // too early: nothing is asked again
    CHECK(asked == std::min(i + 1, 3));
    exchange.settle();
  }
  REQUIRE(exchange.finished().size() == 1);
  const json::Value record = exchange.finished()[0]["record"];
  CHECK(record["bytes"].integer() == 12);
  CHECK(record["name"].text().ends_with(".mp3"));
  CHECK(unfinished(exchange) == "");
}

TEST_CASE("a record that never comes, or is nothing that the portal takes, is given up and told") {
  const Quiet quiet;
  for (const bool comes : {false, true}) {
    CAPTURE(comes);
    Exchange exchange(with_records);
    exchange.fetch = [&](const connector::HttpCall&,
                         const outbound::FetchOptions&) -> Result<outbound::Fetched> {
      return comes ? answer(200, "OggS") : answer(404, "");
    };
    exchange.tell(mango("a11-summary"));
    exchange.tell(mango("a12-record-added"));
    exchange.settle();
    for (int i = 0; i < 30; ++i) {
      exchange.fetch_records();
      exchange.clock.advance(std::chrono::hours{1});
    }
    CHECK(exchange.finished().size() == 1);
    CHECK(exchange.finished()[0]["record"].is_null());
    CHECK(unfinished(exchange) == "");
    const auto last = exchange.deliveries(exchange.events().back().id).back();
    CHECK(last.state == journal::DeliveryState::discarded);
    CHECK(last.reason.find(comes ? "wav and mp3" : "in time") != std::string::npos);
  }
}
