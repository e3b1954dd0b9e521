#include "portal/application.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <thread>

#include "base/manual_clock.hpp"
#include "portal/token_seal.hpp"

using namespace b24gate;
using namespace b24gate::portal;

namespace {

const Command kRegister{"telephony.externalCall.register", json::Value::object({{"USER_ID", 7}})};
const char* const kExpired = R"({"error":"expired_token","error_description":"The access token expired"})";

using Story = std::vector<std::string>;

// What the fakes were asked, in the order of the whole bench. Thread-safe.
class Teller {
 public:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  // What was told since the last time.
  Story take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  std::mutex mutex_;
  Story lines_;
};

// The portal: takes the access tokens it is told to, and notes everything in the order of the whole bench.
class FakePortal final : public Transport {
 public:
  explicit FakePortal(Teller& story) : story_(story) {}
  HttpReply post(const std::string& url, const std::string& body, const std::string&) override {
    const std::lock_guard lock(mutex);
    urls.push_back(url);
    bodies.push_back(body);
    const std::string auth = (*json::parse(body))["auth"].text();
    story_.add("call " + auth);
    HttpReply reply;
    reply.state = HttpReply::State::answered;
    reply.status = auth == good ? 200 : 401;
    reply.body = auth == good ? R"({"result":{"CALL_ID":"c1"}})" : kExpired;
    if (!says.empty()) reply.body = says;
    return reply;
  }
  std::mutex mutex;
  std::vector<std::string> urls, bodies;
  std::string good = "access-1";
  std::string says;  // instead of the above

 private:
  Teller& story_;
};

class FakeOauth final : public outbound::Transport {
 public:
  explicit FakeOauth(Teller& story) : story_(story) {}
  outbound::ExchangeReply exchange(const outbound::Exchange& exchange) override {
    story_.add("renew");
    seen.push_back(exchange);
    if (before) before();
    REQUIRE_FALSE(replies.empty());
    auto reply = std::move(replies.front());
    replies.pop_front();
    return reply;
  }
  void will_answer(int status, std::string body) {
    outbound::ExchangeReply reply;
    reply.state = outbound::ExchangeReply::State::answered;
    reply.status = status;
    reply.body = std::move(body);
    replies.push_back(std::move(reply));
  }
  void will_give(const std::string& number) {
    will_answer(200, R"({"access_token":"access-)" + number + R"(","refresh_token":"refresh-)" + number +
                         R"(","expires_in":3600,"member_id":"m1"})");
  }
  std::deque<outbound::ExchangeReply> replies;
  std::vector<outbound::Exchange> seen;
  std::function<void()> before;

 private:
  Teller& story_;
};

class OneName final : public outbound::Resolver {
 public:
  Result<std::vector<std::string>> resolve(const std::string&) const override {
    return std::vector<std::string>{"81.88.80.140"};
  }
};

class FakeVault final : public TokenVault {
 public:
  explicit FakeVault(Teller& story) : story_(story) {}
  Result<std::string> read() override { return bytes; }
  Result<std::shared_ptr<void>> turn() override {
    if (turnless) return fail(ErrorKind::disk, "journal.lock", "the disk is full");
    story_.add("turn");
    return std::shared_ptr<void>(nullptr, [this](void*) { story_.add("turn over"); });
  }
  void write(std::string sealed, std::function<void(Done)> done) override {
    story_.add(broken ? "store fails" : "store");
    if (broken) return done(fail(ErrorKind::disk, "journal", "the disk is full"));
    bytes = std::move(sealed);
    if (!waits) return done({});
    later = std::move(done);
  }
  std::string bytes;
  bool broken = false;
  bool turnless = false;
  bool waits = false;  // the disk is slow: the test calls `later`
  std::function<void(Done)> later;

 private:
  Teller& story_;
};

ApplicationOptions options(const std::string& key = "", const std::string& secret = "client-secret") {
  ApplicationOptions out;
  out.portal_url = Secret("https://example.bitrix24.ru/rest/1/hook/");
  out.oauth = {"local.1", Secret(secret), "https://oauth.bitrix.info/oauth/token/"};
  out.key = Secret(key);
  return out;
}

