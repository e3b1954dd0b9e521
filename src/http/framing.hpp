// Finds whole requests in a stream of bytes, within the bounds of Limits. Knows nothing of sockets.
//
// http_parser does the grammar. Added here: every bound, and what http_parser (as Debian builds it, without
// its strict checks) is too kind about: unknown transfer codings, Content-Length beside Transfer-Encoding,
// versions, spaces in the names of headers, a CR without LF. Raw bytes above 0x7F in the target are let
// through: old systems send them. Host is not required: nothing depends on it. Of a chunked body's trailers
// nothing is kept: they could forge headers. The result does not depend on how the bytes are split. Not
// thread-safe.
#pragma once

#include <http_parser.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "http/server.hpp"

namespace b24gate::http {

// Why the front answers a request itself.
struct Refusal {
  int status = 400;
  std::string_view code;  // static texts
  std::string_view message;
};

class Framing {
 public:
  enum class State {
    idle,     // no byte of a request has come; empty lines before one do not count
    head,     // in the request line or the headers
    body,     // headers are whole
    whole,    // take() may be called
    refused,  // nothing more can be read from this stream
  };

  Framing();

  // Forgets everything and waits for the next request; its bounds are these.
  void begin(const Limits& limits);

  // Reads and returns the number of bytes used: all of them, unless the state becomes whole (the rest belongs
  // to the next request) or refused.
  std::size_t feed(std::string_view bytes);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }
  // Bytes held.
  [[nodiscard]] std::size_t buffered() const { return head_bytes_ + request_.body.size(); }

  // These are known when the headers are whole.
  [[nodiscard]] bool has_body() const { return has_body_; }
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  [[nodiscard]] bool version_1_0() const { return version_1_0_; }
  [[nodiscard]] bool is_head() const { return is_head_; }
  // The client waits for "100 Continue" and has not begun with the body. True once.
  bool wants_continue();

  // REQUIRES: state() is whole. Leaves the state as it is until begin(). `peer` and `received_at` are left to
  // fill.
  Request take() { return std::move(request_); }

 private:
  struct Callbacks;
  int refuse(int status, std::string_view code, std::string_view message);
  std::size_t feed_line(std::string_view bytes);
  std::size_t feed_headers(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  std::size_t execute(std::string_view bytes);
  int head_is_whole();
  bool check_between(std::string_view bytes);
  bool check_length_and_coding();
  bool split_target();

  Limits limits_;
  http_parser parser_{};
  State state_ = State::idle;
  Refusal refusal_;
  Request request_;
  std::size_t head_bytes_ = 0;
  std::size_t between_ = 0;     // bytes of framing since the last byte of a chunked body
  const char* mark_ = nullptr;  // where in the bytes being fed they begin
  char last_ = '\0';            // the last of them
  bool chunked_ = false;
  bool chunk_ended_ = false;  // a chunk's CR LF comes next
  bool in_line_ = true;
  bool in_value_ = false;
  bool has_body_ = false;
  bool keep_alive_ = false;
  bool version_1_0_ = false;
  bool is_head_ = false;
  bool expects_continue_ = false;
};

// Whether two names are the same but for the case of ASCII letters.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

}  // namespace b24gate::http
