// The layouts of httplib's classes depend on this, and Debian's library is built with it.
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_OPENSSL_SUPPORT
#endif
#include "outbound/http_transport.hpp"

#include <httplib.h>

#include <algorithm>

#include "outbound/failure.hpp"
#include "outbound/watchdog.hpp"

namespace b24gate::outbound {
namespace {

std::unique_ptr<httplib::ClientImpl> client_for(const Url& url) {
  if (url.secure) return std::make_unique<httplib::SSLClient>(url.host, url.port);
  return std::make_unique<httplib::ClientImpl>(url.host, url.port);
}

}  // namespace

struct HttpTransport::Impl {
  explicit Impl(HttpOptions given) : options(std::move(given)) {}

  const HttpOptions options;
  Watchdog watchdog;
};

HttpTransport::HttpTransport(HttpOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
  ignore_broken_pipes();
}

HttpTransport::~HttpTransport() = default;

ExchangeReply HttpTransport::exchange(const Exchange& exchange) {
  ExchangeReply reply;
  const auto deadline = std::chrono::steady_clock::now() + exchange.time;
  const auto handle = std::make_shared<SocketHandle>();
  handle->begin();

  const auto client = client_for(exchange.url);
  client->set_hostname_addr_map({{exchange.url.host, exchange.address}});
  client->set_keep_alive(false);
  client->set_follow_location(false);
  client->set_tcp_nodelay(true);
  client->set_url_encode(false);
  client->set_compress(false);
  client->set_decompress(false);
  client->set_connection_timeout(std::min(impl_->options.connect_timeout, exchange.time));
  // The watchdog ends the exchange as a whole; these only keep a wait from being endless without it.
  client->set_read_timeout(exchange.time + Milliseconds{10'000});
  client->set_write_timeout(exchange.time + Milliseconds{10'000});
  client->enable_server_certificate_verification(true);
  if (!impl_->options.ca_file.empty()) client->set_ca_cert_path(impl_->options.ca_file);
  client->set_socket_options([handle](socket_t socket) { handle->opened(socket); });

  httplib::Request request;
  request.method = exchange.method;
  request.path = exchange.url.target;
  request.headers = {{"Host", exchange.url.authority()}, {"User-Agent", "b24gate/" + impl_->options.version}};
  for (const auto& [name, value] : exchange.headers) request.headers.emplace(name, value);
  if (!exchange.body.empty() || exchange.method == "POST" || exchange.method == "PATCH") {
    // Given by a provider, because its first call is the moment the request begins to leave.
    request.content_length_ = exchange.body.size();
    request.content_provider_ = [&](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
      handle->writing();
      return sink.write(exchange.body.data() + offset, length);
    };
  }
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    if (size > exchange.max_body - std::min(exchange.max_body, reply.body.size())) {
      reply.too_long = true;
      return false;
    }
    reply.body.append(data, size);
    return true;
  };

  const auto watched = impl_->watchdog.watch(deadline, handle);
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  begin_exchange();
  const bool answered = client->send(request, response, error);
  impl_->watchdog.forget(watched);
  if (answered && !handle->was_cut()) {
    reply.state = ExchangeReply::State::answered;
    reply.status = response.status;
    for (const auto& [name, value] : response.headers) reply.headers.emplace_back(name, value);
    return reply;
  }
  reply.body.clear();
  reply.state = before_request(error) && !handle->has_written() ? ExchangeReply::State::not_sent
                                                                : ExchangeReply::State::sent;
  if (reply.too_long) {
    reply.problem = "the answer is too long";
  } else if (handle->was_cut()) {
    reply.problem = "no answer in time";
  } else {
    const long verified =
        exchange.url.secure ? static_cast<httplib::SSLClient&>(*client).get_openssl_verify_result() : 0;
    reply.problem = handle->has_written() ? broken().what
                                          : failure_of(error, verified, exchange.address, exchange.url.port,
                                                       impl_->options.connect_timeout)
                                                .what;
  }
  return reply;
}

}  // namespace b24gate::outbound
