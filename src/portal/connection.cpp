// The layouts of httplib's classes depend on this, and Debian's library is built with it.
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_OPENSSL_SUPPORT
#endif
#include "portal/connection.hpp"

#include <httplib.h>

#include "outbound/failure.hpp"
#include "outbound/url.hpp"

namespace b24gate::portal {
namespace {

int port_of(const Url& url) {
  const auto authority = outbound::parse_authority(url.origin.substr(url.origin.find("//") + 2));
  if (authority && authority->port != 0) return authority->port;
  return url.secure ? 443 : 80;
}

// What a person can do; empty when nothing.
std::string_view advice(outbound::Trouble trouble) {
  using outbound::Trouble;
  switch (trouble) {
    case Trouble::name:
      return "Check the host name in portal.url, and the DNS of this machine.";
    case Trouble::refused:
      return "Nothing listens there: check host and port in portal.url, and whether the portal runs.";
    case Trouble::unreachable:
    case Trouble::slow:
      return "Check the network of this machine, and the firewall between it and the portal.";
    case Trouble::no_tls:
      return "Check scheme and port in portal.url, and whether a proxy or a firewall stands between.";
    case Trouble::tls:
      return "Check whether a proxy or a firewall stands between; the portal must speak TLS 1.2 or newer.";
    case Trouble::authorities:
      return "Install the package ca-certificates on this machine.";
    case Trouble::untrusted:
      return "Make the certificate's authority known to this machine (update-ca-certificates), or give the "
             "portal another certificate; a proxy that opens TLS looks the same.";
    case Trouble::expired:
      return "Renew the portal's certificate; check the clock of this machine.";
    case Trouble::other_name:
      return "Write the host name that the certificate is for into portal.url.";
    case Trouble::broken:
      return {};
  }
  return {};
}

class HttplibConnection final : public Connection {
 public:
  HttplibConnection(const Url& url, const HttpOptions& options)
      : Connection(url.origin), options_(options), host_(url.host), port_(port_of(url)), client_(url.origin) {
    client_.set_keep_alive(true);
    client_.set_follow_location(false);
    client_.set_tcp_nodelay(true);
    client_.set_url_encode(false);
    client_.set_compress(false);
    client_.set_decompress(false);
    client_.set_connection_timeout(options.connect_timeout);
    // The watchdog ends the call as a whole; these come later, and only keep a wait from being endless
    // without it.
    const Milliseconds single_wait = options.total_timeout + Milliseconds{10'000};
    client_.set_read_timeout(single_wait);
    client_.set_write_timeout(single_wait);
    client_.enable_server_certificate_verification(true);
    if (!options.ca_file.empty()) client_.set_ca_cert_path(options.ca_file);
    client_.set_socket_options([handle = handle()](socket_t socket) { handle->opened(socket); });
  }

  HttpReply post(const std::string& path, const std::string& body,
                 const std::string& idempotency_key) override {
    HttpReply reply;
    bool too_long = false;
    handle()->begin();

    httplib::Request request;
    request.method = "POST";
    request.path = path;
    request.headers = {{"Content-Type", "application/json"},
                       {"Accept", "application/json"},
                       {"User-Agent", "b24gate/" + options_.version}};
    if (!idempotency_key.empty()) request.headers.emplace("Idempotency-Key", idempotency_key);
    // Given by a provider rather than as a text, because its first call is the moment the request begins to
    // leave.
    request.content_length_ = body.size();
    request.content_provider_ = [&](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
      handle()->writing();
      return sink.write(body.data() + offset, length);
    };
    request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      if (reply.body.size() + size > options_.max_body) {
        too_long = true;
        return false;
      }
      reply.body.append(data, size);
      return true;
    };

    httplib::Response response;
    httplib::Error error = httplib::Error::Success;
    outbound::begin_exchange();
    if (client_.send(request, response, error)) {
      reply.state = HttpReply::State::answered;
      reply.status = response.status;
      for (const auto& [name, value] : response.headers) reply.headers.emplace_back(name, value);
      return reply;
    }
    reply.body.clear();
    reply.state = outbound::before_request(error) && !handle()->has_written() ? HttpReply::State::not_sent
                                                                              : HttpReply::State::sent;
    if (too_long) {
      reply.problem = "the answer is too long";
    } else if (handle()->was_cut()) {
      reply.problem = "no answer in time";
    } else {
      explain(error, reply);
    }
    return reply;
  }

 private:
  void explain(httplib::Error error, HttpReply& reply) {
    const auto failure = handle()->has_written()
                             ? outbound::broken()
                             : outbound::failure_of(error, client_.get_openssl_verify_result(), host_, port_,
                                                    options_.connect_timeout);
    reply.problem = failure.what;
    if (reply.state == HttpReply::State::not_sent) reply.advice = advice(failure.trouble);
  }

  const HttpOptions& options_;
  const std::string host_;
  const int port_;
  httplib::Client client_;
};

}  // namespace

std::unique_ptr<Connection> make_connection(const Url& url, const HttpOptions& options) {
  return std::make_unique<HttplibConnection>(url, options);
}

}  // namespace b24gate::portal
