#include "pull/runner.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <future>
#include <stdexcept>

#include "base/manual_clock.hpp"

using namespace b24gate;
using namespace b24gate::pull;
using namespace std::chrono_literals;
using connector::HttpAnswer;
using connector::HttpCall;

namespace {

// What runs of the connector below do, and what was asked of them.
struct Script {
  std::vector<std::string> urls;   // of the calls of one run
  Milliseconds wait{0};            // before all but the first
  std::vector<std::string> found;  // bodies, after every answer
  std::string failure;             // of take(), when it is not empty
  bool throws = false;
  bool allowed = true;
  json::Value mark = "M";
  std::vector<int> statuses;       // of the answers taken
  std::vector<std::string> marks;  // that runs began from
};

class ScriptedPull final : public connector::Pull {
 public:
  explicit ScriptedPull(Script& script) : script_(script) {}
  std::optional<HttpCall> next() override {
    if (at_ >= script_.urls.size()) return std::nullopt;
    HttpCall call;
    call.url = script_.urls[at_++];
    return call;
  }
  [[nodiscard]] Milliseconds wait() const override { return at_ > 1 ? script_.wait : 0ms; }
  Done take(const HttpAnswer& answer) override {
    if (script_.throws) throw std::runtime_error("broken");
    script_.statuses.push_back(answer.status);
    found_ = script_.found;
    if (!script_.failure.empty())
      return fail(ErrorKind::refused, "vendor", script_.failure, Ran::no, Move::administrator);
    return {};
  }
  std::vector<connector::Request> found() override {
    std::vector<connector::Request> out;
    for (const auto& body : std::exchange(found_, {})) out.emplace_back().body = body;
    return out;
  }
  [[nodiscard]] json::Value mark() const override { return script_.mark; }

 private:
  Script& script_;
  std::size_t at_ = 0;
  std::vector<std::string> found_;
};

class Scripted final : public connector::Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "scripted"; }
  [[nodiscard]] connector::Reading read(const connector::Request&, const connector::Source&) const override {
    return {};
  }
  [[nodiscard]] std::string_view default_mapping() const override { return ""; }
  [[nodiscard]] std::unique_ptr<connector::Pull> pull(const connector::Source&, const json::Value& mark,
                                                      TimePoint) const override {
    script.marks.push_back(mark.text());
    if (!script.allowed) return nullptr;
    return std::make_unique<ScriptedPull>(script);
  }
  mutable Script script;
};

Result<outbound::Fetched> answered(int status) {
  outbound::Fetched out;
  out.status = status;
  return out;
}

tl::unexpected<Error> no(ErrorKind kind, const char* what) { return fail(kind, "pbx.example", what); }

struct Bench {
  ManualClock clock{from_unix_ms(1'780'300'800'000)};
  Scripted service;
  std::deque<Result<outbound::Fetched>> answers;  // 200 when there are none
  std::vector<std::string> log;
  Done storing;
  Done remembering;
  Result<json::Value> last_mark = json::Value();
  double jitter = 0;
  std::function<void()> during_fetch;
  Runner runner;

  Bench() : runner(parts(), clock, {}) { service.script.urls = {"https://pbx.example/a"}; }

  Parts parts() {
    Parts out;
    out.fetch = [this](const HttpCall& call, const outbound::FetchOptions&) {
      log.push_back("fetch " + call.url);
      if (during_fetch) during_fetch();
      if (answers.empty()) return answered(200);
      auto answer = std::move(answers.front());
      answers.pop_front();
      return answer;
    };
    out.store = [this](const std::string& source, const connector::Request& request) -> Result<Taken> {
      log.push_back("store " + source + " " + request.body);
      if (!storing) return tl::unexpected(storing.error());
      return request.body == "known" ? Taken::known : Taken::fresh;
    };
    out.mark = [this](const std::string&) { return last_mark; };
    out.remember = [this](const std::string& source, const json::Value& mark) {
      log.push_back("remember " + source + " " + mark.text());
      return remembering;
    };
    out.jitter = [this] { return jitter; };
    out.report = [this](const std::string& source, const std::optional<Error>& error) {
      log.push_back("report " + source + " " + (error ? error->text() : "well"));
    };
    return out;
  }

