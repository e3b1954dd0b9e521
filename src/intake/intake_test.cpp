#include "intake/intake.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "intake/rate.hpp"
#include "intake/understand.hpp"
#include "journal/testing/fixture.hpp"

using namespace b24gate;

namespace {

std::vector<yaml::Network> networks(std::initializer_list<const char*> texts) {
  std::vector<yaml::Network> out;
  for (const char* text : texts) {
    yaml::Problems problems;
    const yaml::SystemSecrets secrets;
    yaml::Context context{problems, secrets};
    const auto node = yaml::parse("'" + std::string(text) + "'", "test", problems);
    yaml::read(*node, context, out.emplace_back());
    REQUIRE(problems.empty());
  }
  return out;
}

std::string address(const std::string& peer, const std::vector<http::Header>& headers,
                    const std::vector<yaml::Network>& trusted) {
  http::Request request;
  request.peer = peer;
  request.headers = headers;
  return intake::client_address(request, trusted);
}

connector::Source source_with(std::initializer_list<const char*> secrets) {
  connector::Source out;
  out.name = "site";
  for (const char* secret : secrets) out.secrets.emplace_back(std::string(secret));
  return out;
}

// What admit says of a path, and what is left of it.
std::pair<intake::Admission, std::string> admit(const connector::Source& source, std::string_view rest,
                                                const std::vector<connector::Header>& headers = {}) {
  connector::Request request;
  request.method = "POST";
  request.headers = headers;
  const auto admitted = intake::admit(*connector::find("webhook"), source, request, rest);
  return {admitted.admission, admitted.path};
}

// An intake with a source of MegaFon, over a journal of its own.
class Gate {
 public:
  Gate()
      : current_(load()),
        intake_(current_, *fixture.journal, metrics_, fixture.clock, nullptr, [this] { ++stored; }) {}

  // The status of the answer to what the PBX sends.
  int post(const std::string& form) {
    http::Request request;
    request.method = "POST";
    request.path = "/hook/pbx";
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = form;
    request.received_at = fixture.clock.now();
    std::promise<int> status;
    intake_(std::move(request),
            http::Responder([&](const http::Response& response) { status.set_value(response.status); }));
    const int answered = status.get_future().get();
    // The writer tells of new events after it has answered: what it does next comes after that.
    REQUIRE(fixture.journal->write_now([](journal::Tx&) { return Done(); }));
    return answered;
  }

  // What the PBX answers about its history goes in; how many events it brought.
  std::size_t pull(const std::string& history) {
    const auto configuration = current_.get();
    const config::Source& source = *configuration->source("pbx");
    const TimePoint now = fixture.clock.now();
    auto pull = source.connector->pull(
        source.settings(configuration->portal.time_zone, configuration->phones.region, now), {}, now);
    REQUIRE(pull);
    REQUIRE(pull->next());
    REQUIRE(pull->take({200, {}, history}));
    CHECK_FALSE(pull->next());
    std::size_t brought = 0;
    for (auto& request : pull->found()) {
      const auto fed = intake_.feed("pbx", std::move(request));
      REQUIRE(fed);
      brought += *fed;
    }
    return brought;
  }

  Result<std::size_t> feed(const std::string& source) { return intake_.feed(source, {}); }

  [[nodiscard]] std::vector<journal::EventRow> events(const std::string& origin) const {
    journal::EventFilter filter;
    filter.origin = origin;
    auto reader = fixture.journal->reader();
    REQUIRE(reader);
    const auto rows = journal::find_events(*reader, filter);
    REQUIRE(rows);
    return *rows;
  }

  journal::testing::Fixture fixture;
  int stored = 0;

 private:
  std::shared_ptr<const config::Configuration> load() const {
    const std::string mappings = std::string(B24GATE_SOURCE_DIR) + "/mappings/";
    const std::string file = fixture.path() + ".yaml";
    std::ofstream(file) << "storage: { path: data }\n"
                           "portal: { url: \"http://127.0.0.1:1/rest/1/secret/\" }\n"
                           "sources:\n"
                           "  pbx: { connector: megafon, secret: token, options: { api_key: key, "
                           "api_url: \"https://pbx.example\" } }\n"
                           "employees: "
                        << mappings
                        << "employees.yaml\n"
                           "distribution: "
                        << mappings << "distribution.yaml\n"
                        << "dictionaries: " << mappings << "dictionaries.yaml\n";
    auto loaded = config::load(file, yaml::SystemSecrets());
    for (const auto& problem : loaded.problems) MESSAGE(problem.text());
    REQUIRE(loaded.configuration);
    return loaded.configuration;
  }

  config::Current current_;
  metrics::Metrics metrics_;
  intake::Intake intake_;
};

}  // namespace

TEST_CASE("the visitor's address: only trusted proxies are believed, from the end") {
  const auto trusted = networks({"127.0.0.1", "10.0.0.0/8"});
  CHECK(address("203.0.113.5", {{"X-Forwarded-For", "1.2.3.4"}}, trusted) == "203.0.113.5");
  CHECK(address("127.0.0.1", {{"X-Forwarded-For", "198.51.100.7"}}, trusted) == "198.51.100.7");
  CHECK(address("127.0.0.1", {{"X-Forwarded-For", "6.6.6.6, 198.51.100.7, 10.1.1.1"}}, trusted) ==
        "198.51.100.7");
  CHECK(address("127.0.0.1", {{"x-forwarded-for", "6.6.6.6"}, {"X-Forwarded-For", "198.51.100.7"}},
                trusted) == "198.51.100.7");
  CHECK(address("127.0.0.1", {}, trusted) == "127.0.0.1");
  CHECK(address("127.0.0.1", {{"X-Forwarded-For", ", ,"}}, trusted) == "127.0.0.1");
}

