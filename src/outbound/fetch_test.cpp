#include "outbound/fetch.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>

#include "base/manual_clock.hpp"

using namespace b24gate;
using namespace b24gate::outbound;
using namespace std::chrono_literals;

namespace {

class FakeNames final : public Resolver {
 public:
  Result<std::vector<std::string>> resolve(const std::string& host) const override {
    ++asked;
    const auto it = names.find(host);
    if (it == names.end()) return fail(ErrorKind::network, host, "the name cannot be resolved: none");
    return it->second;
  }
  std::map<std::string, std::vector<std::string>> names = {{"pbx.example", {"81.88.80.132"}},
                                                           {"files.example", {"81.88.80.133"}}};
  mutable int asked = 0;
};

ExchangeReply answered(int status, std::string body = "", std::vector<connector::Header> headers = {}) {
  ExchangeReply reply;
  reply.state = ExchangeReply::State::answered;
  reply.status = status;
  reply.body = std::move(body);
  reply.headers = std::move(headers);
  return reply;
}

ExchangeReply redirect(int status, std::string location) {
  return answered(status, "", {{"location", std::move(location)}});
}

ExchangeReply failed(ExchangeReply::State state, std::string problem) {
  ExchangeReply reply;
  reply.state = state;
  reply.problem = std::move(problem);
  return reply;
}

class FakeTransport final : public Transport {
 public:
  ExchangeReply exchange(const Exchange& exchange) override {
    seen.push_back(exchange);
    if (before) before();
    REQUIRE_FALSE(replies.empty());
    ExchangeReply reply = std::move(replies.front());
    replies.pop_front();
    return reply;
  }
  std::deque<ExchangeReply> replies;
  std::vector<Exchange> seen;
  std::function<void()> before;
};

struct Bench {
  ManualClock clock{from_unix_ms(1'780'300'800'000)};
  FakeNames names;
  FakeTransport net;
  Fetcher fetcher{net, names, clock};
  FetchOptions options;
  connector::HttpCall call;

  Bench() {
    options.hosts = {"pbx.example", "files.example"};
    call.url = "https://pbx.example/recording?token=SECRET";
  }
  Result<Fetched> fetch() { return fetcher.fetch(call, options); }

  // What is said about a call that must not be made; the network saw `exchanges` of them before.
  std::string refusal(std::size_t exchanges = 0) {
    const auto fetched = fetch();
    REQUIRE_FALSE(fetched);
    CHECK(net.seen.size() == exchanges);
    const std::string text = fetched.error().text();
    CHECK(text.find("SECRET") == std::string::npos);
    CHECK(text.find("token") == std::string::npos);
    CHECK(text.find("/recording") == std::string::npos);
    return text;
  }
};

}  // namespace

TEST_CASE("an answer is given back with its status, type and host") {
  Bench bench;
  bench.net.replies = {answered(404, "none", {{"content-type", "Audio/MPEG; x=y"}})};
  const auto fetched = bench.fetch();
  REQUIRE(fetched);
  CHECK(fetched->status == 404);
  CHECK(fetched->content_type == "audio/mpeg");
  CHECK(fetched->body == "none");
  CHECK(fetched->host == "pbx.example");
  REQUIRE(bench.net.seen.size() == 1);
  CHECK(bench.net.seen[0].address == "81.88.80.132");
  CHECK(bench.net.seen[0].url.target == "/recording?token=SECRET");
  CHECK(bench.net.seen[0].time == 120s);
  CHECK(bench.net.seen[0].max_body == 64 * 1024 * 1024);
}