Installation installation() {
  Installation out;
  out.access = Secret("access-1");
  out.refresh = Secret("refresh-1");
  out.application_token = Secret("event-token");
  out.member_id = "m1";
  out.domain = "example.bitrix24.ru";
  return out;
}

struct Bench {
  Bench() { application.set(options()); }

  Done install(const Installation& in = installation()) {
    Done out = fail(ErrorKind::internal, "", "not told");
    application.install(in, [&](Done done) { out = std::move(done); });
    return out;
  }
  // As after a restart, or as in another process.
  std::unique_ptr<Application> another(const ApplicationOptions& with = options()) {
    auto out = std::make_unique<Application>(portal, limiter, clock, fetcher, vault);
    out->set(with);
    return out;
  }

  Teller story;
  ManualClock clock{from_unix_ms(1'780'000'000'000)};
  Limiter limiter{{2, 50}, clock, [] { return 0.0; }};
  FakePortal portal{story};
  FakeOauth oauth{story};
  OneName names;
  outbound::Fetcher fetcher{oauth, names, clock};
  FakeVault vault{story};
  std::vector<std::string> changes;
  Application application{portal, limiter,
                          clock,  fetcher,
                          vault,  [this](const Standing& now) { changes.emplace_back(name(now.state)); }};
};

}  // namespace

TEST_CASE("nothing is sent before there is an application, and the advice says what to do") {
  Bench bench;
  CHECK(bench.application.standing().state == Standing::State::not_installed);
  Outcome outcome = bench.application.call(kRegister);
  CHECK(outcome.cls == Class::auth);
  CHECK(outcome.scope == Scope::portal);
  CHECK(outcome.code == "application_not_installed");
  CHECK(outcome.advice.find("/portal/<portal.secret>/install") != std::string::npos);
  bench.application.set({});
  outcome = bench.application.call(kRegister);
  CHECK(outcome.code == "application_not_configured");
  CHECK(outcome.advice.find("portal.application") != std::string::npos);
  CHECK(bench.story.take().empty());
  CHECK(bench.install().error().kind == ErrorKind::config);
}

TEST_CASE("a call goes to the portal's REST with the token in its body, and is classified as any other") {
  Bench bench;
  REQUIRE(bench.install());
  CHECK(bench.changes == Story{"not_installed", "ready"});
  const Outcome outcome = bench.application.call(kRegister);
  CHECK(outcome.cls == Class::success);
  CHECK(outcome.result["CALL_ID"].text() == "c1");
  REQUIRE(bench.portal.urls.size() == 1);
  CHECK(bench.portal.urls[0] == "https://example.bitrix24.ru/rest/telephony.externalCall.register");
  CHECK(bench.portal.bodies[0] == R"({"USER_ID":7,"auth":"access-1"})");
  bench.portal.says = R"({"error":"QUERY_LIMIT_EXCEEDED"})";
  CHECK(bench.application.call(kRegister).cls == Class::throttle);
  CHECK(bench.limiter.snapshot().refusals == 1);
}

TEST_CASE("an expired token is renewed once: the new tokens are stored, then used") {
  Bench bench;
  REQUIRE(bench.install());
  bench.story.take();
  const std::string before = bench.vault.bytes;
  bench.portal.good = "access-2";
  bench.oauth.will_give("2");
  CHECK(bench.application.call(kRegister).cls == Class::success);
  CHECK(bench.story.take() == Story{"call access-1", "turn", "renew", "store", "turn over", "call access-2"});
  REQUIRE(bench.oauth.seen.size() == 1);
  CHECK(bench.oauth.seen[0].method == "GET");
  CHECK(bench.oauth.seen[0].url.host == "oauth.bitrix.info");
  CHECK(bench.oauth.seen[0].url.target ==
        "/oauth/token/?grant_type=refresh_token&client_id=local.1&client_secret=client-secret&"
        "refresh_token=refresh-1");
  CHECK(bench.vault.bytes != before);
  CHECK(bench.vault.bytes.find("access") == std::string::npos);

  // The second refresh token is the one that counts from now on, also after a restart.
  const auto restarted = bench.another();
  bench.portal.good = "access-3";
  bench.oauth.will_give("3");
  CHECK(restarted->call(kRegister).cls == Class::success);
  CHECK(bench.oauth.seen[1].url.target.find("refresh_token=refresh-2") != std::string::npos);
  CHECK(restarted->knows("event-token"));

  // The first one takes what the other has stored, and asks nobody.
  bench.story.take();
  CHECK(bench.application.call(kRegister).cls == Class::success);
  CHECK(bench.story.take() == Story{"call access-2", "turn", "turn over", "call access-3"});
}

