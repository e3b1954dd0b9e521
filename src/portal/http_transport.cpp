#include "portal/http_transport.hpp"

#include <algorithm>
#include <list>
#include <mutex>
#include <vector>

#include "outbound/watchdog.hpp"
#include "portal/connection.hpp"

namespace b24gate::portal {
namespace {

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
  outbound::Watchdog watchdog;
};

HttpTransport::HttpTransport(HttpOptions options, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {
  outbound::ignore_broken_pipes();
}

HttpTransport::~HttpTransport() = default;

HttpReply HttpTransport::post(const std::string& url, const std::string& body,
                              const std::string& idempotency_key) {
  const auto parsed = parse_url(url);
  if (!parsed) {
    HttpReply reply;
    reply.problem = parsed.error().what;
    return reply;
  }
  auto connection = impl_->take(*parsed);
  const auto deadline = std::chrono::steady_clock::now() + impl_->options.total_timeout;
  const auto watched = impl_->watchdog.watch(deadline, connection->handle());
  HttpReply reply = connection->post(parsed->path, body, idempotency_key);
  impl_->watchdog.forget(watched);
  if (reply.state == HttpReply::State::answered && !connection->handle()->was_cut() && !says_close(reply)) {
    impl_->give_back(std::move(connection));
  }
  return reply;
}

}  // namespace b24gate::portal