  Job job(const char* name = "pbx", Milliseconds interval = 1h) {
    Job out;
    out.name = name;
    out.connector = &service;
    out.interval = interval;
    return out;
  }
  // Runs what is due `after` from now on; gives back the wait until the next time.
  std::optional<Milliseconds> run(Milliseconds after = 0ms) {
    clock.advance(after);
    const auto next = runner.run_due(clock.steady());
    if (!next) return std::nullopt;
    return *next - clock.steady();
  }
  // Runs everything that is due until there is a pause of a minute.
  void run_all(Milliseconds after) {
    for (auto pause = run(after); pause && *pause < 60s;) pause = run(*pause);
  }
  std::vector<std::string> taken_log() { return std::exchange(log, {}); }
  State state() { return runner.states().at(0); }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a run: calls, what they find, and the mark when all of it is stored") {
  Bench bench;
  bench.service.script.urls = {"https://pbx.example/a", "https://pbx.example/b"};
  bench.service.script.found = {"1", "known"};
  bench.last_mark = json::Value("OLD");
  bench.runner.configure({bench.job()});
  CHECK(bench.run() == 2min);
  CHECK(bench.log.empty());
  bench.run_all(2min);
  CHECK(bench.taken_log() == Lines{"fetch https://pbx.example/a", "store pbx 1", "store pbx known",
                                   "fetch https://pbx.example/b", "store pbx 1", "store pbx known",
                                   "remember pbx M"});
  CHECK(bench.service.script.marks == Lines{"OLD"});
  const State state = bench.state();
  CHECK(state.name == "pbx");
  CHECK(state.runs == 1);
  CHECK(state.found == 4);
  CHECK(state.fresh == 2);
  CHECK(state.last_error.empty());
  CHECK_FALSE(state.running);
  CHECK(state.last_complete == bench.clock.now());
  CHECK(state.next_at == bench.clock.steady() + 1h);
  CHECK(bench.run(59min) == 1min);
  CHECK(bench.log.empty());
  bench.run_all(1min);
  CHECK(bench.taken_log().size() == 7);
}

TEST_CASE("waits between calls are times to come again, counted from the answer") {
  Bench bench;
  bench.service.script.urls = {"https://pbx.example/a", "https://pbx.example/b", "https://pbx.example/c"};
  bench.service.script.wait = 5s;
  bench.runner.configure({bench.job()});
  bench.run();
  CHECK(bench.run(2min) == 0ms);
  CHECK(bench.log.empty());
  CHECK(bench.run() == 5s);
  CHECK(bench.log.size() == 1);
  CHECK(bench.state().running);
  CHECK(bench.run(4s) == 1s);
  CHECK(bench.log.size() == 1);
  bench.during_fetch = [&] { bench.clock.advance(3s); };
  CHECK(bench.run(1s) == 5s);
  CHECK(bench.log.size() == 2);
}

TEST_CASE("a wait of the connector's is bounded") {
  Bench bench;
  bench.service.script.urls = {"https://pbx.example/a", "https://pbx.example/b"};
  bench.runner.configure({bench.job()});
  bench.run();
  bench.run(2min);
  bench.service.script.wait = 100h;
  CHECK(bench.run() == 10min);
  bench.service.script.urls.emplace_back("https://pbx.example/c");
  bench.service.script.wait = -5s;
  CHECK(bench.run(10min) == 0ms);
}

TEST_CASE("what cannot be stored ends the run and leaves the mark") {
  Bench bench;
  bench.service.script.found = {"1", "2"};
  bench.runner.configure({bench.job()});
  bench.run();
  SUBCASE("a request") {
    bench.storing = fail(ErrorKind::disk, "journal", "the disk is full");
    bench.run_all(2min);
    CHECK(bench.taken_log() == Lines{"fetch https://pbx.example/a", "store pbx 1",
                                     "report pbx pbx: what was found cannot be stored (because journal: the "
                                     "disk is full)"});
    CHECK(bench.state().fresh == 0);
    CHECK(bench.state().runs == 0);
  }
  SUBCASE("the mark") {
    bench.remembering = fail(ErrorKind::disk, "journal", "the disk is full");
    bench.run_all(2min);
    CHECK(bench.taken_log().back() ==
          "report pbx pbx: the mark cannot be stored (because journal: the disk is full)");
    CHECK(bench.state().fresh == 2);
    CHECK(bench.state().runs == 0);
  }
  SUBCASE("the last mark cannot be read") {
    bench.last_mark = fail(ErrorKind::disk, "journal", "broken");
    bench.run_all(2min);
    CHECK(bench.taken_log() ==
          Lines{"report pbx pbx: the last mark cannot be read (because journal: broken)"});
  }
}

