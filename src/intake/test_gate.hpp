// An intake over a journal of its own, for tests: what is sent to it, and what it has kept and logged.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <future>

#include "intake/intake.hpp"
#include "journal/testing/fixture.hpp"
#include "log/log.hpp"

namespace b24gate::intake::testing {

// Who would be asked: nobody may be, in these tests.
class NoPortal final : public portal::Transport {
 public:
  portal::HttpReply post(const std::string&, const std::string&, const std::string&) override {
    FAIL("the portal was asked");
    return {};
  }
};
class NoOauth final : public outbound::Transport {
 public:
  outbound::ExchangeReply exchange(const outbound::Exchange&) override {
    FAIL("the OAuth server was asked");
    return {};
  }
};

class Vault final : public portal::TokenVault {
 public:
  Result<std::string> read() override { return bytes; }
  Result<std::shared_ptr<void>> turn() override { return nullptr; }
  void write(std::string sealed, std::function<void(Done)> done) override {
    if (broken) return done(fail(ErrorKind::disk, "journal", "the disk is full"));
    bytes = std::move(sealed);
    if (waits) {
      later = std::move(done);
    } else {
      done({});
    }
  }
  std::string bytes;
  bool broken = false;
  bool waits = false;  // the disk is slow: `later` is called by the test
  std::function<void(Done)> later;
};

// An intake with a source of MegaFon, over a journal of its own.
class Gate {
 public:
  // More of `portal:`, and more sources, a line each.
  explicit Gate(const std::string& portal = "", const std::string& sources = "")
      : current_(load(portal, sources)),
        intake_(current_, *fixture.journal, metrics_, fixture.clock, nullptr, [this] { ++stored; }) {
    intake_.on_portal_event([this](const std::string& event) { told.push_back(event); });
    intake_.use_application(application);
    if (const auto& configured = current_.get()->portal.application) {
      portal::ApplicationOptions options;
      options.portal_url = current_.get()->portal.url.value;
      options.oauth = {configured->client_id.value, configured->client_secret,
                       configured->oauth_server.value};
      application.set(options);
    }
  }

  // The answer to what the portal sends.
  http::Response from_portal(const std::string& path, const std::string& form, const std::string& query = "",
                             const std::string& method = "POST") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = form;
    request.received_at = fixture.clock.now();
    answer = {};
    answer.status = 0;  // none yet
    intake_(std::move(request), http::Responder([this](const http::MakeResponse& make) { answer = make(); }));
    // What is to be kept is on disk then.
    REQUIRE(fixture.journal->write_now([](journal::Tx&) { return Done(); }));
    return answer;
  }

  void hook(http::Request request) {
    answer = {};
    intake_(std::move(request), http::Responder([this](const http::MakeResponse& make) { answer = make(); }));
  }

  // The answer to what a service sends, when all of it is done.
  http::Response send(http::Request request) {
    std::promise<http::Response> promise;
    intake_(std::move(request),
            http::Responder([&](const http::MakeResponse& make) { promise.set_value(make()); }));
    http::Response answered = promise.get_future().get();
    // The writer tells of new events after it has answered: what it does next comes after that.
    REQUIRE(fixture.journal->write_now([](journal::Tx&) { return Done(); }));
    return answered;
  }
  http::Response send(const std::string& path, const std::string& body,
                      const std::string& type = "application/x-www-form-urlencoded") {
    return send(post_of(path, body, type));
  }
  [[nodiscard]] http::Request post_of(const std::string& path, const std::string& body,
                                      const std::string& type = "application/x-www-form-urlencoded") const {
    http::Request request;
    request.method = "POST";
    request.path = path;
    request.headers = {{"Content-Type", type}};
    request.body = body;
    request.received_at = fixture.clock.now();
    return request;
  }

  // The status of the answer to what the PBX sends.
  int post(const std::string& form) { return send("/hook/pbx", form).status; }

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

  [[nodiscard]] journal::RequestRow request(std::int64_t id) const {
    auto reader = fixture.journal->reader();
    REQUIRE(reader);
    const auto row = journal::request(*reader, id).value();
    REQUIRE(row);
    return *row;
  }

  journal::testing::Fixture fixture;
  int stored = 0;
  std::vector<std::string> told;
  http::Response answer;  // the last one to the portal

  NoPortal nobody;
  NoOauth no_oauth;
  outbound::SystemResolver names;
  portal::Limiter limiter{{2, 50}, fixture.clock, [] { return 0.0; }};
  outbound::Fetcher fetcher{no_oauth, names, fixture.clock};
  Vault vault;
  portal::Application application{nobody, limiter, fixture.clock, fetcher, vault};

 private:
  [[nodiscard]] std::shared_ptr<const config::Configuration> load(const std::string& portal,
                                                                  const std::string& sources) const {
    const std::string mappings = std::string(B24GATE_SOURCE_DIR) + "/mappings/";
    const std::string file = fixture.path() + ".yaml";
    std::ofstream(file) << "storage: { path: data }\n"
                           "portal: { url: \"http://127.0.0.1:1/rest/1/secret/\""
                        << portal
                        << " }\n"
                           "sources:\n"
                           "  pbx: { connector: megafon, secret: token, options: { api_key: key, "
                           "api_url: \"https://pbx.example\" } }\n"
                        << sources << "employees: " << mappings
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

// What the log says while this lives.
class Log {
 public:
  Log() {
    b24gate::log::set_sink([this](b24gate::log::Level, std::string_view line) { (lines += line) += '\n'; });
  }
  ~Log() { b24gate::log::set_sink({}); }
  std::string lines;
};

// A site that speaks to the old import form, and what proves it.
inline constexpr const char* lead_php = "/crm/configs/import/lead.php";
inline constexpr const char* shop_secret = "demo-bitrix-site-secret";
// A line of `sources:`, with more keys of it.
inline std::string shop(const std::string& more = "") {
  return std::string("  site-shop: { connector: bitrix-site, secret: ") + shop_secret + more + " }\n";
}
inline std::string with_login(const std::string& fields) {
  return fields + "&LOGIN=site-shop&PASSWORD=" + shop_secret;
}

}  // namespace b24gate::intake::testing
