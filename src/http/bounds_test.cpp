// Every bound of Limits through real sockets.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <optional>
#include <random>
#include <vector>

#include "http/test_client.hpp"

namespace b24gate::http::testing {
namespace {

Limits with_connections(std::size_t most) {
  Limits limits;
  limits.max_connections = most;
  return limits;
}

}  // namespace

TEST_CASE("64 kept connections are all served by one thread") {
  Running running;
  std::vector<Client> clients;
  for (int i = 0; i < 64; ++i) clients.push_back(running.connect());
  for (int round = 0; round < 3; ++round) {
    for (auto& client : clients) client.send(post("abc"));
    for (auto& client : clients) REQUIRE(client.read().status == 200);
  }
  CHECK(running.server->counters().connections_open == 64);
}

TEST_CASE("at the bound the longest idle connection makes room") {
  for (const unsigned threads : {1U, 3U}) {
    Running running(with_connections(3), echo, threads);
    std::vector<Client> clients;
    for (int i = 0; i < 3; ++i) {
      clients.push_back(running.connect());
      REQUIRE(clients.back().ask(get).status == 200);
      running.advance(Milliseconds{10});
    }
    REQUIRE(clients[0].ask(get).status == 200);  // now the second is the longest idle one
    running.advance(Milliseconds{10});
    Client fourth = running.connect();
    CHECK(fourth.ask(get).status == 200);
    if (threads == 1) {
      CHECK(clients[1].is_closed());
      CHECK(clients[0].ask(get).status == 200);
      CHECK(clients[2].ask(get).status == 200);
    }
    CHECK(running.server->counters().connections_open == 3);
    CHECK(running.server->counters().connections_refused == 0);
  }
}

TEST_CASE("at the bound with nothing idle the new client is told so") {
  Running running(with_connections(2));
  const Client silent = running.connect();
  Client half = running.connect();
  half.send("POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\na");
  running.until([](const Counters& counters) { return counters.connections_open == 2; });
  Client third = running.connect();
  const Reply reply = third.ask(post(std::string(100'000, 'x')));
  CHECK(reply.status == 503);
  CHECK(reply.says("Retry-After: 1"));
  CHECK(reply.body.rfind(R"({"error":"too_many_connections",)", 0) == 0);
  CHECK(running.server->counters().connections_refused == 1);
  CHECK(half.ask("b").body == "POST /echo? ab");
}

TEST_CASE("a slow request is ended at its deadline whatever its pace, and blocks nobody") {
  Running running;
  Client slow = running.connect();
  Client kept = running.connect();
  REQUIRE(kept.ask(get).status == 200);
  running.until([](const Counters& counters) { return counters.connections_open == 2; });
  const std::string request = post(std::string(1'000, 'x'));
  kept.send("G");  // its first byte now: its own deadline starts
  for (int second = 0; second < 29; ++second) {
    REQUIRE(slow.send(request.substr(static_cast<std::size_t>(second), 1)));
    REQUIRE(running.has_seen_all());
    running.advance(Milliseconds{1'000});
  }
  CHECK(running.server->counters().timed_out == 0);
  running.advance(Milliseconds{1'000});
  const Reply reply = slow.read();
  CHECK(reply.status == 408);
  CHECK(slow.is_closed());
  CHECK(kept.read().status == 408);
  CHECK(running.server->counters().timed_out == 2);
}

TEST_CASE("a client that says nothing is closed without a word at the same deadline") {
  Running running;
  Client silent = running.connect();
  running.until([](const Counters& counters) { return counters.connections_open == 1; });
  running.advance(Milliseconds{29'999});
  CHECK(running.has_seen_all());
  CHECK(running.server->counters().timed_out == 0);
  running.advance(Milliseconds{1});
  CHECK(silent.is_closed());
}

TEST_CASE("an idle connection is closed after its time, counted from its last answer") {
  Running running;
  Client client = running.connect();
  REQUIRE(client.ask(get).status == 200);
  running.advance(Milliseconds{74'999});
  REQUIRE(client.ask(get).status == 200);
  running.advance(Milliseconds{74'999});
  REQUIRE(running.has_seen_all());
  CHECK(client.ask("\r\n" + get).status == 200);
  client.send("\r\n");  // no request
  REQUIRE(running.has_seen_all());
  running.advance(Milliseconds{75'000});
  CHECK(client.is_closed());
  CHECK(running.server->counters().timed_out == 0);
}

TEST_CASE("a client that does not take its answer is closed at the write deadline") {
  Running running({}, [](Request request, Responder respond) {
    Response response;
    if (request.path == "/large") response.body.assign(32 * 1024 * 1024, 'x');
    respond(std::move(response));
  });
  Client client = running.connect(4'096);
  client.send("GET /large HTTP/1.1\r\n\r\n");
  running.until([](const Counters& counters) { return counters.requests == 1; });
  REQUIRE(running.has_seen_all());
  running.advance(Milliseconds{29'999});
  REQUIRE(running.has_seen_all());
  CHECK(running.server->counters().timed_out == 0);
  running.advance(Milliseconds{1});
  running.until([](const Counters& counters) { return counters.timed_out == 1; });
  CHECK(client.read_all().size() < 32 * 1024 * 1024);
}

TEST_CASE("a large answer arrives whole") {
  Running running({}, [](const Request&, Responder respond) {
    Response response;
    response.body.assign(8 * 1024 * 1024, 'x');
    respond(std::move(response));
  });
  Client client = running.connect(4'096);
  CHECK(client.ask(get).body == std::string(8 * 1024 * 1024, 'x'));
}

TEST_CASE("a client that still sends sees the refusal of its large body") {
  Limits limits;
  limits.max_body = 1'000;
  Running running(limits);
  Client declared = running.connect();
  CHECK(declared.ask(post(std::string(3'000'000, 'x'))).status == 413);
  Client endless = running.connect();
  endless.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::string chunks;
  for (int i = 0; i < 200'000; ++i) chunks += "a\r\n0123456789\r\n";
  CHECK(endless.ask(chunks).status == 413);
  CHECK(running.server->counters().requests == 0);
  CHECK(running.server->counters().refused_requests == 2);
}

TEST_CASE("heads over their bounds") {
  Running running;
  CHECK(running.connect().ask("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n\r\n").status == 414);
  CHECK(running.connect().ask("GET / HTTP/1.1\r\nX: " + std::string(33'000, 'a') + "\r\n\r\n").status == 431);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 101; ++i) many += "X: y\r\n";
  CHECK(running.connect().ask(many + "\r\n").status == 431);
  CHECK(running.connect().ask("POST / HTTP/1.1\r\nTransfer-Encoding: br\r\n\r\n").status == 501);
}

TEST_CASE("over the bound on memory new bodies are put off, and it recovers") {
  Limits limits;
  limits.max_buffered = 100'000;
  Running running(limits);
  const std::string half = post(std::string(90'000, 'x'));
  Client first = running.connect();
  first.send(std::string_view(half).substr(0, 85'000));
  REQUIRE(running.has_seen_all());
  Client second = running.connect();
  const Reply reply = second.ask(half);
  CHECK(reply.status == 503);
  CHECK(reply.body.rfind(R"({"error":"overloaded",)", 0) == 0);
  CHECK(running.connect().ask(post("small")).status == 200);
  CHECK(first.ask(std::string_view(half).substr(85'000)).status == 200);
  CHECK(running.connect().ask(half).status == 200);
}

TEST_CASE("new limits hold for requests that begin after") {
  Running running;
  Client kept = running.connect();
  REQUIRE(kept.ask(post("12345")).status == 200);
  Client begun = running.connect();
  begun.send("POST /echo HTTP/1.1\r\nContent-Length: 5\r\n\r\n1");
  REQUIRE(running.has_seen_all());
  Limits limits;
  limits.max_body = 4;
  running.server->set_limits(limits);
  CHECK(kept.ask(post("12345")).status == 413);
  CHECK(begun.ask("2345").status == 200);
  limits.max_connections = 1;
  running.server->set_limits(limits);
  Client last = running.connect();
  CHECK(last.ask(get).status == 200);
  CHECK(begun.is_closed());
}

TEST_CASE("random garbage is refused and harms nobody") {
  Running running;
  std::mt19937 random(2024);
  Client kept = running.connect();
  for (int i = 0; i < 300; ++i) {
    std::string bytes = i % 3 == 0 ? "POST / HTTP/1.1\r\n" : "";
    for (int n = static_cast<int>(random() % 3'000); n >= 0; --n) bytes += static_cast<char>(random());
    Client client = running.connect();
    client.send(bytes);
    client.shut_write();
    const std::string answer = client.read_all();
    REQUIRE((answer.empty() || answer.rfind("HTTP/1.1 4", 0) == 0 || answer.rfind("HTTP/1.1 5", 0) == 0));
    if (i % 50 == 0) REQUIRE(kept.ask(get).status == 200);
  }
  CHECK(running.server->counters().requests == 6);
}

TEST_CASE("a process without descriptors sheds new clients and recovers") {
  Running running;
  Client busy = running.connect();
  busy.send("POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\na");
  REQUIRE(running.has_seen_all());
  running.until([](const Counters& counters) { return counters.connections_open == 1; });
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit tight = before;
  tight.rlim_cur = 200;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  std::vector<Fd> fillers;
  for (Fd filler(::dup(0)); filler; filler = Fd(::dup(0))) fillers.push_back(std::move(filler));
  REQUIRE_FALSE(fillers.empty());
  fillers.pop_back();  // one is left, and the client takes it
  Client refused = running.connect();
  REQUIRE(refused.connected());
  CHECK(refused.is_closed());
  fillers.clear();
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(running.server->counters().connections_refused >= 1);
  CHECK(busy.ask("b").status == 200);
  CHECK(running.connect().ask(get).status == 200);
}

}  // namespace b24gate::http::testing
