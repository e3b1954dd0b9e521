#include "http/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string>

namespace b24gate::http::tls {
namespace {

int socket_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL, so a client that hangs up would kill the process.
int bio_write(BIO* bio, const char* from, std::size_t size, std::size_t* written) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(socket_of(bio), from, size, MSG_NOSIGNAL);
  if (sent < 0) {
    if (would_block()) BIO_set_retry_write(bio);
    return 0;
  }
  *written = static_cast<std::size_t>(sent);
  return 1;
}

int bio_read(BIO* bio, char* to, std::size_t size, std::size_t* got) {
  BIO_clear_retry_flags(bio);
  BIO_clear_flags(bio, BIO_FLAGS_IN_EOF);
  const ssize_t received = ::recv(socket_of(bio), to, size, 0);
  if (received <= 0) {
    if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    if (received < 0 && would_block()) BIO_set_retry_read(bio);
    return 0;
  }
  *got = static_cast<std::size_t>(received);
  return 1;
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    BIO_meth_set_write_ex(made, bio_write);
    BIO_meth_set_read_ex(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

std::string words(unsigned long code) {
  if (code == 0) return "unknown reason";
  // System errors come as an errno, not as a reason string.
  if (ERR_SYSTEM_ERROR(code)) {
    std::array<char, 128> text{};
    return strerror_r(ERR_GET_REASON(code), text.data(), text.size());
  }
  const char* text = ERR_reason_error_string(code);
  return text != nullptr ? text : "unknown reason";
}

// What OpenSSL has just complained of; the first complaint is the cause.
unsigned long last_error() {
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  return code;
}

bool is(unsigned long code, int library, int reason) {
  return ERR_GET_LIB(code) == library && ERR_GET_REASON(code) == reason;
}

tl::unexpected<Error> unusable(const std::string& file, std::string what) {
  return fail(ErrorKind::config, file, std::move(what), Ran::no, Move::administrator);
}

tl::unexpected<Error> bad_certificate(const std::string& file) {
  const unsigned long code = last_error();
  if (is(code, ERR_LIB_PEM, PEM_R_NO_START_LINE))
    return unusable(file, "no certificate in PEM is in it; give the file with BEGIN CERTIFICATE");
  return unusable(file, "the certificate cannot be read: " + words(code) +
                            "; give a PEM file that the service's user may read");
}

tl::unexpected<Error> bad_key(const std::string& file) {
  const unsigned long code = last_error();
  if (is(code, ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH) || is(code, ERR_LIB_X509, X509_R_KEY_TYPE_MISMATCH))
    return unusable(file, "the key is not the certificate's; give the one that the certificate was made for");
  if (ERR_SYSTEM_ERROR(code))
    return unusable(file, "the key cannot be read: " + words(code) +
                              "; give a PEM file that the service's user may read");
  return unusable(file,
                  "no private key without a passphrase is in it; give the PEM file with BEGIN PRIVATE KEY, a "
                  "passphrase is taken off by: openssl pkey -in KEY -out NEW");
}

// The daemon has no terminal to be asked at.
int no_passphrase(char*, int, int, void*) { return -1; }

int choose_http_1_1(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  static constexpr std::array<unsigned char, 9> ours = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, ours.data(), ours.size(), offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<const Context>> Context::load(const Files& files) {
  auto made = std::make_shared<Context>();
  ERR_clear_error();
  made->context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = made->get();
  if (context == nullptr)
    return fail(ErrorKind::internal, "TLS", "no context can be made: " + words(last_error()));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets need no memory here
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  SSL_CTX_set_alpn_select_cb(context, choose_http_1_1, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return bad_certificate(files.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return bad_key(files.key);
  }
  if (SSL_CTX_check_private_key(context) != 1) return bad_key(files.key);
  return std::shared_ptr<const Context>(std::move(made));
}

Session::Session(const Context& context, int socket) : ssl_(SSL_new(context.get())) {
  BIO* bio = BIO_new(socket_method());
  if (!ssl_ || bio == nullptr) {
    BIO_free(bio);
    broken_ = true;
    return;
  }
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

Io Session::handshake() {
  if (broken_) return {};
  ERR_clear_error();
  return result(SSL_do_handshake(ssl_.get()), 0);
}

Io Session::read(char* to, std::size_t size) {
  if (broken_) return {};
  ERR_clear_error();
  std::size_t got = 0;
  const int returned = SSL_read_ex(ssl_.get(), to, size, &got);
  return result(returned, got);
}

Io Session::write(const char* from, std::size_t size) {
  if (broken_) return {};
  ERR_clear_error();
  std::size_t written = 0;
  const int returned = SSL_write_ex(ssl_.get(), from, size, &written);
  return result(returned, written);
}

void Session::close_notify() {
  if (broken_ || SSL_in_init(ssl_.get()) != 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

Io Session::result(int returned, std::size_t bytes) {
  if (returned == 1) return {Io::State::done, bytes};
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {Io::State::blocked, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Io::State::ended, 0};
    default:
      broken_ = true;  // OpenSSL forbids further calls on it
      ERR_clear_error();
      return {Io::State::failed, 0};
  }
}

}  // namespace b24gate::http::tls