TEST_CASE("a failure is told once, and once more when it is over") {
  Bench bench;
  bench.service.script.failure = "wrong key";
  bench.runner.configure({bench.job()});
  bench.run();
  bench.run_all(2min);
  const std::string report =
      "report pbx pbx: the vendor's statistics cannot be read (because vendor: wrong key)";
  CHECK(bench.taken_log() == Lines{"fetch https://pbx.example/a", report});
  CHECK(bench.state().last_error ==
        "pbx: the vendor's statistics cannot be read (because vendor: wrong key)");
  bench.run_all(1h);
  CHECK(bench.taken_log() == Lines{"fetch https://pbx.example/a"});
  bench.service.script.failure = "another";
  bench.run_all(1h);
  CHECK(bench.taken_log().size() == 2);
  bench.service.script.failure.clear();
  bench.run_all(1h);
  CHECK(bench.taken_log() == Lines{"fetch https://pbx.example/a", "remember pbx M", "report pbx well"});
  bench.run_all(1h);
  CHECK(bench.taken_log().size() == 2);
}

TEST_CASE("what was found before the failure is stored all the same") {
  Bench bench;
  bench.service.script.found = {"1"};
  bench.service.script.failure = "half a report";
  bench.runner.configure({bench.job()});
  bench.run();
  bench.run_all(2min);
  const auto log = bench.taken_log();
  REQUIRE(log.size() == 3);
  CHECK(log[1] == "store pbx 1");
}

TEST_CASE("no answer is the connector's to judge, a refusal of ours is not") {
  Bench bench;
  bench.runner.configure({bench.job()});
  bench.run();
  SUBCASE("no answer, and the connector can do without") {
    bench.answers.emplace_back(no(ErrorKind::network, "cannot connect"));
    bench.run_all(2min);
    CHECK(bench.service.script.statuses == std::vector<int>{0});
    CHECK(bench.log.back() == "remember pbx M");
  }
  SUBCASE("no answer, and it cannot") {
    bench.service.script.failure = "no answer";
    bench.answers.emplace_back(no(ErrorKind::network, "cannot connect"));
    bench.run_all(2min);
    CHECK(bench.log.back() ==
          "report pbx pbx: the vendor cannot be asked (because pbx.example: cannot connect)");
  }
  SUBCASE("a refusal") {
    bench.answers.emplace_back(no(ErrorKind::refused, "the name leads to this machine"));
    bench.run_all(2min);
    CHECK(bench.service.script.statuses.empty());
    CHECK(bench.log.back() == "report pbx pbx.example: the name leads to this machine");
  }
  SUBCASE("another status is an answer") {
    bench.answers.emplace_back(answered(404));
    bench.run_all(2min);
    CHECK(bench.service.script.statuses == std::vector<int>{404});
  }
}

