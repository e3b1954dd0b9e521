#include "http/framing.hpp"

#include <doctest/doctest.h>

#include <random>

namespace b24gate::http {
namespace {

using State = Framing::State;

Limits small() {
  Limits limits;
  limits.max_request_line = 100;
  limits.max_header_bytes = 300;
  limits.max_headers = 5;
  limits.max_body = 50;
  return limits;
}

struct Outcome {
  State state = State::idle;
  int status = 0;
  Request request;
  bool keep_alive = false;
  std::size_t used = 0;
};

// Feeds in pieces of `piece` bytes.
Outcome read(std::string_view bytes, std::size_t piece, const Limits& limits = small()) {
  Framing framing;
  framing.begin(limits);
  Outcome out;
  while (out.used < bytes.size() && framing.state() != State::whole && framing.state() != State::refused) {
    out.used += framing.feed(bytes.substr(out.used, piece));
  }
  out.state = framing.state();
  if (out.state == State::refused) out.status = framing.refusal().status;
  if (out.state == State::whole) {
    out.keep_alive = framing.keep_alive();
    out.request = framing.take();
  }
  return out;
}

Request whole(std::string_view bytes, const Limits& limits = small()) {
  const Outcome at_once = read(bytes, bytes.size(), limits);
  const Outcome by_bytes = read(bytes, 1, limits);
  CHECK(at_once.state == State::whole);
  CHECK(by_bytes.state == State::whole);
  CHECK(at_once.request.headers == by_bytes.request.headers);
  CHECK(at_once.request.body == by_bytes.request.body);
  CHECK(at_once.request.target == by_bytes.request.target);
  CHECK(at_once.used == by_bytes.used);
  return at_once.request;
}

int refused(std::string_view bytes, const Limits& limits = small()) {
  const Outcome at_once = read(bytes, bytes.size(), limits);
  const Outcome by_bytes = read(bytes, 1, limits);
  CHECK(at_once.state == by_bytes.state);
  CHECK(at_once.status == by_bytes.status);
  return at_once.status;
}

std::string with(std::string_view headers, std::string_view body = "") {
  return std::string("POST / HTTP/1.1\r\n").append(headers).append("\r\n").append(body);
}

}  // namespace

TEST_CASE("a request is split into its parts") {
  const Request request = whole(
      "POST /a%20b/%D0%98?x=%41&y HTTP/1.1\r\nHost: h\r\nEmpty:\r\nX-Api-Key: \t k v \t\r\nContent-Length: "
      "3\r\n\r\nabc");
  CHECK(request.method == "POST");
  CHECK(request.target == "/a%20b/%D0%98?x=%41&y");
  CHECK(request.path == "/a b/И");
  CHECK(request.query == "x=%41&y");
  CHECK(request.body == "abc");
  CHECK(request.headers ==
        std::vector<Header>{{"Host", "h"}, {"Empty", ""}, {"X-Api-Key", "k v"}, {"Content-Length", "3"}});
  CHECK(request.header("x-api-KEY") == "k v");
  CHECK(request.header("x-api") == "");
}

TEST_CASE("forms of the target") {
  CHECK(whole("GET http://user@host:80/p/q?a=b HTTP/1.1\r\n\r\n").path == "/p/q");
  CHECK(whole("GET http://user@host:80/p/q?a=b HTTP/1.1\r\n\r\n").query == "a=b");
  CHECK(whole("GET http://host HTTP/1.1\r\n\r\n").path == "/");
  CHECK(whole("GET /?u=http://x/y HTTP/1.1\r\n\r\n").path == "/");
  CHECK(whole("GET /p?q#f HTTP/1.1\r\n\r\n").query == "q");
  CHECK(whole("OPTIONS * HTTP/1.1\r\n\r\n").path == "*");
  CHECK(whole("GET /%zz% HTTP/1.1\r\n\r\n").path == "/%zz%");
  CHECK(refused("GET /a%00b HTTP/1.1\r\n\r\n") == 400);
  CHECK(refused(std::string_view("GET /a\0b HTTP/1.1\r\n\r\n", 22)) == 400);
  CHECK(refused("CONNECT host:1 HTTP/1.1\r\n\r\n") == 405);
}

TEST_CASE("raw bytes above 0x7F in the target come through") {
  const Request request = whole("GET /И?n=\xC8\xE2 HTTP/1.1\r\n\r\n");
  CHECK(request.path == "/И");
  CHECK(request.query == "n=\xC8\xE2");
}

TEST_CASE("chunks are joined and trailers are dropped") {
  const Request request = whole(with("Transfer-Encoding: Chunked\r\n",
                                     "5;name=value\r\nhello\r\n1\r\n!\r\n0\r\nX-Api-Key: forged\r\n\r\nGET"));
  CHECK(request.body == "hello!");
  CHECK(request.header("X-Api-Key") == "");
  CHECK(request.headers.size() == 1);
}

TEST_CASE("what follows a request is not used") {
  const std::string first = with("Content-Length: 2\r\n", "ab");
  const Outcome outcome = read(first + "GET / HTTP/1.1\r\n\r\n", 1'000);
  CHECK(outcome.state == State::whole);
  CHECK(outcome.used == first.size());
}

TEST_CASE("empty lines before a request do not count as a request") {
  Framing framing;
  CHECK(framing.feed("\r\n\r\n") == 4);
  CHECK(framing.state() == State::idle);
  CHECK(framing.feed("\r\nG") == 3);
  CHECK(framing.state() == State::head);
}

TEST_CASE("lengths and codings") {
  CHECK(refused(with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")) == 400);
  CHECK(refused(with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")) == 400);
  CHECK(refused(with("Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "abc")) == 400);
  CHECK(refused(with("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")) == 400);
  CHECK(refused(with("Content-Length: 3, 4\r\n", "abcd")) == 400);
  CHECK(refused(with("Content-Length: +3\r\n", "abc")) == 400);
  CHECK(refused(with("Content-Length: -3\r\n", "abc")) == 400);
  CHECK(refused(with("Content-Length: 0x3\r\n", "abc")) == 400);
  CHECK(refused(with("Content-Length:\r\n", "abc")) == 400);
  CHECK(refused(with("Content-Length: 99999999999999999999999\r\n")) == 400);
  CHECK(refused(with("Content-Length : 3\r\n", "abc")) == 400);
  CHECK(refused(with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")) == 501);
  CHECK(refused(with("Transfer-Encoding: gzip\r\n", "abc")) == 501);
  CHECK(refused(with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")) == 501);
  CHECK(refused(with("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")) == 400);
  CHECK(refused(with("Transfer-Encoding:\r\n", "0\r\n\r\n")) == 400);
  CHECK(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
  CHECK(refused(with("Transfer-Encoding: chunked\r\n", "zz\r\n")) == 400);
  for (const char* body : {"3\r\nabcX\n0\r\n\r\n", "3\r\nabc\rX0\r\n\r\n", "3\rXabc\r\n0\r\n\r\n",
                           "3\r\nabc\n0\r\n\r\n", "3\r\nabc\r\n0\rX\r\n", "3\r\nabc\r\n0\r\n\rX"}) {
    CAPTURE(body);
    CHECK(refused(with("Transfer-Encoding: chunked\r\n", body)) == 400);
  }
  CHECK(refused("GET / HTTP/1.1\r\nA: b\r\n\rX") == 400);
}

TEST_CASE("bounds hold to the byte") {
  const auto line = [](std::size_t size) {
    return "GET /" + std::string(size - 16, 'a') + " HTTP/1.1\r\n";  // size bytes
  };
  CHECK(read(line(100) + "\r\n", 1'000).state == State::whole);
  CHECK(refused(line(101) + "\r\n") == 414);

  const auto head = [](std::size_t size) {
    return "GET / HTTP/1.1\r\nX: " + std::string(size - 23, 'a') + "\r\n\r\n";
  };
  CHECK(read(head(300), 1'000).state == State::whole);
  CHECK(refused(head(301)) == 431);
  CHECK(refused("GET / HTTP/1.1\r\n" + std::string(10'000, 'a')) == 431);

  CHECK(read(with("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n"), 1'000).state == State::whole);
  CHECK(refused(with("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\n")) == 431);

  const std::string fifty(50, 'b');
  CHECK(whole(with("Content-Length: 50\r\n", fifty)).body == fifty);
  CHECK(refused(with("Content-Length: 51\r\n")) == 413);
  CHECK(whole(with("Transfer-Encoding: chunked\r\n", "32\r\n" + fifty + "\r\n0\r\n\r\n")).body == fifty);
  CHECK(refused(with("Transfer-Encoding: chunked\r\n", "33\r\n" + fifty + "b\r\n0\r\n\r\n")) == 413);
  CHECK(refused(with("Transfer-Encoding: chunked\r\n", "1;" + std::string(300, 'x') + "\r\n")) == 400);
  CHECK(refused(with("Transfer-Encoding: chunked\r\n", "0\r\n" + std::string(400, 'T') + ": 1\r\n\r\n")) ==
        400);
}

TEST_CASE("malformed requests") {
  CHECK(refused("nonsense\r\n\r\n") == 400);
  CHECK(refused("\x16\x03\x01\x02") == 400);
  CHECK(refused("GET / HTTP/2.0\r\n\r\n") == 505);
  CHECK(refused("GET /\r\n\r\n") == 505);
  CHECK(refused("GET / HTTP/1.1\r\nbad header\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\n: none\r\n\r\n") == 400);
  CHECK(refused(std::string_view("GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", 26)) == 400);
  CHECK(refused("GET / HTTP/1.1\r\nX: a\rb\r\n\r\n") == 400);
}

TEST_CASE("who keeps the connection") {
  CHECK(read("GET / HTTP/1.1\r\n\r\n", 99).keep_alive);
  CHECK_FALSE(read("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 99).keep_alive);
  CHECK_FALSE(read("GET / HTTP/1.0\r\n\r\n", 99).keep_alive);
  CHECK(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 99).keep_alive);
  CHECK(read("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 99).keep_alive);
}

TEST_CASE("a client that expects 100 is noticed once, before its body") {
  Framing framing;
  framing.feed(with("Expect: 100-continue\r\nContent-Length: 2\r\n"));
  CHECK(framing.state() == State::body);
  CHECK(framing.wants_continue());
  CHECK_FALSE(framing.wants_continue());
  framing.begin(Limits{});
  framing.feed(with("Expect: 100-continue\r\nContent-Length: 2\r\n", "a"));
  CHECK_FALSE(framing.wants_continue());
}

TEST_CASE("random bytes are read the same however they are split") {
  std::mt19937 random(42);
  const std::string parts[] = {"GET ",
                               "POST ",
                               "/a",
                               "%00",
                               "?q",
                               " HTTP/1.1",
                               "\r\n",
                               "\r\n",
                               "\r\n\r\n",
                               "Content-Length: ",
                               "3",
                               "Transfer-Encoding: chunked",
                               "X: ",
                               "0",
                               "\n",
                               "\r",
                               "abc",
                               "\xC8",
                               "Expect: 100-continue",
                               ":",
                               std::string(1, '\0')};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = i % 2 == 0 ? "POST / HTTP/1.1\r\n" : "";
    for (int n = static_cast<int>(random() % 14); n >= 0; --n) bytes += parts[random() % std::size(parts)];
    const Outcome a = read(bytes, bytes.size());
    const Outcome b = read(bytes, 1 + random() % 5);
    REQUIRE(a.state == b.state);
    REQUIRE(a.status == b.status);
    REQUIRE(a.request.body == b.request.body);
    REQUIRE(a.request.headers == b.request.headers);
  }
}

}  // namespace b24gate::http
