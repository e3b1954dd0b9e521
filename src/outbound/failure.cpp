// The layouts of httplib's classes depend on this, and Debian's library is built with it.
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_OPENSSL_SUPPORT
#endif
#include "outbound/failure.hpp"

#include <httplib.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/os_error.hpp"
#include "outbound/resolver.hpp"

namespace b24gate::outbound {
namespace {

// 0, or the errno of connecting to a numeric address.
int try_to_connect(const std::string& address, int port, Milliseconds time) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return EADDRNOTAVAIL;
  const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const int socket = ::socket(found->ai_family, type, 0);
  int error = socket < 0 || ::connect(socket, found->ai_addr, found->ai_addrlen) != 0 ? errno : 0;
  ::freeaddrinfo(found);
  if (socket < 0) return error;
  if (error == EINPROGRESS) {
    pollfd waiting{socket, POLLOUT, 0};
    socklen_t size = sizeof error;
    if (::poll(&waiting, 1, static_cast<int>(time.count())) != 1) {
      error = ETIMEDOUT;
    } else if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
      error = errno;
    }
  }
  ::close(socket);
  return error;
}

Failure not_connected(const std::string& host, int port, Milliseconds time) {
  const auto addresses = SystemResolver().resolve(host);
  if (!addresses) return {Trouble::name, addresses.error().text()};
  // The first address is the one that the system prefers.
  switch (const int error = try_to_connect(addresses->front(), port, time); error) {
    case 0:
      return {Trouble::unreachable, "cannot connect"};
    case ECONNREFUSED:
      return {Trouble::refused, "the connection is refused"};
    case ETIMEDOUT:
      return {Trouble::slow, "cannot connect in time"};
    default:
      return {Trouble::unreachable, "cannot connect: " + os_error(error)};
  }
}

Failure no_tls_session() {
  const unsigned long code = ERR_peek_error();  // the first one is the cause
  if (code == 0) return {Trouble::slow, "no TLS greeting in time"};
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    switch (ERR_GET_REASON(code)) {
      case SSL_R_WRONG_VERSION_NUMBER:
      case SSL_R_HTTP_REQUEST:
      case SSL_R_HTTPS_PROXY_REQUEST:
      case SSL_R_UNKNOWN_PROTOCOL:
      case SSL_R_PACKET_LENGTH_TOO_LONG:
        return {Trouble::no_tls, "what answers there speaks no TLS"};
      default:
        break;
    }
  }
  const char* why = ERR_reason_error_string(code);
  return {Trouble::tls, why ? std::string("cannot agree on TLS: ") + why : "cannot agree on TLS"};
}

Failure not_verified(long verified) {
  switch (verified) {
    case X509_V_OK:  // and yet refused
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {Trouble::other_name, "the server's certificate is for another name"};
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {Trouble::expired, "the server's certificate has expired"};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {Trouble::expired, "the server's certificate is not valid yet"};
    default:
      return {Trouble::untrusted, std::string("the server's certificate is not trusted: ") +
                                      X509_verify_cert_error_string(verified)};
  }
}

}  // namespace

Failure failure_of(httplib::Error error, long verified, const std::string& host, int port,
                   Milliseconds time) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::BindIPAddress:
      return not_connected(host, port, time);
    case httplib::Error::ConnectionTimeout:
      return {Trouble::slow, "cannot connect in time"};
    case httplib::Error::SSLConnection:
      return no_tls_session();
    case httplib::Error::SSLLoadingCerts:
      return {Trouble::authorities, "cannot read the certificates of the authorities"};
    case httplib::Error::SSLServerVerification:
      return not_verified(verified);
    default:
      return broken();
  }
}

Failure broken() { return {Trouble::broken, "the connection broke before the answer was complete"}; }

bool before_request(httplib::Error error) {
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

void begin_exchange() { ERR_clear_error(); }

}  // namespace b24gate::outbound
