#include "http/tls.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "http/test_client.hpp"

namespace b24gate::http::testing {
namespace {

template <class T, void (*free_it)(T*)>
struct Freed {
  void operator()(T* it) const { free_it(it); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;

struct Files {
  Files() {
    std::string name = (std::filesystem::temp_directory_path() / "b24gate-tls-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~Files() { std::filesystem::remove_all(folder); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  // A self-signed certificate of that name with its key.
  [[nodiscard]] tls::Files make(const std::string& common_name) const {
    const tls::Files files{folder + "/" + common_name + ".crt", folder + "/" + common_name + ".key"};
    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const Certificate made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(made.get(), subject);
    X509_sign(made.get(), key.get(), EVP_sha256());
    write(files.certificate, [&](FILE* file) { PEM_write_X509(file, made.get()); });
    write(files.key,
          [&](FILE* file) { PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    return files;
  }

  template <class Write>
  static void write(const std::string& path, Write write_it) {
    FILE* file = std::fopen(path.c_str(), "w");
    REQUIRE(file != nullptr);
    write_it(file);
    std::fclose(file);
  }

  std::string folder;
};

std::shared_ptr<const tls::Context> context(const tls::Files& files) {
  auto loaded = tls::Context::load(files);
  REQUIRE(loaded);
  return std::move(*loaded);
}

// A client that speaks TLS over a Client's socket.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int most_version = TLS1_3_VERSION) : client_(port) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), most_version);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), client_.fd());
    const unsigned char protocols[] = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(ssl_.get(), protocols, sizeof protocols - 1);
    connected_ = SSL_connect(ssl_.get()) == 1;
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl_.get()); }
  [[nodiscard]] std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &length);
    return {reinterpret_cast<const char*>(name), length};
  }
  [[nodiscard]] std::string server() const {
    const Certificate certificate(SSL_get1_peer_certificate(ssl_.get()));
    char name[100] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
    return name;
  }

  void send(std::string_view bytes) {
    std::size_t sent = 0;
    if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) != 1) sent = 0;
    CHECK(sent == bytes.size());
  }
  // Bytes up to and including `end`, or all when the stream ends before.
  std::string read_to(std::string_view end) {
    std::string out;
    char byte = 0;
    std::size_t got = 0;
    while (!out.ends_with(end) && SSL_read_ex(ssl_.get(), &byte, 1, &got) == 1) out += byte;
    return out;
  }
  void shut_write() { SSL_shutdown(ssl_.get()); }

 private:
  Client client_;
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Freed<SSL, SSL_free>> ssl_;
  bool connected_ = false;
};

}  // namespace

TEST_CASE("requests over TLS 1.3 and 1.2, none over 1.1") {
  const Files files;
  Running running({}, echo, 1, context(files.make("one")));
  REQUIRE(running.started);
  TlsClient client(running.server->port());
  REQUIRE(client.connected());
  CHECK(client.version() == "TLSv1.3");
  CHECK(client.protocol() == "http/1.1");
  for (const char* body : {"first", "second"}) {
    client.send(post(body));
    CHECK(client.read_to(body).rfind("HTTP/1.1 200 OK\r\n", 0) == 0);
  }
  TlsClient older(running.server->port(), TLS1_2_VERSION);
  REQUIRE(older.connected());
  CHECK(older.version() == "TLSv1.2");
  older.send(post("third"));
  older.shut_write();  // still gets its answer
  CHECK(older.read_to("third").rfind("HTTP/1.1 200 OK\r\n", 0) == 0);
  CHECK_FALSE(TlsClient(running.server->port(), TLS1_1_VERSION).connected());
}

TEST_CASE("large bodies both ways over TLS") {
  const Files files;
  Running running({}, echo, 1, context(files.make("one")));
  TlsClient client(running.server->port());
  const std::string body = std::string(3'000'000, 'x') + "END";
  client.send(post(body));
  const std::string answer = client.read_to("END");
  CHECK(answer.size() > body.size());
}

TEST_CASE("a handshake that does not come is ended at the request's deadline") {
  const Files files;
  Running running({}, echo, 1, context(files.make("one")));
  Client silent = running.connect();
  silent.send("\x16\x03\x01");
  running.until([](const Counters& counters) { return counters.connections_open == 1; });
  running.advance(Milliseconds{30'000});
  CHECK(silent.is_closed());
  CHECK(running.server->counters().timed_out == 1);
  Client plain = running.connect();
  plain.send(get);
  CHECK(plain.read().status == 0);
}

TEST_CASE("over the bound on connections TLS clients are told so too") {
  const Files files;
  Limits limits;
  limits.max_connections = 1;
  Running running(limits, echo, 1, context(files.make("one")));
  const Client silent = running.connect();
  running.until([](const Counters& counters) { return counters.connections_open == 1; });
  TlsClient client(running.server->port());
  REQUIRE(client.connected());
  CHECK(client.read_to("}").rfind("HTTP/1.1 503 Service Unavailable\r\n", 0) == 0);
}

TEST_CASE("another certificate is for new connections") {
  const Files files;
  Running running({}, echo, 1, context(files.make("one")));
  TlsClient kept(running.server->port());
  CHECK(kept.server() == "one");
  running.server->set_tls(context(files.make("two")));
  CHECK(TlsClient(running.server->port()).server() == "two");
  kept.send(post("still"));
  CHECK(kept.read_to("still").rfind("HTTP/1.1 200 OK\r\n", 0) == 0);
}

TEST_CASE("files that cannot be used: which one, why, and what to do") {
  const Files files;
  const tls::Files one = files.make("one");
  const tls::Files two = files.make("two");
  const std::string missing = files.folder + "/none";
  const std::string junk = files.folder + "/junk";
  Files::write(junk, [](FILE* file) { std::fputs("junk\n", file); });
  const std::string locked = files.folder + "/locked";
  Files::write(locked, [](FILE* file) {
    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    PEM_write_PrivateKey(file, key.get(), EVP_aes_128_cbc(), reinterpret_cast<const unsigned char*>("pass"),
                         4, nullptr, nullptr);
  });
  const auto trouble = [](const std::string& certificate, const std::string& key) {
    const auto loaded = tls::Context::load({certificate, key});
    return loaded ? "" : loaded.error().text();
  };
  CHECK(trouble(missing, one.key) ==
        missing +
            ": the certificate cannot be read: No such file or directory; give a "
            "PEM file that the service's user may read");
  CHECK(trouble(junk, one.key) ==
        junk + ": no certificate in PEM is in it; give the file with BEGIN CERTIFICATE");
  CHECK(
      trouble(one.certificate, missing) ==
      missing +
          ": the key cannot be read: No such file or directory; give a PEM file that the service's user may "
          "read");
  CHECK(trouble(one.certificate, two.key) ==
        two.key + ": the key is not the certificate's; give the one that the certificate was made for");
  const std::string no_key =
      ": no private key without a passphrase is in it; give the PEM file with BEGIN PRIVATE KEY, a "
      "passphrase "
      "is taken off by: openssl pkey -in KEY -out NEW";
  CHECK(trouble(one.certificate, junk) == junk + no_key);
  CHECK(trouble(one.certificate, locked) == locked + no_key);
}

}  // namespace b24gate::http::testing