TEST_CASE("a token that is expired again at once is not renewed for ever") {
  Bench bench;
  REQUIRE(bench.install());
  bench.portal.good = "none";
  bench.oauth.will_give("2");
  const Outcome outcome = bench.application.call(kRegister);
  CHECK(outcome.cls == Class::auth);
  CHECK(outcome.advice.find("anew") != std::string::npos);
  CHECK(outcome.advice.find("webhook") == std::string::npos);
  CHECK(bench.oauth.seen.size() == 1);
  CHECK(bench.application.standing().state == Standing::State::broken);
}

TEST_CASE("many calls at once renew once") {
  Bench bench;
  REQUIRE(bench.install());
  bench.portal.good = "access-2";
  constexpr int many = 8;
  // The renewal is answered when all of them have met the expired token.
  bench.oauth.before = [&] {
    for (bool all = false; !all; std::this_thread::yield()) {
      const std::lock_guard lock(bench.portal.mutex);
      all = bench.portal.bodies.size() == many;
    }
  };
  bench.oauth.will_give("2");
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < many; ++i)
    threads.emplace_back([&] {
      if (bench.application.call(kRegister).cls == Class::success) ++good;
    });
  for (auto& thread : threads) thread.join();
  CHECK(good == many);
  CHECK(bench.oauth.seen.size() == 1);
  CHECK(bench.portal.bodies.size() == 2 * many);
}

TEST_CASE("tokens that cannot be stored are not used; they are stored and used when the disk can again") {
  Bench bench;
  REQUIRE(bench.install());
  bench.story.take();
  bench.portal.good = "access-2";
  bench.oauth.will_give("2");
  bench.vault.broken = true;
  const Outcome outcome = bench.application.call(kRegister);
  CHECK(outcome.cls == Class::retry_safe);
  CHECK(outcome.description.find("the disk is full") != std::string::npos);
  CHECK(bench.application.call(kRegister).cls == Class::retry_safe);
  CHECK(bench.story.take() == Story{"call access-1", "turn", "renew", "store fails", "turn over",
                                    "call access-1", "turn", "store fails", "turn over"});
  bench.vault.broken = false;
  CHECK(bench.application.call(kRegister).cls == Class::success);
  CHECK(bench.oauth.seen.size() == 1);  // the first answer was not thrown away
}

TEST_CASE("invalid_grant stops the application until it is installed anew") {
  Bench bench;
  REQUIRE(bench.install());
  bench.portal.good = "access-9";
  bench.oauth.will_answer(400, R"({"error":"invalid_grant","error_description":"refresh-1 is unknown"})");
  const Outcome outcome = bench.application.call(kRegister);
  CHECK(outcome.cls == Class::auth);
  CHECK(outcome.scope == Scope::portal);
  CHECK(outcome.code == "invalid_grant");
  CHECK(outcome.advice.find("Install the application anew") != std::string::npos);
  CHECK(outcome.description.find("refresh-1") == std::string::npos);
  bench.story.take();
  bench.clock.advance(std::chrono::hours{24});
  CHECK(bench.application.call(kRegister).code == "invalid_grant");
  CHECK(bench.story.take().empty());  // neither the portal nor the OAuth server is asked
  CHECK(bench.application.standing().code == "invalid_grant");
  CHECK(bench.changes == Story{"not_installed", "ready", "broken"});

  Installation anew = installation();
  anew.access = Secret("access-9");
  anew.by_page = true;  // a page may mend what does not work
  REQUIRE(bench.install(anew));
  CHECK(bench.application.call(kRegister).cls == Class::success);
  CHECK(bench.application.standing().state == Standing::State::ready);
}