TEST_CASE("hosts and schemes that are not allowed are not even looked up") {
  Bench bench;
  SUBCASE("another host") {
    bench.call.url = "https://evil.example/recording?token=SECRET";
    CHECK(bench.refusal() == "evil.example: this host is not in the list of allowed ones");
  }
  SUBCASE("nothing listed") {
    bench.options.hosts.clear();
    CHECK(bench.refusal() == "pbx.example: this host is not in the list of allowed ones");
  }
  SUBCASE("without TLS") {
    bench.call.url = "http://pbx.example/recording?token=SECRET";
    CHECK(bench.refusal() == "pbx.example: it may only be asked over https");
  }
  SUBCASE("no address at all") {
    bench.call.url = "ftp://pbx.example/recording?token=SECRET";
    CHECK(bench.refusal() == "address: the address begins neither with https:// nor http://");
  }
  SUBCASE("a header that would be two") {
    bench.call.headers = {{"X", "a\r\nY: SECRET"}};
    CHECK(bench.refusal() == "pbx.example: a header holds control characters");
  }
  SUBCASE("a header's name that would be two") {
    bench.call.headers = {{"X: SECRET\r\nY", "a"}};
    CHECK(bench.refusal() == "pbx.example: a header holds control characters");
  }
  SUBCASE("a method that would be a request") {
    bench.call.method = "GET / HTTP/1.1\r\n";
    CHECK(bench.refusal() == "pbx.example: the method is none");
  }
  CHECK(bench.names.asked == 0);
}

TEST_CASE("plain http where it is allowed in so many words") {
  Bench bench;
  bench.options.hosts = {"http://pbx.example"};
  bench.call.url = "http://pbx.example:8080/x";
  bench.net.replies = {answered(200)};
  CHECK(bench.fetch());
  CHECK(bench.net.seen[0].url.port == 8080);
}

TEST_CASE("names that lead where nobody from outside may go") {
  Bench bench;
  for (const auto& one : std::map<std::string, std::string>{
           {"127.0.0.1", "the name leads to this machine"},
           {"::1", "the name leads to this machine"},
           {"::ffff:127.0.0.1", "the name leads to this machine"},
           {"10.1.2.3", "the name leads into a private network"},
           {"192.168.0.1", "the name leads into a private network"},
           {"169.254.169.254", "the name leads into a private network"},
           {"100.64.0.1", "the name leads into a private network"},
           {"fd00::1", "the name leads into a private network"},
           {"fe80::1", "the name leads into a private network"},
           {"224.0.0.1", "the name leads to an address that nobody may be asked at"},
           {"0.0.0.0", "the name leads to an address that nobody may be asked at"},
           {"::ffff:8.8.8.8", "the name leads to an address that nobody may be asked at"}}) {
    const std::string& address = one.first;
    const std::string& what = one.second;
    CAPTURE(address);
    bench.names.names["pbx.example"] = {address};
    CHECK(bench.refusal() == "pbx.example: " + what);
    // One of several is enough.
    bench.names.names["pbx.example"] = {"81.88.80.132", address};
    CHECK(bench.refusal() == "pbx.example: " + what);
  }
}

TEST_CASE("private addresses where they are wanted") {
  Bench bench;
  const auto reachable = [&](const char* address, Inside inside) {
    bench.names.names["pbx.example"] = {address};
    bench.options.inside = inside;
    bench.net.replies = {answered(200)};
    return bench.fetch().has_value();
  };
  CHECK(reachable("127.0.0.1", Inside::loopback));
  CHECK(reachable("::1", Inside::all));
  CHECK(reachable("10.0.0.1", Inside::all));
  CHECK(reachable("fd00::1", Inside::all));
  CHECK_FALSE(reachable("10.0.0.1", Inside::loopback));
  CHECK_FALSE(reachable("224.0.0.1", Inside::all));
  CHECK_FALSE(reachable("0.0.0.0", Inside::all));
}