TEST_CASE("a rate is refilled with time and says when to come again") {
  intake::RateLimits limits;
  const config::Rate rate{2, Milliseconds{1000}};
  SteadyPoint now{Milliseconds{1'000'000}};
  CHECK_FALSE(limits.take("a", rate, now));
  CHECK_FALSE(limits.take("a", rate, now));
  const auto wait = limits.take("a", rate, now);
  REQUIRE(wait);
  CHECK(*wait == Milliseconds{500});
  CHECK_FALSE(limits.take("b", rate, now));  // every source has its own
  now += Milliseconds{499};
  CHECK(limits.take("a", rate, now));
  now += Milliseconds{1};
  CHECK_FALSE(limits.take("a", rate, now));
  now += std::chrono::hours{1};
  CHECK_FALSE(limits.take("a", rate, now));
  CHECK_FALSE(limits.take("a", rate, now));
  CHECK(limits.take("a", rate, now));  // idle time is not saved up
}

TEST_CASE("the secret: in the path, in X-Api-Key, as a bearer; any of those valid now") {
  using intake::Admission;
  const auto source = source_with({"new", "old"});
  CHECK(admit(source, "/new") == std::pair(Admission::admitted, std::string()));
  CHECK(admit(source, "/old/events/call") == std::pair(Admission::admitted, std::string("/events/call")));
  CHECK(admit(source, "/wrong/events").first == Admission::wrong);
  CHECK(admit(source, "").first == Admission::missing);
  CHECK(admit(source, "/").first == Admission::missing);
  CHECK(admit(source, "/events", {{"x-api-key", "new"}}) ==
        std::pair(Admission::admitted, std::string("/events")));
  CHECK(admit(source, "", {{"Authorization", "Bearer old"}}).first == Admission::admitted);
  CHECK(admit(source, "", {{"Authorization", "Bearer "}}).first == Admission::wrong);
  CHECK(admit(source_with({}), "/", {{"X-Api-Key", ""}}).first == Admission::missing);
  CHECK(admit(source_with({}), "/anything").first == Admission::wrong);
}

TEST_CASE("one client is known by every address of theirs") {
  event::Event event;
  event.contact.phones = {"+79030001101"};
  event.contact.emails = {"a@example.com"};
  event.contact.messengers = {{"telegram", "@a"}};
  const auto identities = intake::identities_of(event, "s");
  REQUIRE(identities.size() == 3);
  CHECK(identities[0].kind == "phone");
  CHECK(identities[2].kind == "telegram");
  CHECK(identities[2].value == "@a");
}

TEST_CASE("asking a service: what a webhook brought is known, what was missed comes in once, as a pull") {
  Gate gate;
  CHECK(gate.post("cmd=history&type=in&status=Success&callid=A&phone=79030001101&user=petrov&ext=702&"
                  "start=20260312T071500Z&duration=193&crm_token=token") == 200);
  CHECK(gate.events("").size() == 1);
  CHECK(gate.stored == 1);
  const std::string known =
      R"({"uid":"A","type":"in","status":"success","client":"79030001101","account":"petrov@vats",)"
      R"("start":"2026-03-12T07:15:00Z","duration":180})";
  const std::string missed =
      R"({"uid":"B","type":"in","status":"missed","client":"79030001102","start":"2026-03-12T08:00:00Z"})";
  const std::string out =
      R"({"uid":"C","type":"out","status":"success","client":"79030001103","account":"ivanova@vats",)"
      R"("start":"2026-03-12T09:00:00Z","duration":10})";

  CHECK(gate.pull("[" + known + "]") == 0);
  CHECK(gate.events("").size() == 1);
  CHECK(gate.fixture.number("SELECT count(*) FROM requests") == 1);  // it leaves no trace
  CHECK(gate.stored == 1);

  CHECK(gate.pull("[" + known + "," + missed + "," + out + "]") == 2);
  CHECK(gate.stored == 3);
  const auto pulled = gate.events("pull");
  REQUIRE(pulled.size() == 2);
  for (const auto& event : pulled) {
    CHECK(event.source == "pbx");
    CHECK(event.state == journal::EventState::received);  // on its way to the portal
    const auto data = json::parse(event.data);
    REQUIRE(data);
    const bool is_missed = (*data)["call"]["id"].text() == "B";
    CHECK((*data)["creates_lead"].boolean() == is_missed);
    CHECK((*data)["call"]["outcome"].text() == (is_missed ? "missed" : "answered"));
  }
  CHECK(gate.events("webhook").size() == 1);

  // An hour later the same calls are read again, and the webhook of a missed one comes after all.
  CHECK(gate.pull("[" + known + "," + missed + "," + out + "]") == 0);
  CHECK(gate.post("cmd=history&type=in&status=missed&callid=B&phone=79030001102&start=20260312T080000Z&"
                  "duration=0&crm_token=token") == 200);
  CHECK(gate.events("").size() == 3);
  // The token that the PBX is known by is not kept, on whichever way it came.
  CHECK(gate.fixture.number(
            "SELECT count(*) FROM requests WHERE instr(body, 'token=token') OR instr(body, '\"token\"')") ==
        0);
  CHECK_FALSE(gate.feed("nobody"));
}
