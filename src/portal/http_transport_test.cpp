#include "portal/http_transport.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "base/manual_clock.hpp"

using namespace b24gate;
using namespace b24gate::portal;
using namespace std::chrono_literals;

namespace {

// One accepted connection, plain or TLS, seen from the server.
class Peer {
 public:
  Peer(int socket, SSL* ssl) : socket_(socket), ssl_(ssl) {}
  ~Peer() {
    if (ssl_) SSL_free(ssl_);
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // A whole request, or what came before the connection ended.
  std::string read_request() {
    std::string text;
    for (char c = 0; text.find("\r\n\r\n") == std::string::npos && read(c);) text += c;
    const auto at = text.find("Content-Length: ");
    const std::size_t length =
        at == std::string::npos ? 0 : std::strtoul(text.c_str() + at + 16, nullptr, 10);
    std::string body(length, '\0');
    std::size_t got = 0;
    while (got < length) {
      const auto more = ssl_ ? SSL_read(ssl_, &body[got], static_cast<int>(length - got))
                             : ::recv(socket_, &body[got], length - got, 0);
      if (more <= 0) break;
      got += static_cast<std::size_t>(more);
    }
    text += body.substr(0, got);
    return text;
  }
  bool write(const std::string& text) {
    if (ssl_) return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0;
    return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  void say_goodbye() { SSL_shutdown(ssl_); }
  // Waits until the client has gone, at most `pause`; true when it has.
  bool client_left(int pause_ms) {
    pollfd waiting{socket_, POLLIN | POLLRDHUP, 0};
    return ::poll(&waiting, 1, pause_ms) > 0;
  }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

 private:
  bool read(char& c) { return ssl_ ? SSL_read(ssl_, &c, 1) == 1 : ::recv(socket_, &c, 1, 0) == 1; }

  int socket_;
  SSL* ssl_;
};

// A server on a loopback port; every connection runs the script in a thread of its own.
class Server {
 public:
  using Script = std::function<void(Peer&)>;

  explicit Server(Script script, SSL_CTX* tls = nullptr) : script_(std::move(script)), tls_(tls) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::string url(const char* path = "/rest/1/secret/scope") const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_) + path;
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void accept_all() {
    for (int socket = 0; (socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      ++connections_;
      threads_.emplace_back([this, socket] {
        SSL* ssl = nullptr;
        if (tls_) {
          ssl = SSL_new(tls_);
          SSL_set_fd(ssl, socket);
          if (SSL_accept(ssl) != 1) {
            Peer failed(socket, ssl);
            return;
          }
        }
        Peer peer(socket, ssl);
        script_(peer);
      });
    }
  }

  Script script_;
  SSL_CTX* tls_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

std::string ok(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A key and a certificate for 127.0.0.1, signed by itself, in a file that is also the list of authorities.
class SelfSigned {
 public:
  explicit SelfSigned(const char* address = "IP:127.0.0.1", long valid_s = 3600) {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate), valid_s);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    const unsigned char common[] = "portal.test";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, address);
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, nullptr);

    char path[] = "/tmp/b24gate-test-XXXXXX";
    const int file = ::mkstemp(path);
    REQUIRE(file >= 0);
    path_ = path;
    FILE* out = ::fdopen(file, "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);

    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~SelfSigned() {
    SSL_CTX_free(context_);
    ::unlink(path_.c_str());
  }
  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;
  [[nodiscard]] SSL_CTX* context() const { return context_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  SSL_CTX* context_ = nullptr;
  std::string path_;
};

struct Bench {
  ManualClock clock{from_unix_ms(1'780'300'800'000)};
  HttpTransport transport;
  explicit Bench(HttpOptions options = {}) : transport(std::move(options), clock) {}
};

HttpOptions quick() {
  HttpOptions options;
  options.total_timeout = 300ms;
  return options;
}

using State = HttpReply::State;

}  // namespace

TEST_CASE("a request says exactly what it should, and the answer comes back whole") {
  std::promise<std::string> request;
  Server server([&](Peer& peer) {
    request.set_value(peer.read_request());
    peer.write("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}");
  });
  HttpOptions options;
  options.version = "1.2.3";
  Bench bench(options);
  const HttpReply reply = bench.transport.post(server.url("/rest/1/a%20b/crm.item.add"), R"({"a":1})");
  CHECK(reply.state == State::answered);
  CHECK(reply.status == 503);
  CHECK(reply.body == "{}");
  bool told = false;
  for (const auto& [name, value] : reply.headers) told = told || (name == "Retry-After" && value == "7");
  CHECK(told);

  const std::string text = request.get_future().get();
  CHECK(text.rfind("POST /rest/1/a%20b/crm.item.add HTTP/1.1\r\n", 0) == 0);
  CHECK(text.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
  CHECK(text.find("\r\nAccept: application/json\r\n") != std::string::npos);
  CHECK(text.find("\r\nUser-Agent: b24gate/1.2.3\r\n") != std::string::npos);
  CHECK(text.find("\r\nContent-Length: 7\r\n") != std::string::npos);
  CHECK(text.find("Accept-Encoding") == std::string::npos);
  CHECK(text.find("Expect") == std::string::npos);
  CHECK(text.substr(text.size() - 11) == "\r\n\r\n{\"a\":1}");
}

TEST_CASE("a body of megabytes goes and comes") {
  const std::string big(3 * 1024 * 1024, 'x');
  Server server(
      [&](Peer& peer) { peer.write(ok(std::to_string(peer.read_request().size() > big.size()) + big)); });
  Bench bench;
  const HttpReply reply = bench.transport.post(server.url(), big);
  CHECK(reply.state == State::answered);
  CHECK(reply.body == "1" + big);
}

TEST_CASE("nobody listens: not sent") {
  std::string url;
  {
    Server gone([](Peer&) {});
    url = gone.url();
  }
  Bench bench;
  const HttpReply reply = bench.transport.post(url, "{}");
  CHECK(reply.state == State::not_sent);
  CHECK(reply.problem == "the connection is refused");
  CHECK(reply.advice.find("check host and port in portal.url") != std::string::npos);
}

TEST_CASE("a name that nobody knows: not sent") {
  Bench bench;
  const HttpReply reply = bench.transport.post("https://portal.invalid/rest/1/secret/scope", "{}");
  CHECK(reply.state == State::not_sent);
  CHECK(reply.problem.find("portal.invalid: the name cannot be resolved") == 0);
  CHECK(reply.problem.find("secret") == std::string::npos);
  CHECK(reply.advice.find("DNS") != std::string::npos);
}

TEST_CASE("an address that may not get the secret: not sent") {
  Bench bench;
  CHECK(bench.transport.post("http://192.0.2.1/rest/1/secret/scope", "{}").state == State::not_sent);
  const HttpReply reply = bench.transport.post("nonsense/secret", "{}");
  CHECK(reply.state == State::not_sent);
  CHECK(reply.problem.find("secret") == std::string::npos);
}

TEST_CASE("the connection breaks after the request began to leave: sent, and never repeated") {
  std::atomic<int> requests{0};
  Server::Script script;
  SUBCASE("the whole request was read, no answer") {
    script = [&](Peer& peer) { requests += !peer.read_request().empty(); };
  }
  SUBCASE("a reset instead of an answer") {
    script = [&](Peer& peer) {
      requests += !peer.read_request().empty();
      peer.reset();
    };
  }
  SUBCASE("part of the body") {
    script = [&](Peer& peer) {
      requests += !peer.read_request().empty();
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"result\":");
    };
  }
  SUBCASE("part of a chunked body") {
    script = [&](Peer& peer) {
      requests += !peer.read_request().empty();
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{\"result\":");
    };
  }
  SUBCASE("part of the headers") {
    script = [&](Peer& peer) {
      requests += !peer.read_request().empty();
      peer.write("HTTP/1.1 200 OK\r\nContent-Le");
    };
  }
  SUBCASE("garbage") {
    script = [&](Peer& peer) {
      requests += !peer.read_request().empty();
      peer.write("SSH-2.0-OpenSSH\r\n\r\n");
    };
  }
  Server server(script);
  Bench bench;
  const HttpReply reply = bench.transport.post(server.url(), "{}");
  CHECK(reply.state == State::sent);
  CHECK(reply.body.empty());
  CHECK(reply.problem == "the connection broke before the answer was complete");
  CHECK(requests == 1);
  CHECK(server.connections() == 1);
}

TEST_CASE("the server closes before it reads: no answer, and never repeated") {
  Server server([&](Peer& peer) { peer.reset(); });
  Bench bench;
  // Whether the reset comes before or after the first byte left is up to the network: either is told as it
  // was.
  CHECK(bench.transport.post(server.url(), "{}").state != State::answered);
  CHECK(server.connections() == 1);
}

TEST_CASE("a call ends in its time, also when the server drips") {
  Server::Script script;
  SUBCASE("silence") {
    script = [](Peer& peer) {
      peer.read_request();
      peer.client_left(20'000);
    };
  }
  SUBCASE("a header that never ends") {
    script = [](Peer& peer) {
      peer.read_request();
      peer.write("HTTP/1.1 200 OK\r\nX: ");
      while (!peer.client_left(10) && peer.write("y")) {
      }
    };
  }
  SUBCASE("a body that never ends") {
    script = [](Peer& peer) {
      peer.read_request();
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
      while (!peer.client_left(10) && peer.write("y")) {
      }
    };
  }
  Server server(script);
  Bench bench(quick());
  const HttpReply reply = bench.transport.post(server.url(), "{}");
  CHECK(reply.state == State::sent);
  CHECK(reply.problem == "no answer in time");
}

TEST_CASE("an answer that is too long ends the call") {
  Server::Script script;
  SUBCASE("and says so") {
    script = [](Peer& peer) {
      peer.read_request();
      peer.write(ok(std::string(1001, 'x')));
      peer.client_left(20'000);
    };
  }
  SUBCASE("and does not") {
    script = [](Peer& peer) {
      peer.read_request();
      peer.write("HTTP/1.1 200 OK\r\n\r\n");
      while (!peer.client_left(0) && peer.write(std::string(100, 'x'))) {
      }
    };
  }
  Server server(script);
  HttpOptions options;
  options.max_body = 1000;
  Bench bench(options);
  const HttpReply reply = bench.transport.post(server.url(), "{}");
  CHECK(reply.state == State::sent);
  CHECK(reply.problem == "the answer is too long");
  CHECK(reply.body.empty());
}

TEST_CASE("redirects are not followed, cookies are not kept") {
  std::vector<std::string> requests;
  Server server([&](Peer& peer) {
    requests.push_back(peer.read_request());
    peer.write("HTTP/1.1 302 Found\r\nLocation: /other\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n");
    requests.push_back(peer.read_request());
    peer.write(ok("{}"));
  });
  Bench bench;
  const HttpReply reply = bench.transport.post(server.url(), "{}");
  CHECK(reply.state == State::answered);
  CHECK(reply.status == 302);
  CHECK(bench.transport.post(server.url(), "{}").status == 200);
  CHECK(server.connections() == 1);
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].rfind("POST /rest/1/secret/scope ", 0) == 0);
  CHECK(requests[1].find("Cookie") == std::string::npos);
}

TEST_CASE("a connection is used again while it is young and open") {
  Server server([&](Peer& peer) {
    while (!peer.read_request().empty() && peer.write(ok("{}"))) {
    }
  });
  Bench bench;
  for (int i = 0; i < 3; ++i) CHECK(bench.transport.post(server.url(), "{}").state == State::answered);
  CHECK(server.connections() == 1);
  bench.clock.advance(16s);
  CHECK(bench.transport.post(server.url(), "{}").state == State::answered);
  CHECK(server.connections() == 2);
}

TEST_CASE("a connection that the server closed meanwhile is left alone") {
  bool with_reset = false;
  SUBCASE("in order") {}
  SUBCASE("by a reset") { with_reset = true; }
  std::promise<void> closed;
  std::atomic<int> requests{0};
  Server server([&](Peer& peer) {
    requests += !peer.read_request().empty();
    peer.write(ok("{}"));
    if (requests > 1) return;
    if (with_reset) {
      // A reset throws away what was not read yet: the client has to have the answer first.
      peer.client_left(200);
      peer.reset();
    }
    peer.close();
    closed.set_value();
  });
  Bench bench;
  CHECK(bench.transport.post(server.url(), "{}").state == State::answered);
  closed.get_future().wait();
  CHECK(bench.transport.post(server.url(), "{}").state == State::answered);
  CHECK(requests == 2);
  CHECK(server.connections() == 2);
}

TEST_CASE("a kept connection that dies under a request: sent, and never repeated") {
  std::atomic<int> requests{0};
  Server server([&](Peer& peer) {
    requests += !peer.read_request().empty();
    peer.write(ok("{}"));
    requests += !peer.read_request().empty();
  });
  Bench bench;
  CHECK(bench.transport.post(server.url(), "{}").state == State::answered);
  CHECK(bench.transport.post(server.url(), "{}").state == State::sent);
  CHECK(requests == 2);
  CHECK(server.connections() == 1);
}

TEST_CASE("as many calls at once as there are threads") {
  constexpr int kCalls = 6;
  std::mutex mutex;
  std::condition_variable all_here;
  int here = 0;
  // No answer before every request has come: calls that wait for each other would never end.
  Server server([&](Peer& peer) {
    peer.read_request();
    std::unique_lock lock(mutex);
    ++here;
    all_here.notify_all();
    all_here.wait(lock, [&] { return here == kCalls; });
    lock.unlock();
    peer.write(ok("{}"));
  });
  Bench bench;
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kCalls; ++i) {
    threads.emplace_back(
        [&] { answered += bench.transport.post(server.url(), "{}").state == State::answered; });
  }
  for (auto& thread : threads) thread.join();
  CHECK(answered == kCalls);
}

TEST_CASE("TLS: the certificate is verified, and what is wrong with it is told") {
  const auto asked = [](const SelfSigned& certificate, bool known) {
    Server server([&](Peer& peer) { peer.write(peer.read_request().empty() ? "" : ok("{}")); },
                  certificate.context());
    HttpOptions options;
    if (known) options.ca_file = certificate.path();
    Bench bench(options);
    return bench.transport.post(server.url(), "{}");
  };
  const HttpReply good = asked(SelfSigned(), true);
  CHECK(good.state == State::answered);
  CHECK(good.body == "{}");

  const HttpReply unknown = asked(SelfSigned(), false);
  CHECK(unknown.state == State::not_sent);
  CHECK(unknown.problem.find("the server's certificate is not trusted: self") == 0);
  CHECK(unknown.advice.find("update-ca-certificates") != std::string::npos);

  const HttpReply expired = asked(SelfSigned("IP:127.0.0.1", -3600), true);
  CHECK(expired.state == State::not_sent);
  CHECK(expired.problem == "the server's certificate has expired");
  CHECK(expired.advice.find("Renew") == 0);

  const HttpReply other = asked(SelfSigned("IP:127.0.0.2"), true);
  CHECK(other.state == State::not_sent);
  CHECK(other.problem == "the server's certificate is for another name");
  CHECK(other.advice.find("portal.url") != std::string::npos);
}

TEST_CASE("TLS: a server that speaks no TLS, or hangs in the greeting: not sent") {
  Server::Script script;
  std::string problem;
  SUBCASE("no TLS") {
    script = [](Peer& peer) { peer.write("220 smtp ready\r\n"); };
    problem = "what answers there speaks no TLS";
  }
  SUBCASE("silence") {
    script = [](Peer& peer) {
      while (!peer.read_request().empty()) {
      }
    };
    problem = "no answer in time";
  }
  Server server(script);
  Bench bench(quick());
  const HttpReply reply = bench.transport.post("https" + server.url().substr(4), "{}");
  CHECK(reply.state == State::not_sent);
  CHECK(reply.problem == problem);
}

TEST_CASE("TLS: a goodbye instead of an answer: sent, and never repeated") {
  const SelfSigned certificate;
  std::atomic<int> requests{0};
  bool on_kept_connection = false;
  SUBCASE("on a new connection") {}
  SUBCASE("on a kept connection") { on_kept_connection = true; }
  std::atomic<bool> first{on_kept_connection};
  Server server(
      [&](Peer& peer) {
        if (first.exchange(false)) {
          requests += !peer.read_request().empty();
          peer.write(ok("{}"));
        }
        requests += !peer.read_request().empty();
        peer.say_goodbye();
      },
      certificate.context());
  HttpOptions options;
  options.ca_file = certificate.path();
  Bench bench(options);
  if (on_kept_connection) REQUIRE(bench.transport.post(server.url(), "{}").state == State::answered);
  CHECK(bench.transport.post(server.url(), "{}").state == State::sent);
  CHECK(requests == (on_kept_connection ? 2 : 1));
  CHECK(server.connections() == 1);
}
