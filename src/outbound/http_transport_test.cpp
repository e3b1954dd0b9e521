#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_OPENSSL_SUPPORT
#endif
#include "outbound/http_transport.hpp"

#include <doctest/doctest.h>
#include <httplib.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "outbound/fetch.hpp"

using namespace b24gate;
using namespace b24gate::outbound;
using namespace std::chrono_literals;

namespace {

// A server of the vendor's on loopback.
class Vendor {
 public:
  Vendor() {
    server.Post("/recording", [this](const httplib::Request& request, httplib::Response& response) {
      body = request.body;
      host = request.get_header_value("Host");
      response.status = 302;
      response.set_header("Location", "http://files.test:" + std::to_string(port) + "/once?key=1%2F2");
    });
    server.Get("/once", [this](const httplib::Request& request, httplib::Response& response) {
      key = request.get_param_value("key");
      had_authorization = request.has_header("Authorization");
      response.set_content(std::string(100'000, 'm'), "audio/mpeg");
    });
    // Sends without end and never stops by itself.
    server.Get("/endless", [](const httplib::Request&, httplib::Response& response) {
      response.set_chunked_content_provider(
          "audio/mpeg", [](std::size_t, httplib::DataSink& sink) { return sink.write("x", 1); });
    });
    server.Get("/silent",
               [this](const httplib::Request&, httplib::Response&) { silence.get_future().wait(); });
    port = server.bind_to_any_port("127.0.0.1");
    REQUIRE(port > 0);
    thread = std::thread([this] { server.listen_after_bind(); });
    while (!server.is_running()) std::this_thread::yield();
  }
  ~Vendor() {
    server.stop();
    thread.join();
  }
  Vendor(const Vendor&) = delete;
  Vendor& operator=(const Vendor&) = delete;

  [[nodiscard]] std::string url(const std::string& rest) const {
    return "http://pbx.test:" + std::to_string(port) + rest;
  }

  httplib::Server server;
  int port = 0;
  std::string body, host, key;
  bool had_authorization = false;
  std::promise<void> silence;
  std::thread thread;
};

// A key and a certificate for pbx.test, signed by itself, in a file that is also the list of authorities.
class SelfSigned {
 public:
  SelfSigned() {
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    const unsigned char common[] = "pbx.test";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:pbx.test");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, nullptr);
    char path[] = "/tmp/b24gate-test-XXXXXX";
    const int descriptor = ::mkstemp(path);
    REQUIRE(descriptor >= 0);
    file = path;
    FILE* out = ::fdopen(descriptor, "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
  }
  ~SelfSigned() {
    X509_free(certificate);
    EVP_PKEY_free(key);
    ::unlink(file.c_str());
  }
  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;

  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  std::string file;
};

// Names that no DNS knows: only the address that is handed on can be connected to.
class TestNames final : public Resolver {
 public:
  Result<std::vector<std::string>> resolve(const std::string& name) const override {
    if (name == "pbx.test" || name == "files.test") return std::vector<std::string>{"127.0.0.1"};
    return SystemResolver().resolve(name);
  }
};

struct Bench {
  Vendor vendor;
  TestNames names;
  SystemClock clock;
  HttpTransport transport{HttpOptions{}};
  Fetcher fetcher{transport, names, clock};
  FetchOptions options;

  Bench() {
    options.hosts = {"http://*.test", "http://127.0.0.1", "http://localhost"};
    options.inside = Inside::loopback;
    options.max_time = 30s;
  }
  Result<Fetched> get(const std::string& rest) {
    connector::HttpCall call;
    call.url = vendor.url(rest);
    return fetcher.fetch(call, options);
  }
};

}  // namespace

TEST_CASE("a recording behind a one-time link") {
  Bench bench;
  connector::HttpCall call;
  call.method = "POST";
  call.url = bench.vendor.url("/recording");
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Authorization", "Bearer x"}};
  call.body = "json=%7B%7D";
  const auto fetched = bench.fetcher.fetch(call, bench.options);
  REQUIRE(fetched);
  CHECK(fetched->status == 200);
  CHECK(fetched->content_type == "audio/mpeg");
  CHECK(fetched->body == std::string(100'000, 'm'));
  CHECK(fetched->host == "files.test");
  CHECK(bench.vendor.body == "json=%7B%7D");
  CHECK(bench.vendor.host == "pbx.test:" + std::to_string(bench.vendor.port));
  CHECK(bench.vendor.key == "1/2");
  CHECK_FALSE(bench.vendor.had_authorization);
}

TEST_CASE("loopback is refused unless it is wanted") {
  Bench bench;
  bench.options.inside = Inside::none;
  const auto fetched = bench.get("/once");
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().text() == "pbx.test: the name leads to this machine");
  for (const char* host : {"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"}) {
    CAPTURE(host);
    bench.options.hosts = {std::string("http://") + host};
    connector::HttpCall call;
    call.url = std::string("http://") + host + ":" + std::to_string(bench.vendor.port) + "/once";
    const auto numeric = bench.fetcher.fetch(call, bench.options);
    REQUIRE_FALSE(numeric);
    CHECK(numeric.error().what == "the name leads to this machine");
  }
}

TEST_CASE("an answer without end ends at the bound of its size") {
  Bench bench;
  bench.options.max_bytes = 1'000;
  const auto fetched = bench.get("/endless");
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().text() == "pbx.test: the answer is too long");
  CHECK(fetched.error().kind == ErrorKind::limit);
  bench.options.max_bytes = 100'000;
  CHECK(bench.get("/once"));
  bench.options.max_bytes = 99'999;
  CHECK_FALSE(bench.get("/once"));
}

TEST_CASE("a server that says nothing is left at the bound of time") {
  Bench bench;
  bench.options.max_time = 50ms;
  const auto fetched = bench.get("/silent");
  bench.vendor.silence.set_value();
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().kind == ErrorKind::network);
  CHECK(fetched.error().text() == "pbx.test: no answer in time");
}

TEST_CASE("nobody listens") {
  Bench bench;
  connector::HttpCall call;
  call.url = "http://pbx.test:1/";
  const auto fetched = bench.fetcher.fetch(call, bench.options);
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().text() == "pbx.test: the connection is refused");
  CHECK(fetched.error().ran == Ran::no);
}

TEST_CASE("a server without TLS where TLS is wanted") {
  Bench bench;
  connector::HttpCall call;
  call.url = "https://pbx.test:" + std::to_string(bench.vendor.port) + "/once";
  const auto fetched = bench.fetcher.fetch(call, bench.options);
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().text() == "pbx.test: what answers there speaks no TLS");
}

TEST_CASE("the certificate must be good for the name, wherever the name leads") {
  const SelfSigned own;
  httplib::SSLServer server(own.certificate, own.key);
  server.Get("/once", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("m", "audio/mpeg");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  REQUIRE(port > 0);
  std::thread thread([&] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();

  const TestNames names;
  const SystemClock clock;
  FetchOptions options;
  options.hosts = {"*.test"};
  options.inside = Inside::loopback;
  options.max_time = 30s;
  const auto fetch = [&](const char* host, const std::string& authorities) {
    HttpOptions http;
    http.ca_file = authorities;
    HttpTransport transport(http);
    connector::HttpCall call;
    call.url = std::string("https://") + host + ":" + std::to_string(port) + "/once";
    const auto fetched = Fetcher(transport, names, clock).fetch(call, options);
    return fetched ? fetched->body : fetched.error().what;
  };
  CHECK(fetch("pbx.test", own.file) == "m");
  CHECK(fetch("files.test", own.file) == "the server's certificate is for another name");
  CHECK(fetch("pbx.test", "") == "the server's certificate is not trusted: self-signed certificate");
  server.stop();
  thread.join();
}