TEST_CASE("a connector that breaks its promises") {
  Bench bench;
  SUBCASE("it throws") {
    bench.service.script.throws = true;
    bench.runner.configure({bench.job()});
    bench.run();
    bench.run_all(2min);
    CHECK(bench.log.back() == "report pbx pbx: the connector failed while it was reading");
  }
  SUBCASE("it never ends") {
    bench.service.script.urls.assign(3'000, "https://pbx.example/a");
    bench.runner.configure({bench.job()});
    bench.run();
    bench.run_all(2min);
    CHECK(bench.log.size() == 2'001);
    CHECK(bench.log.back() == "report pbx pbx: the reading does not end");
  }
}

TEST_CASE("two runs never begin within two minutes, whatever the interval") {
  Bench bench;
  bench.service.script.failure = "wrong";
  bench.runner.configure({bench.job("pbx", 1s)});
  CHECK(bench.run() == 2min);
  bench.run(2min);
  CHECK(bench.run() == 2min);
  // Nor when the configuration is read again in between.
  bench.runner.configure({bench.job("pbx", 1s)});
  CHECK(bench.run(1min) == 1min);
  CHECK(bench.taken_log().size() == 2);
}

TEST_CASE("jitter spreads runs") {
  Bench bench;
  bench.jitter = 0.5;
  bench.runner.configure({bench.job()});
  CHECK(bench.run() == 3min);
  bench.run(3min);
  CHECK(bench.run() == 63min);
}

TEST_CASE("a source whose options do not allow it is left alone until they change") {
  Bench bench;
  bench.service.script.allowed = false;
  bench.runner.configure({bench.job()});
  bench.run();
  CHECK_FALSE(bench.run(2min));
  CHECK_FALSE(bench.state().enabled);
  CHECK_FALSE(bench.run(24h));
  CHECK(bench.service.script.marks.size() == 1);
  CHECK(bench.log.empty());
  bench.service.script.allowed = true;
  bench.runner.configure({bench.job()});
  bench.run_all(0ms);
  CHECK(bench.taken_log().size() == 2);
}

TEST_CASE("nothing to ask is a complete run, and no mark is no mark") {
  Bench bench;
  bench.service.script.urls.clear();
  bench.service.script.mark = nullptr;
  bench.runner.configure({bench.job()});
  bench.run();
  CHECK(bench.run(2min) == 1h);
  CHECK(bench.log.empty());
  CHECK(bench.state().runs == 1);
}

TEST_CASE("sources come, stay and go") {
  Bench bench;
  bench.runner.configure({bench.job("a"), bench.job("b", 2h), bench.job("a", 5h)});
  bench.run();
  bench.run_all(2min);
  CHECK(bench.taken_log().size() == 4);
  REQUIRE(bench.runner.states().size() == 2);
  bench.runner.configure({bench.job("b", 2h), bench.job("c")});
  CHECK(bench.run() == 2min);
  const auto states = bench.runner.states();
  REQUIRE(states.size() == 2);
  CHECK(states[0].name == "b");
  CHECK(states[0].runs == 1);
  CHECK(states[0].next_at == bench.clock.steady() + 2h);
  CHECK(states[1].runs == 0);
  bench.runner.configure({});
  CHECK_FALSE(bench.run());
  CHECK(bench.runner.states().empty());
}

TEST_CASE("a run that a new configuration interrupts begins afresh, later") {
  Bench bench;
  bench.service.script.urls = {"https://pbx.example/a", "https://pbx.example/b"};
  bench.runner.configure({bench.job()});
  bench.run();
  bench.run(2min);
  bench.run();
  CHECK(bench.state().running);
  bench.runner.configure({bench.job()});
  CHECK(bench.run() == 1h);
  CHECK_FALSE(bench.state().running);
  CHECK(bench.taken_log() == Lines{"fetch https://pbx.example/a"});
  bench.run_all(1h);
  CHECK(bench.taken_log().size() == 3);
}

TEST_CASE("one slow source does not keep another from its turn") {
  Bench bench;
  bench.service.script.urls = {"https://pbx.example/a", "https://pbx.example/b"};
  bench.runner.configure({bench.job("a"), bench.job("b")});
  bench.run();
  bench.run(2min);
  bench.run();
  CHECK(bench.taken_log() == Lines{"fetch https://pbx.example/a", "fetch https://pbx.example/a"});
}

TEST_CASE("the bounds of a call") {
  const auto options = [](const char* url, const char* source) {
    HttpCall call;
    call.url = url;
    return fetch_options(call, json::parse(source).value(), {});
  };
  const auto plain = options("https://pbx.example/x", "{}");
  CHECK(plain.hosts == Lines{"pbx.example:443"});
  CHECK(plain.inside == outbound::Inside::none);
  CHECK(plain.max_bytes == 256 * 1024 * 1024);
  CHECK(plain.max_time == 60s);
  CHECK(options("http://127.0.0.1:8080/x", "{}").hosts == Lines{"127.0.0.1:8080"});
  const char* here = R"({"pull_private":"yes"})";
  CHECK(options("http://127.0.0.1:8080/x", here).hosts == Lines{"http://127.0.0.1:8080"});
  CHECK(options("http://[::1]:8080/x", here).hosts == Lines{"http://[::1]:8080"});
  CHECK(options("http://localhost/x", here).hosts == Lines{"http://localhost:80"});
  CHECK(options("http://localhost/x", here).inside == outbound::Inside::loopback);
  // Not without TLS through the Internet.
  CHECK(options("http://pbx.example/x", here).hosts == Lines{"pbx.example:80"});
  CHECK(options("nonsense", here).hosts.empty());
}

TEST_CASE("the thread runs what is due and stops when it is told") {
  Bench bench;
  std::promise<void> fetched;
  bench.during_fetch = [&] { fetched.set_value(); };
  bench.runner.configure({bench.job()});
  bench.run();
  bench.clock.advance(2min);
  bench.runner.start();
  bench.runner.start();
  fetched.get_future().wait();
  CHECK(bench.runner.stop(std::chrono::seconds{30}));
  CHECK(bench.log.front() == "fetch https://pbx.example/a");
  CHECK(bench.runner.stop(std::chrono::seconds{30}));
}

TEST_CASE("a thread with nothing to do hears of a new configuration") {
  Bench bench;
  std::promise<void> asked;
  bench.runner.start();
  auto parts = bench.parts();
  parts.jitter = [&] {
    asked.set_value();
    return 0.0;
  };
  Runner other(parts, bench.clock);
  other.start();
  other.configure({bench.job()});
  asked.get_future().wait();
}