TEST_CASE("without the right to renew the OAuth server is not asked, and the refresh token stays good") {
  Bench bench;
  REQUIRE(bench.install());
  bench.portal.good = "access-2";
  bench.vault.turnless = true;
  CHECK(bench.application.call(kRegister).cls == Class::retry_safe);
  CHECK(bench.oauth.seen.empty());
  bench.vault.turnless = false;
  bench.oauth.will_give("2");
  CHECK(bench.application.call(kRegister).cls == Class::success);
}

TEST_CASE("other tokens were stored while the OAuth server refused ours: they are taken") {
  Bench bench;
  REQUIRE(bench.install());
  bench.portal.good = "access-2";
  bench.oauth.before = [&] {
    bench.oauth.before = nullptr;
    const auto other = bench.another();
    bench.oauth.will_give("2");
    std::rotate(bench.oauth.replies.begin(), bench.oauth.replies.end() - 1, bench.oauth.replies.end());
    REQUIRE(other->call(kRegister).cls == Class::success);
  };
  bench.oauth.will_answer(400, R"({"error":"invalid_grant"})");
  CHECK(bench.application.call(kRegister).cls == Class::success);
  CHECK(bench.application.standing().state == Standing::State::ready);
}

TEST_CASE("what the OAuth server answers otherwise") {
  Bench bench;
  REQUIRE(bench.install());
  bench.portal.good = "access-2";
  const auto after = [&](int status, const std::string& body) {
    bench.clock.advance(std::chrono::hours{1});
    bench.oauth.will_answer(status, body);
    return bench.application.call(kRegister);
  };
  CHECK(after(502, "<html>").cls == Class::retry_safe);
  CHECK(after(200, R"({"access_token":"x"})").cls == Class::retry_safe);
  CHECK(after(500, R"({"error":"server_error"})").cls == Class::retry_safe);
  CHECK(bench.application.standing().state == Standing::State::ready);
  bench.oauth.replies.emplace_back();
  bench.oauth.replies.back().problem = "cannot connect";
  bench.clock.advance(std::chrono::hours{1});
  const Outcome outcome = bench.application.call(kRegister);
  CHECK(outcome.cls == Class::retry_safe);
  CHECK(outcome.description.find("cannot connect") != std::string::npos);
  // Whoever comes within moments of that does not ask again.
  const std::size_t asked = bench.oauth.seen.size();
  CHECK(bench.application.call(kRegister).cls == Class::retry_safe);
  CHECK(bench.oauth.seen.size() == asked);

  const Outcome plan = after(402, R"({"error":"PAYMENT_REQUIRED"})");
  CHECK(plan.cls == Class::auth);
  CHECK(plan.advice.find("plan") != std::string::npos);
  bench.clock.advance(std::chrono::minutes{9});
  CHECK(bench.application.call(kRegister).code == "PAYMENT_REQUIRED");
  CHECK(bench.oauth.seen.size() == asked + 1);
  const Outcome client = after(401, R"({"error":"invalid_client"})");
  CHECK(client.cls == Class::auth);
  CHECK(client.advice.find("client_secret") != std::string::npos);
  CHECK(bench.oauth.seen.size() == asked + 2);
  // Corrected in the file, reloaded.
  bench.oauth.will_give("2");
  bench.application.set(options("", "right-secret"));
  CHECK(bench.application.call(kRegister).cls == Class::success);
  CHECK(bench.oauth.seen.back().url.target.find("client_secret=right-secret") != std::string::npos);
}

TEST_CASE("a wrong key is told, and nothing else happens; the former one mends it") {
  Bench bench;
  REQUIRE(bench.install());
  bench.story.take();
  const auto other = bench.another(options("another key"));
  CHECK(other->standing().state == Standing::State::broken);
  CHECK(other->standing().code == "wrong_key");
  CHECK(other->standing().advice.find("portal.application.previous_key") != std::string::npos);
  CHECK(other->call(kRegister).cls == Class::auth);
  CHECK_FALSE(other->knows("event-token"));
  CHECK(bench.story.take().empty());
  other->set(options());
  CHECK(other->standing().state == Standing::State::ready);
  CHECK(other->call(kRegister).cls == Class::success);

  bench.vault.bytes[bench.vault.bytes.find("\"data\":\"") + 9] ^= 1;
  CHECK(bench.another()->standing().code == "wrong_key");
  bench.vault.bytes = "{}";
  CHECK(bench.another()->standing().state == Standing::State::broken);
  bench.vault.bytes = "";
  CHECK(bench.another()->standing().state == Standing::State::not_installed);
}

