#include "sandbox/sandbox.hpp"

#include <httplib.h>

#include <utility>

#include "http/server.hpp"
#include "sandbox/later.hpp"
#include "sandbox/portal.hpp"
#include "sandbox/web.hpp"

namespace b24gate::sandbox {
namespace {

PortalOptions portal_options(const Options& options) {
  PortalOptions out;
  out.secret = options.secret;
  out.rate = options.rate;
  out.burst = options.burst;
  out.operating_limit = options.operating_limit;
  out.telephony_by_docs = options.telephony_by_docs;
  out.client_id = options.client_id;
  out.client_secret = options.client_secret;
  return out;
}

http::Options server_options(const Options& options) {
  http::Options out;
  out.host = options.host;
  out.port = options.port;
  // Records of long calls come whole, a third longer in base64.
  out.limits.max_body = 64UL * 1024 * 1024;
  return out;
}

// The status, 0 when nothing came back. One attempt, as the portal makes it.
std::int64_t posted(const Posting& posting) {
  const auto path = posting.url.find('/', posting.url.find("://") + 3);
  httplib::Client client(posting.url.substr(0, path));
  if (!client.is_valid()) return 0;
  client.set_connection_timeout(5);
  client.set_read_timeout(5);
  const auto answer = client.Post(path == std::string::npos ? "/" : posting.url.substr(path), posting.body,
                                  "application/x-www-form-urlencoded");
  return answer ? answer->status : 0;
}

// Status 0 with `close` asks the server to close the connection without a byte.
http::Response response_of(Reply reply) {
  http::Response out;
  out.status = reply.dropped ? 0 : reply.status;
  out.close = reply.dropped;
  out.body = std::move(reply.body);
  out.content_type = std::move(reply.content_type);
  out.headers = std::move(reply.headers);
  return out;
}

}  // namespace

class Sandbox::Impl {
 public:
  Impl(Options options, const Clock& clock)
      : portal_(portal_options(options), clock),
        later_(clock),
        events_(clock),
        server_(
            server_options(options),
            [this](const http::Request& request, http::Responder respond) {
              handle(request, std::move(respond));
            },
            clock) {}

  Done start() { return server_.start(); }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  void stop() {
    later_.stop();
    events_.stop();
    server_.stop(Milliseconds{1000});
  }

 private:
  void handle(const http::Request& request, http::Responder respond) {
    Reply reply = route(portal_, request);
    if (!reply.posts.empty()) {
      post(std::move(reply), std::move(respond));
      return;
    }
    const Milliseconds delay = reply.delay;
    http::Response response = response_of(std::move(reply));
    if (delay.count() == 0) {
      respond(std::move(response));
      return;
    }
    // std::function wants what can be copied; the responder cannot.
    auto waiting = std::make_shared<http::Responder>(std::move(respond));
    later_.after(delay,
                 [waiting, response = std::move(response)]() mutable { (*waiting)(std::move(response)); });
  }

  void post(Reply reply, http::Responder respond) {
    auto waiting = std::make_shared<http::Responder>(std::move(respond));
    events_.after(Milliseconds{0}, [waiting, reply = std::move(reply)] {
      json::Array statuses;
      for (const auto& posting : reply.posts) statuses.emplace_back(posted(posting));
      json::Value body = json::parse(reply.body).value_or(json::Value());
      body["posted"] = std::move(statuses);
      (*waiting)(response_of(json_reply(reply.status, body)));
    });
  }

  Portal portal_;
  Later later_;
  Later events_;
  http::Server server_;
};

Sandbox::Sandbox(Options options, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {}
Sandbox::~Sandbox() { impl_->stop(); }

Done Sandbox::start() { return impl_->start(); }
std::uint16_t Sandbox::port() const { return impl_->port(); }
void Sandbox::stop() { impl_->stop(); }

}  // namespace b24gate::sandbox
