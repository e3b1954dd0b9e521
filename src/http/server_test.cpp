#include "http/server.hpp"

#include <doctest/doctest.h>

#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "http/test_client.hpp"

namespace b24gate::http::testing {
namespace {

// So that the server sees at once that the client is gone.
void reset_when_closed(const Client& client) {
  const linger reset{1, 0};
  ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

// Keeps what the handler was given until the test answers.
struct Held {
  std::mutex mutex;
  std::vector<std::pair<Request, Responder>> all;

  Handler handler() {
    return [this](Request request, Responder respond) {
      if (request.path == "/") return echo(std::move(request), std::move(respond));
      const std::lock_guard lock(mutex);
      all.emplace_back(std::move(request), std::move(respond));
    };
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return all.size();
  }
  Responder take() {
    while (count() == 0) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    Responder respond = std::move(all.front().second);
    all.erase(all.begin());
    return respond;
  }
};

Response text(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

}  // namespace

TEST_CASE("requests are answered on a kept connection") {
  Running running;
  REQUIRE(running.started);
  Client client = running.connect();
  Reply reply = client.ask(post("abc"));
  CHECK(reply.status == 200);
  CHECK(reply.body == "POST /echo? abc");
  CHECK(reply.head ==
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: "
        "text/plain\r\nContent-Length: 15\r\n");
  CHECK(client.ask("GET /x?y=1 HTTP/1.1\r\n\r\n").body == "GET /x?y=1 ");
  CHECK(running.server->counters().requests == 2);
  CHECK(running.server->counters().connections_accepted == 1);
  CHECK(running.server->counters().connections_open == 1);
  client.close();
  running.until([](const Counters& counters) { return counters.connections_open == 0; });
}

TEST_CASE("the request carries where and when it came from") {
  Request seen;
  Running running({}, [&](Request request, Responder respond) {
    seen = std::move(request);
    respond({});
  });
  CHECK(running.connect().ask(post("abc")).status == 200);
  CHECK(seen.peer == "127.0.0.1");
  CHECK(seen.received_at == running.clock.now());
}

TEST_CASE("pipelined requests are answered in order, also when the answers come late") {
  Held held;
  Running running({}, held.handler());
  Client client = running.connect();
  client.send("GET /1 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
  for (const char* name : {"one", "two", "three"}) {
    Responder respond = held.take();
    CHECK(held.count() == 0);  // the next one waits for this answer
    respond(text(name));
    CHECK(client.read().body == name);
    if (std::string_view(name) == "one") CHECK(client.read().body == "GET /? ");
  }
}

// Each answer is posted by another thread while the loop is still busy delivering the one before.
TEST_CASE("no answer is overlooked that comes while others are delivered") {
  Running running({}, [](Request request, Responder respond) {
    std::thread([&] { echo(std::move(request), std::move(respond)); }).join();
  });
  Client client = running.connect();
  client.send(get + get + get + get);
  for (int i = 0; i < 4; ++i) CHECK(client.read().body == "GET /? ");
}

TEST_CASE("thousands of pipelined requests in one go") {
  Running running;
  Client client = running.connect();
  std::thread sender([&] {
    for (int i = 0; i < 5'000; ++i) client.send("GET /" + std::to_string(i) + " HTTP/1.1\r\n\r\n");
  });
  int in_order = 0;
  while (in_order < 5'000 && client.read().body == "GET /" + std::to_string(in_order) + "? ") ++in_order;
  sender.join();
  CHECK(in_order == 5'000);
}

TEST_CASE("HEAD, HTTP/1.0 and Connection: close") {
  Running running;
  Client client = running.connect();
  client.send("HEAD /x HTTP/1.1\r\n\r\n");
  const Reply head = client.read(false);
  CHECK(head.says("Content-Length: 9\r\n"));
  CHECK(client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").says("Connection: keep-alive"));
  CHECK(client.ask("GET / HTTP/1.0\r\n\r\n").says("Connection: close"));
  CHECK(client.is_closed());
  Client other = running.connect();
  CHECK(other.ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").says("Connection: close"));
  CHECK(other.is_closed());
}

TEST_CASE("a chunked body with trailers, and the next request after it") {
  Running running;
  Client client = running.connect();
  CHECK(client.ask("POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n")
            .body == "POST /c? abc");
  CHECK(client.ask(get).status == 200);
}

TEST_CASE("100 Continue is sent when it is waited for, and not for a body that is too large") {
  Limits limits;
  limits.max_body = 100;
  Running running(limits);
  Client client = running.connect();
  client.send("POST /c HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  CHECK(client.read(false).status == 100);
  CHECK(client.ask("abc").body == "POST /c? abc");
  CHECK(client.ask("POST /c HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n").status == 413);
  CHECK(client.is_closed());
}

TEST_CASE("a client that has shut its side still gets its answer") {
  Held held;
  Running running({}, held.handler());
  Client client = running.connect();
  client.send(post("abc"));
  client.shut_write();
  held.take()(text("late"));
  CHECK(client.read().body == "late");
  CHECK(client.is_closed());

  Client cut = running.connect();
  cut.send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab");
  cut.shut_write();
  CHECK(cut.read().status == 400);
  CHECK(cut.is_closed());
}

TEST_CASE("refusals are JSON and close the connection") {
  Running running;
  Client client = running.connect();
  const Reply reply =
      client.ask("POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(reply.status == 400);
  CHECK(reply.says("Connection: close\r\n"));
  CHECK(reply.says("Content-Type: application/json"));
  CHECK(reply.body.rfind(R"({"error":"bad_request","message":")", 0) == 0);
  CHECK(client.is_closed());
  CHECK(running.server->counters().refused_requests == 1);
  CHECK(running.server->counters().requests == 0);
}

TEST_CASE("a dropped responder and a throwing handler answer 500") {
  Running running({}, [](Request request, Responder) {
    if (request.path == "/throw") throw std::runtime_error("no");
  });
  for (const char* path : {"/drop", "/throw"}) {
    const Reply reply = running.connect().ask(std::string("GET ") + path + " HTTP/1.1\r\n\r\n");
    CHECK(reply.status == 500);
    CHECK(reply.body.rfind(R"({"error":"internal","message":)", 0) == 0);
  }
}

TEST_CASE("status 0 closes the connection without a byte") {
  Running running({}, [](Request, Responder respond) {
    Response nothing;
    nothing.status = 0;
    respond(nothing);
  });
  CHECK(running.connect().ask("GET / HTTP/1.1\r\n\r\n").status == 0);
}

TEST_CASE("a responder outlives its connection and its server") {
  Held held;
  std::optional<Responder> late;
  {
    Running running({}, held.handler());
    {
      Client client = running.connect();
      client.send(post("1"));
      late.emplace(held.take());
    }
    (*late)(text("to nobody"));
    Client client = running.connect();
    client.send(post("2"));
    late.emplace(held.take());
  }
  (*late)(text("to nobody"));
}

TEST_CASE("a later answer is made once, on the loop's thread, also when nobody waits for it any more") {
  Held held;
  std::promise<std::thread::id> made_on;
  std::optional<Responder> late;
  int made_after_the_end = 0;
  {
    Running running({}, held.handler());
    Client client = running.connect();
    client.send(post("1"));
    held.take().later([&] {
      made_on.set_value(std::this_thread::get_id());
      return text("late");
    });
    CHECK(client.read().body == "late");
    CHECK(made_on.get_future().get() != std::this_thread::get_id());
    {
      Client gone = running.connect();
      gone.send(post("2"));
      late.emplace(held.take());
      reset_when_closed(gone);
    }
    running.until([](const Counters& counters) { return counters.connections_open == 1; });
    std::promise<std::thread::id> made_for_nobody;
    late->later([&] {
      made_for_nobody.set_value(std::this_thread::get_id());
      return text("to nobody");
    });
    CHECK(made_for_nobody.get_future().get() != std::this_thread::get_id());
    client.send(post("3"));
    late.emplace(held.take());
  }
  late->later([&] {
    ++made_after_the_end;
    return text("to nobody");
  });
  CHECK(made_after_the_end == 1);
}

TEST_CASE("an answer to an earlier request never reaches a later one") {
  Held held;
  Running running({}, held.handler());
  std::optional<Responder> stale;
  {
    Client gone = running.connect();
    gone.send(post("1"));
    stale.emplace(held.take());
    reset_when_closed(gone);
  }
  running.until([](const Counters& counters) { return counters.connections_open == 0; });
  Client client = running.connect();
  client.send(post("2"));
  Responder right = held.take();
  (*stale)(text("wrong"));
  right(text("right"));
  CHECK(client.read().body == "right");
}

TEST_CASE("an answer given from another connection's handler") {
  std::optional<Responder> first;
  Running running({}, [&](Request request, Responder respond) {
    if (request.path == "/wait") {
      first.emplace(std::move(respond));
      return;
    }
    if (first) (*first)(text("from the other"));
    first.reset();
    respond({});
  });
  Client waiting = running.connect();
  waiting.send("GET /wait HTTP/1.1\r\n\r\nGET /again HTTP/1.1\r\n\r\n");
  running.until([](const Counters& counters) { return counters.requests == 1; });
  CHECK(running.has_seen_all());
  CHECK(waiting.read().body == "from the other");
  CHECK(waiting.read().status == 200);
}

TEST_CASE("stop lets a begun request finish and closes the rest") {
  Held held;
  Running running({}, held.handler());
  Client idle = running.connect();
  CHECK(idle.ask(get).status == 200);
  Client fresh = running.connect();
  Client handled = running.connect();
  handled.send(post("1"));
  Responder respond = held.take();
  Client reading = running.connect();
  reading.send("POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\na");
  REQUIRE(running.has_seen_all());
  auto stopped = std::async(std::launch::async, [&] { running.server->stop(Milliseconds{5'000}); });
  CHECK(idle.is_closed());
  CHECK(fresh.is_closed());
  CHECK_FALSE(running.connect().connected());
  respond(text("done"));
  const Reply reply = handled.read();
  CHECK(reply.body == "done");
  CHECK(reply.says("Connection: close"));
  CHECK(handled.is_closed());
  reading.send("b");
  held.take()(text("also"));
  CHECK(reading.read().body == "also");
  stopped.get();
  CHECK(running.server->counters().connections_open == 0);
}

TEST_CASE("stop gives up when the grace is over") {
  Held held;
  Running running({}, held.handler());
  Client client = running.connect();
  client.send(post("1"));
  Responder respond = held.take();
  Client idle = running.connect();
  CHECK(idle.ask(get).status == 200);
  auto stopped = std::async(std::launch::async, [&] { running.server->stop(Milliseconds{5'000}); });
  CHECK(idle.is_closed());  // the loop has begun to stop
  running.advance(Milliseconds{5'000});
  stopped.get();
  CHECK(client.is_closed());
  respond(text("too late"));
}

TEST_CASE("start fails in words") {
  Running running;
  Options options;
  options.port = running.server->port();
  const SystemClock clock;
  Server second(std::move(options), echo, clock);
  const Done started = second.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().text() == "127.0.0.1:" + std::to_string(running.server->port()) +
                                      ": the address cannot be listened on: Address already in use");
  Options nowhere;
  nowhere.host = "256.0.0.1";
  Server third(std::move(nowhere), echo, clock);
  CHECK_FALSE(third.start());
}

}  // namespace b24gate::http::testing
