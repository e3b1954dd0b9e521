#include "portal/http_transport.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <list>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "portal/connection.hpp"

namespace b24gate::portal {
namespace {

// Ends calls that last too long: httplib bounds single waits only, and a peer that sends a byte now and then
// would hold a thread for ever.
class Watchdog {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  Watchdog() : thread_([this] { run(); }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  using Entry = std::multimap<Deadline, std::shared_ptr<SocketHandle>>::iterator;

  Entry watch(Deadline deadline, std::shared_ptr<SocketHandle> handle) {
    const std::lock_guard lock(mutex_);
    const auto entry = running_.emplace(deadline, std::move(handle));
    changed_.notify_all();
    return entry;
  }
  void forget(Entry entry) {
    const std::lock_guard lock(mutex_);
    running_.erase(entry);
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      // A call that was cut stays listed until it returns: only those still to come are waited for.
      const auto next = std::find_if(running_.begin(), running_.end(),
                                     [](const auto& entry) { return !entry.second->was_cut(); });
      if (next == running_.end()) {
        changed_.wait(lock);
      } else if (next->first <= std::chrono::steady_clock::now()) {
        next->second->cut();
      } else {
        changed_.wait_until(lock, Deadline(next->first));
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::multimap<Deadline, std::shared_ptr<SocketHandle>> running_;
  std::thread thread_;
};

void ignore_broken_pipes() {
  struct sigaction present {};
  if (::sigaction(SIGPIPE, nullptr, &present) == 0 && present.sa_handler == SIG_DFL) {
    present.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &present, nullptr);
  }
}

bool says_close(const HttpReply& reply) {
  return std::any_of(reply.headers.begin(), reply.headers.end(), [](const auto& header) {
    return header.first.size() == 10 && (header.first[0] == 'C' || header.first[0] == 'c') &&
           (header.second == "close" || header.second == "Close") && header.first.substr(1) == "onnection";
  });
}

}  // namespace

struct HttpTransport::Impl {
  Impl(HttpOptions given, const Clock& the_clock) : options(std::move(given)), clock(the_clock) {}

  std::unique_ptr<Connection> take(const Url& url) {
    const std::lock_guard lock(mutex);
    const SteadyPoint now = clock.steady();
    // What cannot be used any more goes, whoever it was for: the newest are at the end.
    pool.remove_if([&](const auto& idle) {
      return now - idle->idle_since > options.max_idle || !idle->handle()->usable();
    });
    const auto found = std::find_if(pool.rbegin(), pool.rend(),
                                    [&](const auto& idle) { return idle->origin() == url.origin; });
    if (found == pool.rend()) return make_connection(url, options);
    auto connection = std::move(*found);
    pool.erase(std::next(found).base());
    return connection;
  }

  void give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex);
    connection->idle_since = clock.steady();
    pool.push_back(std::move(connection));
    if (pool.size() > options.max_pooled) pool.pop_front();
  }

  const HttpOptions options;
  const Clock& clock;
  std::mutex mutex;
  std::list<std::unique_ptr<Connection>> pool;  // protected by mutex
  Watchdog watchdog;
};

HttpTransport::HttpTransport(HttpOptions options, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {
  ignore_broken_pipes();
}

HttpTransport::~HttpTransport() = default;

HttpReply HttpTransport::post(const std::string& url, const std::string& body) {
  const auto parsed = parse_url(url);
  if (!parsed) {
    HttpReply reply;
    reply.problem = parsed.error().what;
    return reply;
  }
  auto connection = impl_->take(*parsed);
  const auto deadline = std::chrono::steady_clock::now() + impl_->options.total_timeout;
  const auto watched = impl_->watchdog.watch(deadline, connection->handle());
  HttpReply reply = connection->post(parsed->path, body);
  impl_->watchdog.forget(watched);
  if (reply.state == HttpReply::State::answered && !connection->handle()->was_cut() && !says_close(reply)) {
    impl_->give_back(std::move(connection));
  }
  return reply;
}

}  // namespace b24gate::portal
