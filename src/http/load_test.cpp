// Many threads at once: for the thread sanitizer above all.
#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "http/test_client.hpp"

namespace b24gate::http::testing {
namespace {

// Answers on threads of its own, as the journal's writer does.
class Workers {
 public:
  explicit Workers(int count) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { run(); });
  }
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  Handler handler() {
    return [this](Request request, Responder respond) {
      {
        const std::lock_guard lock(mutex_);
        work_.emplace_back(std::move(request), std::move(respond));
      }
      wake_.notify_one();
    };
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return ending_ || !work_.empty(); });
      if (work_.empty()) return;
      auto [request, respond] = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      echo(std::move(request), std::move(respond));
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<Request, Responder>> work_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("concurrent clients, loops and answering threads") {
  Workers workers(3);
  Running running({}, workers.handler(), 3);
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int number = 0; number < 6; ++number) {
    clients.emplace_back([&, number] {
      for (int connection = 0; connection < 5; ++connection) {
        Client client = running.connect();
        for (int i = 0; i < 40; ++i) {
          const std::string body = std::to_string(number * 1'000 + i);
          if (client.ask(post(body)).body == "POST /echo? " + body) ++right;
        }
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    running.server->set_limits(Limits{});
    running.advance(Milliseconds{1});
    static_cast<void>(running.server->counters());
  }
  for (auto& client : clients) client.join();
  CHECK(right == 6 * 5 * 40);
  CHECK(running.server->counters().requests == 6 * 5 * 40);
}

TEST_CASE("stop in the middle of load loses no answer that was begun, and hangs on nothing") {
  Workers workers(2);
  auto running = std::make_unique<Running>(Limits{}, workers.handler(), 2);
  std::atomic<int> broken{0};
  std::vector<std::thread> clients;
  for (int number = 0; number < 4; ++number) {
    clients.emplace_back([&, port = running->server->port()] {
      for (;;) {
        Client client(port);
        if (!client.connected()) return;
        for (;;) {
          const Reply reply = client.ask(post("abc"));
          if (reply.status == 0) break;
          if (reply.status != 200 || reply.body != "POST /echo? abc") ++broken;
        }
      }
    });
  }
  running->until([](const Counters& counters) { return counters.requests > 500; });
  running->server->stop(Milliseconds{10'000});
  for (auto& client : clients) client.join();
  CHECK(broken == 0);
  CHECK(running->server->counters().connections_open == 0);
}

TEST_CASE("a crowd that comes at once is shared by the loops") {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  std::map<std::thread::id, int> served;
  const Handler handler = [&](Request request, Responder respond) {
    {
      std::unique_lock lock(mutex);
      if (request.body == "wait") {
        changed.wait(lock, [&] { return open; });
      } else {
        ++served[std::this_thread::get_id()];
      }
    }
    echo(std::move(request), std::move(respond));
  };
  Running running({}, handler, 2);
  // Each loop is held up once, so that all have connected before one of them looks at the listener.
  std::vector<Client> holding;
  for (int i = 0; i < 2; ++i) {
    holding.push_back(running.connect());
    holding.back().send(post("wait"));
    running.until(
        [&](const Counters& counters) { return counters.requests > static_cast<std::uint64_t>(i); });
  }
  std::vector<Client> crowd;
  for (int i = 0; i < 40; ++i) crowd.push_back(running.connect());
  {
    const std::lock_guard lock(mutex);
    open = true;
  }
  changed.notify_all();
  for (auto& client : crowd) CHECK(client.ask(post("abc")).status == 200);
  REQUIRE(served.size() == 2);
  for (const auto& [loop, requests] : served) CHECK(requests >= 15);
}

TEST_CASE("connections that come and go at the bound") {
  Limits limits;
  limits.max_connections = 4;
  Workers workers(2);
  Running running(limits, workers.handler(), 2);
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int number = 0; number < 8; ++number) {
    clients.emplace_back([&] {
      for (int i = 0; i < 60; ++i) {
        const Reply reply = running.connect().ask(post("abc"));
        if (reply.status == 200 || reply.status == 503) ++answered;
      }
    });
  }
  for (auto& client : clients) client.join();
  CHECK(answered > 0);
  running.until([](const Counters& counters) { return counters.connections_open == 0; });
}

}  // namespace b24gate::http::testing
