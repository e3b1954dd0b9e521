// The layouts of httplib's classes depend on this, and Debian's library is built with it.
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_OPENSSL_SUPPORT
#endif
#include "portal/connection.hpp"

#include <httplib.h>

namespace b24gate::portal {
namespace {

class HttplibConnection final : public Connection {
 public:
  HttplibConnection(const Url& url, const HttpOptions& options)
      : Connection(url.origin), options_(options), client_(url.origin) {
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
    if (client_.send(request, response, error)) {
      reply.state = HttpReply::State::answered;
      reply.status = response.status;
      for (const auto& [name, value] : response.headers) reply.headers.emplace_back(name, value);
      return reply;
    }
    reply.body.clear();
    reply.state = before_request(error) && !handle()->has_written() ? HttpReply::State::not_sent
                                                                    : HttpReply::State::sent;
    if (too_long) {
      reply.problem = "the answer is too long";
    } else if (handle()->was_cut()) {
      reply.problem = "no answer in time";
    } else {
      reply.problem = words(error);
    }
    return reply;
  }

 private:
  static bool before_request(httplib::Error error) {
    switch (error) {
      case httplib::Error::Connection:
      case httplib::Error::BindIPAddress:
      case httplib::Error::ConnectionTimeout:
      case httplib::Error::SSLConnection:
      case httplib::Error::SSLLoadingCerts:
      case httplib::Error::SSLServerVerification:
        return true;
      default:
        return false;
    }
  }

  std::string words(httplib::Error error) const {
    if (handle()->has_written()) return "the connection broke before the answer was complete";
    switch (error) {
      case httplib::Error::ConnectionTimeout:
        return "cannot connect in time";
      case httplib::Error::SSLConnection:
        return "cannot agree on TLS";
      case httplib::Error::SSLLoadingCerts:
        return "cannot read the certificates of the authorities";
      case httplib::Error::SSLServerVerification:
        return "the server's certificate is not valid for its name";
      case httplib::Error::Connection:
      case httplib::Error::BindIPAddress:
        return "cannot connect";
      default:
        return "the connection broke while the request was written";
    }
  }

  const HttpOptions& options_;
  httplib::Client client_;
};

}  // namespace

std::unique_ptr<Connection> make_connection(const Url& url, const HttpOptions& options) {
  return std::make_unique<HttplibConnection>(url, options);
}

}  // namespace b24gate::portal