TEST_CASE("the next address is tried only when nothing was sent") {
  Bench bench;
  bench.names.names["pbx.example"] = {"8.8.8.1", "8.8.8.2", "8.8.8.3", "8.8.8.4", "8.8.8.5"};
  SUBCASE("the second answers") {
    bench.net.replies = {failed(ExchangeReply::State::not_sent, "cannot connect"), answered(200)};
    CHECK(bench.fetch());
    REQUIRE(bench.net.seen.size() == 2);
    CHECK(bench.net.seen[1].address == "8.8.8.2");
  }
  SUBCASE("the request left") {
    bench.net.replies = {failed(ExchangeReply::State::sent, "it broke")};
    const auto fetched = bench.fetch();
    REQUIRE_FALSE(fetched);
    CHECK(fetched.error().text() == "pbx.example: it broke");
    CHECK(fetched.error().ran == Ran::unknown);
    CHECK(fetched.error().kind == ErrorKind::network);
  }
  SUBCASE("none answers") {
    for (int i = 0; i < 4; ++i)
      bench.net.replies.push_back(failed(ExchangeReply::State::not_sent, "cannot connect"));
    const auto fetched = bench.fetch();
    REQUIRE_FALSE(fetched);
    CHECK(fetched.error().ran == Ran::no);
    CHECK(bench.net.seen.size() == 4);
  }
}

TEST_CASE("a name that does not resolve") {
  Bench bench;
  bench.names.names.clear();
  CHECK(bench.refusal() == "pbx.example: the name cannot be resolved: none");
  bench.names.names["pbx.example"] = {};
  CHECK(bench.refusal() == "pbx.example: the name has no address");
}

TEST_CASE("redirects: the call becomes a GET and carries nothing to another host") {
  Bench bench;
  bench.call.method = "POST";
  bench.call.body = "key=SECRET";
  bench.call.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                        {"Authorization", "SECRET"},
                        {"Host", "other.example"},
                        {"Content-Length", "1"}};
  bench.net.replies = {redirect(303, "/again"), redirect(302, "https://files.example/once"),
                       redirect(302, "https://pbx.example/back"), answered(200, "mp3")};
  const auto fetched = bench.fetch();
  REQUIRE(fetched);
  CHECK(fetched->host == "pbx.example");
  const auto& seen = bench.net.seen;
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].method == "POST");
  CHECK(seen[0].body == "key=SECRET");
  CHECK(seen[0].headers.size() == 2);
  CHECK(seen[1].method == "GET");
  CHECK(seen[1].url.target == "/again");
  CHECK(seen[1].body.empty());
  REQUIRE(seen[1].headers.size() == 1);
  CHECK(seen[1].headers[0].first == "Authorization");
  CHECK(seen[2].address == "81.88.80.133");
  CHECK(seen[2].headers.empty());
  // Back home they do not come back either.
  CHECK(seen[3].headers.empty());
}

TEST_CASE("another port or scheme is another host to the headers") {
  for (const char* location : {"https://pbx.example:444/x", "http://pbx.example/x"}) {
    Bench bench;
    bench.options.hosts = {"http://pbx.example"};
    bench.call.headers = {{"Authorization", "SECRET"}};
    bench.net.replies = {redirect(307, location), answered(200)};
    CHECK(bench.fetch());
    CHECK(bench.net.seen[1].headers.empty());
  }
}

TEST_CASE("307 and 308 keep the call on its host, and send no body to another") {
  Bench bench;
  bench.call.method = "POST";
  bench.call.body = "key=SECRET";
  SUBCASE("the same host") {
    bench.net.replies = {redirect(308, "/x"), answered(200)};
    CHECK(bench.fetch());
    CHECK(bench.net.seen[1].method == "POST");
    CHECK(bench.net.seen[1].body == "key=SECRET");
  }
  SUBCASE("another host") {
    bench.net.replies = {redirect(307, "https://files.example/x")};
    CHECK(bench.refusal(1) == "pbx.example: it wants the request to be sent to another host");
  }
}

