#include "calls/exchange.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "intake/stored.hpp"
#include "intake/understand.hpp"
#include "yaml/types.hpp"

namespace b24gate::calls {
namespace {

class Secrets final : public yaml::SecretSource {
 public:
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return std::string("x");
  }
};

// Nothing waits in real time: what must wait is left for the next round.
class NoWaiter final : public delivery::Waiter {
 public:
  bool wait(Milliseconds) override { return true; }
};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  REQUIRE_MESSAGE(!text.empty(), path);
  return text;
}

std::string path_of(const std::string& sample) {
  const std::pair<const char*, const char*> paths[] = {{"-summary", "/events/summary"},
                                                       {"-call-", "/events/call"},
                                                       {"-record-added", "/events/record/added"},
                                                       {"-recording-", "/events/recording"}};
  if (sample.rfind("mango/", 0) != 0) return "";
  for (const auto& [part, path] : paths) {
    if (sample.find(part) != std::string::npos) return path;
  }
  return "";
}

json::Array list(const json::Value& state, const char* kind) {
  const auto* items = state[kind].array_if();
  json::Array out = items ? *items : json::Array();
  std::reverse(out.begin(), out.end());
  return out;
}

std::string digits(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

// Read once for each wording: a test makes hundreds of worlds.
std::shared_ptr<const config::Configuration> configured(const std::string& more) {
  static std::map<std::string, std::shared_ptr<const config::Configuration>> known;
  auto& out = known[more];
  if (out) return out;
  const auto folder = std::filesystem::temp_directory_path() / ("b24gate-calls-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::filesystem::copy(std::string(B24GATE_SOURCE_DIR) + "/mappings", folder / "mappings");
  std::ofstream(folder / "config.yaml")
      << "portal: { url: \"https://company.bitrix24.ru/rest/1/sandbox-secret/\", rest_v3: false }\n"
         "sources:\n"
         "  pbx-mango: { connector: mango, options: { api_key: demo-vpbx-key, salt: demo-vpbx-salt, "
         "recordings: yes } }\n"
         "  pbx-megafon: { connector: megafon, secret: demo-crm-token }\n"
         "  calltracking: { connector: comagic, secret: comagic-secret }\n"
         "employees: mappings/employees.yaml\n"
         "distribution: mappings/distribution.yaml\n"
         "dictionaries: mappings/dictionaries.yaml\n"
      << (more.empty() ? "calls: { records: { attach: no } }\n" : more);
  const auto loaded = config::load((folder / "config.yaml").string(), Secrets());
  std::filesystem::remove_all(folder);
  for (const auto& problem : loaded.problems) FAIL_CHECK(problem.text());
  REQUIRE(loaded.configuration);
  return out = loaded.configuration;
}

}  // namespace

// The stand-in portal behind the client, without a network.
class Exchange::Transport final : public portal::Transport {
 public:
  explicit Transport(Exchange& exchange) : exchange_(exchange) {}
  portal::HttpReply post(const std::string& url, const std::string& body, const std::string&) override {
    const std::size_t slash = url.rfind('/');
    const std::string method = url.substr(slash + 1);
    exchange_.methods.push_back(method);
    portal::HttpReply out;
    const bool lost = exchange_.lose_answer && exchange_.lose_answer(method);
    auto params = json::parse(body);
    sandbox::Reply reply =
        exchange_.portal.rest({"127.0.0.1", "1", "sandbox-secret", method,
                               params ? std::move(*params) : json::Value(), "https://company.bitrix24.ru"});
    out.state = lost ? portal::HttpReply::State::sent : portal::HttpReply::State::answered;
    if (lost) return out;
    out.status = reply.status;
    out.body = std::move(reply.body);
    out.headers.emplace_back("Content-Type", reply.content_type);
    return out;
  }

 private:
  Exchange& exchange_;
};

Exchange::Exchange(const std::string& more, TimePoint now)
    : clock(now),
      portal({.rate = 100'000, .burst = 1'000'000}, clock),
      transport_(std::make_unique<Transport>(*this)) {
  fixture_.clock.jump_to(now);
  configuration_ = configured(more);
  current_ = std::make_unique<config::Current>(configuration_);
  start();
}

Exchange::~Exchange() {
  recordings_.reset();
  engine_.reset();
}

void Exchange::start() {
  const auto half = [] { return 0.5; };
  limiter_ = std::make_unique<portal::Limiter>(portal::Allowance{100'000, 1'000'000}, clock, half);
  client_ = std::make_unique<portal::Client>(
      portal::ClientOptions{Secret("https://company.bitrix24.ru/rest/1/sandbox-secret/"), 50, {}},
      *transport_, *limiter_, clock);
  engine_ = std::make_unique<delivery::Engine>(*current_, *fixture_.journal, *client_, *limiter_, metrics_,
                                               clock, half);
  REQUIRE(engine_->prepare());
  recordings_ = std::make_unique<delivery::Recordings>(
      *current_, *client_, *limiter_, *engine_, *fixture_.journal, clock,
      [this](const connector::HttpCall& call, const outbound::FetchOptions& options) {
        return fetch(call, options);
      });
}

void Exchange::fetch_records() {
  recordings_->turn();
  work();
}

void Exchange::restart() {
  recordings_.reset();
  engine_.reset();
  fixture_.open();
  start();
}

void Exchange::tell(const Told& told) {
  const config::Source* source = configuration_->source(told.source);
  REQUIRE(source);
  connector::Request request;
  request.method = "POST";
  request.path = path_of(told.sample);
  request.body = read(std::string(B24GATE_SOURCE_DIR) + "/connectors/" + told.sample);
  for (const auto& [from, by] : told.instead) {
    for (std::size_t at = request.body.find(from); at != std::string::npos;
         at = request.body.find(from, at + by.size()))
      request.body.replace(at, from.size(), by);
  }
  const bool json = told.sample.ends_with(".json");
  if (told.sample.ends_with(".query")) {
    request.method = "GET";
    request.query = std::move(request.body);
    request.body.clear();
  }
  request.headers.emplace_back("Content-Type",
                               json ? "application/json" : "application/x-www-form-urlencoded");
  request.received_at = clock.now();
  const normalize::Options normalization;
  const auto settings = source->settings(configuration_->portal.time_zone, "RU", clock.now());
  const auto understood = intake::understand(*configuration_, *source, settings, request, normalization);
  const auto record =
      intake::record_of(*configuration_, *source, settings, std::move(request), understood, "", "webhook");
  REQUIRE(fixture_.record(record));
}

void Exchange::work() {
  NoWaiter waiter;
  for (int i = 0; i < 1'000; ++i) {
    if (engine_->run_round(waiter) == 0) return;
  }
  FAIL("the engine finds no end");
}

void Exchange::pass(Milliseconds time) {
  const Milliseconds step = std::max(std::min(time, Milliseconds{500}), time / 60);
  for (Milliseconds done{0}; done < time; done += step) {
    clock.advance(step);
    work();
  }
}

std::vector<std::string> Exchange::notices() const {
  std::vector<std::string> out;
  for (const auto& notice : engine_->notices().standing()) out.push_back(notice.what);
  return out;
}

void Exchange::settle() {
  pass(std::chrono::seconds{4});
  for (int i = 0; i < 9; ++i) {
    clock.advance(std::chrono::seconds{20});
    work();
  }
}

json::Array Exchange::finished(const std::string& phone) const {
  json::Array out;
  for (auto& call : list(state(), "finished_calls")) {
    if (phone.empty() || digits(call["phone"].text()) == digits(phone)) out.push_back(std::move(call));
  }
  return out;
}

json::Array Exchange::open_calls() const { return list(state(), "open_calls"); }
json::Array Exchange::tasks() const { return list(state(), "tasks"); }

json::Array Exchange::leads(const std::string& phone) const {
  json::Array out;
  for (auto& lead : list(state(), "leads")) {
    const json::Value& item = lead["item"];
    if (item["originatorId"].text() == "b24gate" && json::write(item["fm"]).find(phone) != std::string::npos)
      out.push_back(item);
  }
  return out;
}

std::vector<journal::EventRow> Exchange::events() const {
  auto reader = fixture_.journal->reader();
  REQUIRE(reader);
  auto found = journal::find_events(*reader, {});
  REQUIRE(found);
  return std::move(*found);
}

std::vector<journal::DeliveryRow> Exchange::deliveries(std::int64_t event) const {
  auto reader = fixture_.journal->reader();
  REQUIRE(reader);
  auto found = journal::deliveries_of(*reader, event);
  REQUIRE(found);
  return std::move(*found);
}

}  // namespace b24gate::calls