TEST_CASE("a new key takes effect without installing anew, as long as the old one was in use") {
  Bench bench;
  REQUIRE(bench.install());
  bench.application.set(options("new key"));
  CHECK(bench.application.standing().state == Standing::State::ready);
  CHECK(bench.another()->standing().code == "wrong_key");
  CHECK(bench.another(options("new key"))->call(kRegister).cls == Class::success);
}

TEST_CASE("a key that changed while the process was down: the former one opens, the new one seals") {
  Bench bench;
  REQUIRE(bench.install());
  ApplicationOptions with = options("new key");
  with.previous_key = Secret("client-secret");
  bench.story.take();
  CHECK(bench.another(with)->call(kRegister).cls == Class::success);
  CHECK(bench.story.take() == Story{"store", "call access-1"});
  CHECK(bench.another(options("new key"))->call(kRegister).cls == Class::success);
  CHECK(bench.another()->standing().code == "wrong_key");
  bench.story.take();
  CHECK(bench.another(with)->standing().state == Standing::State::ready);
  CHECK(bench.story.take().empty());
  with.key = Secret("a third");
  with.previous_key = Secret("neither");
  CHECK(bench.another(with)->standing().code == "wrong_key");
}

TEST_CASE("another client_id, or another portal, is not the application that was installed") {
  Bench bench;
  REQUIRE(bench.install());
  ApplicationOptions other = options("k");
  other.oauth.id = "local.2";
  bench.application.set(options("k"));
  bench.application.set(other);
  CHECK(bench.application.standing().state == Standing::State::not_installed);
  CHECK(bench.application.standing().reason.find("client_id") != std::string::npos);
}

TEST_CASE("what an installation must bring") {
  Bench bench;
  for (const char* domain : {"", "evil.bitrix24.ru", "example.bitrix24.ru.evil.ru", "bitrix24.ru"}) {
    Installation in = installation();
    in.domain = domain;
    const Done done = bench.install(in);
    REQUIRE_FALSE(done);
    CHECK(done.error().kind == ErrorKind::refused);
  }
  Installation in = installation();
  in.domain = "Example.Bitrix24.ru";
  in.refresh = Secret();
  CHECK(bench.install(in).error().kind == ErrorKind::input);
  in.refresh = Secret(std::string(5000, 'x'));
  CHECK(bench.install(in).error().kind == ErrorKind::input);
  CHECK(bench.story.take().empty());
  in.refresh = Secret("refresh-1");
  bench.vault.broken = true;
  CHECK(bench.install(in).error().kind == ErrorKind::disk);
  CHECK(bench.application.standing().state == Standing::State::not_installed);
  bench.vault.broken = false;
  CHECK(bench.install(in));

  // An employee opens the page of an application that works.
  in.by_page = true;
  in.access = Secret("of-somebody");
  CHECK(bench.install(in));
  CHECK(bench.application.call(kRegister).cls == Class::success);
}

TEST_CASE("an installation while the tokens are renewed wins") {
  Bench bench;
  REQUIRE(bench.install());
  bench.portal.good = "access-9";
  bench.oauth.before = [&] {
    Installation anew = installation();
    anew.access = Secret("access-9");
    REQUIRE(bench.install(anew));
  };
  bench.oauth.will_give("2");
  CHECK(bench.application.call(kRegister).cls == Class::retry_safe);
  CHECK(bench.application.call(kRegister).cls == Class::success);
  CHECK(bench.another()->call(kRegister).cls == Class::success);
}