TEST_CASE("every redirect is checked like the first address") {
  Bench bench;
  SUBCASE("a host that is not listed") {
    bench.net.replies = {redirect(302, "https://evil.example/?token=SECRET")};
    CHECK(bench.refusal(1) == "evil.example: this host is not in the list of allowed ones");
  }
  SUBCASE("without TLS") {
    bench.net.replies = {redirect(302, "http://files.example/?token=SECRET")};
    CHECK(bench.refusal(1) == "files.example: it may only be asked over https");
  }
  SUBCASE("into the network") {
    bench.names.names["files.example"] = {"169.254.169.254"};
    bench.net.replies = {redirect(302, "https://files.example/?token=SECRET")};
    CHECK(bench.refusal(1) == "files.example: the name leads into a private network");
  }
  SUBCASE("a name that means something else the second time") {
    bench.net.before = [&] { bench.names.names["pbx.example"] = {"127.0.0.1"}; };
    bench.net.replies = {redirect(302, "/again")};
    CHECK(bench.refusal(1) == "pbx.example: the name leads to this machine");
  }
  SUBCASE("to no address") {
    bench.net.replies = {redirect(302, "file:///etc/SECRET")};
    CHECK(bench.refusal(1).rfind("pbx.example: it redirects to an address that cannot be asked", 0) == 0);
  }
  SUBCASE("without end") {
    for (int i = 0; i < 6; ++i) bench.net.replies.push_back(redirect(302, "/again"));
    CHECK(bench.refusal(6) == "pbx.example: too many redirects");
  }
}

TEST_CASE("five redirects are followed, and one that leads nowhere is an answer") {
  Bench bench;
  for (int i = 0; i < 5; ++i) bench.net.replies.push_back(redirect(302, "/again"));
  bench.net.replies.push_back(answered(302));
  const auto fetched = bench.fetch();
  REQUIRE(fetched);
  CHECK(fetched->status == 302);
}

TEST_CASE("bounds are those of the whole way") {
  Bench bench;
  SUBCASE("time") {
    bench.options.max_time = 10s;
    bench.net.before = [&] { bench.clock.advance(4s); };
    for (int i = 0; i < 3; ++i) bench.net.replies.push_back(redirect(302, "/again"));
    CHECK(bench.refusal(3) == "pbx.example: it takes too long");
    CHECK(bench.net.seen[2].time == 2s);
  }
  SUBCASE("bytes, told by the transport") {
    bench.options.max_bytes = 10;
    auto first = redirect(302, "/again");
    first.body = "123456";
    auto second = failed(ExchangeReply::State::sent, "the answer is too long");
    second.too_long = true;
    bench.net.replies = {first, second};
    CHECK(bench.refusal(2) == "pbx.example: the answer is too long");
    CHECK(bench.net.seen[1].max_body == 4);
  }
  SUBCASE("bytes, counted again") {
    bench.options.max_bytes = 3;
    bench.net.replies = {answered(200, "1234")};
    CHECK(bench.refusal(1) == "pbx.example: the answer is too long");
  }
  SUBCASE("exactly as many bytes as allowed") {
    bench.options.max_bytes = 4;
    bench.net.replies = {answered(200, "1234")};
    CHECK(bench.fetch());
  }
}

TEST_CASE("what a source says about recordings") {
  const auto options = [](const char* text) {
    return recording_options(json::parse(text).value(), {"*.vendor.example"});
  };
  CHECK(options("{}").hosts == std::vector<std::string>{"*.vendor.example"});
  CHECK(options("{}").inside == Inside::none);
  CHECK(options("null").hosts.size() == 1);
  CHECK(options(R"({"recording_hosts":["a.example","*.b.example"]})").hosts ==
        std::vector<std::string>{"a.example", "*.b.example"});
  CHECK(options(R"({"recording_hosts":"a.example"})").hosts == std::vector<std::string>{"a.example"});
  CHECK(options(R"({"recording_private":"yes"})").inside == Inside::all);
  CHECK(options(R"({"recording_private":false})").inside == Inside::none);
}