TEST_CASE("while an installation is on its way to the disk nothing is renewed over it") {
  Bench bench;
  REQUIRE(bench.install());
  bench.portal.good = "access-9";
  bench.vault.waits = true;
  Installation anew = installation();
  anew.access = Secret("access-9");
  bool told = false;
  bench.application.install(anew, [&](const Done& done) { told = done.has_value(); });
  bench.story.take();
  CHECK(bench.application.call(kRegister).cls == Class::retry_safe);
  bench.application.set(options("new key"));
  CHECK(bench.story.take() == Story{"call access-1"});
  CHECK_FALSE(told);
  bench.vault.later({});
  CHECK(told);
  CHECK(bench.application.call(kRegister).cls == Class::success);
}

TEST_CASE("removed: only with the application's token, and the tokens are gone") {
  Bench bench;
  REQUIRE(bench.install());
  Done out;
  const auto told = [&](Done done) { out = std::move(done); };
  for (const char* wrong : {"", "event-tokeN"}) {
    bench.application.remove(Secret(wrong), told);
    REQUIRE_FALSE(out);
    CHECK(out.error().kind == ErrorKind::refused);
  }
  CHECK(bench.application.knows("event-token"));
  bench.application.remove(Secret("event-token"), told);
  CHECK(out);
  CHECK(bench.vault.bytes.empty());
  CHECK_FALSE(bench.application.knows("event-token"));
  CHECK(bench.application.call(kRegister).code == "application_not_installed");
}

TEST_CASE("sealed tokens: a nonce of its own each time, and every changed byte is noticed") {
  const Secret key("k");
  const auto one = seal("plain", key, "m1");
  const auto two = seal("plain", key, "m1");
  REQUIRE(one);
  REQUIRE(two);
  CHECK(*one != *two);
  CHECK(unseal(*one, key)->plain == "plain");
  CHECK(unseal(*one, key)->member_id == "m1");
  CHECK(unseal(*seal("", key, ""), key)->plain.empty());
  CHECK(unseal(*one, Secret("K")).error().kind == ErrorKind::refused);
  for (const char* member : {"nonce", "data", "tag", "member_id"}) {
    INFO(member);
    json::Value box = *json::parse(*one);
    std::string text = box[member].text();
    text[0] = text[0] == '0' ? '1' : '0';
    box[member] = text;
    const auto opened = unseal(json::write(box), key);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind == ErrorKind::refused);
  }
  for (const char* nothing : {"", "x", "[]", R"({"v":1})", R"({"v":2,"nonce":"","data":"","tag":""})",
                              R"({"v":1,"nonce":"zz","data":"0","tag":""})"}) {
    INFO(nothing);
    CHECK(unseal(nothing, key).error().kind == ErrorKind::input);
  }
}

TEST_CASE("what the portal posts about the application") {
  const auto parse = [](const char* text) { return *json::parse(text); };
  auto about = read_about_application(
      parse(R"({"event":"ONAPPINSTALL","data":{"VERSION":"1"},"auth":{"access_token":"a","refresh_token":"r",
               "application_token":"t","domain":"d","member_id":"m"}})"),
      {});
  CHECK(about.kind == AboutApplication::Kind::installed);
  CHECK(about.installation.refresh.reveal() == "r");
  CHECK(about.installation.application_token.reveal() == "t");
  CHECK_FALSE(about.installation.by_page);
  about = read_about_application(
      parse(R"({"AUTH_ID":"a","REFRESH_ID":"r","AUTH_EXPIRES":"3600","member_id":"m"})"),
      parse(R"({"DOMAIN":"d","PROTOCOL":"1"})"));
  CHECK(about.kind == AboutApplication::Kind::installed);
  CHECK(about.installation.by_page);
  CHECK(about.installation.access.reveal() == "a");
  CHECK(about.installation.domain == "d");
  CHECK(about.installation.member_id == "m");
  about = read_about_application(parse(R"({"event":"OnAppUninstall","auth":{"application_token":"t"}})"), {});
  CHECK(about.kind == AboutApplication::Kind::removed);
  CHECK(about.application_token.reveal() == "t");
  for (const char* other : {"{}", "[]", "null", R"({"event":"ONCRMLEADADD","AUTH_ID":"a"})"})
    CHECK(read_about_application(parse(other), {}).kind == AboutApplication::Kind::something_else);
}
