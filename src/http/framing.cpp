#include "http/framing.hpp"

#include <algorithm>
#include <limits>

#include "base/ascii.hpp"
#include "text/percent.hpp"

namespace b24gate::http {
namespace {

constexpr std::size_t usual_headers = 16;
constexpr std::size_t body_reserve =
    64 * 1024;  // a declared length is believed up to here, then the bytes count

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Calls `each` with every member of a comma-separated list.
template <class Each>
void members(std::string_view list, Each each) {
  for (;;) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (const auto member = trimmed(list.substr(0, comma)); !member.empty()) each(member);
    if (comma == list.size()) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return ascii::lower(x) == ascii::lower(y);
         });
}

// noexcept: an exception must not unwind through the parser's C.
struct Framing::Callbacks {
  static Framing& of(http_parser* parser) { return *static_cast<Framing*>(parser->data); }

  static int url(http_parser* parser, const char* at, std::size_t length) noexcept {
    of(parser).request_.target.append(at, length);
    return 0;
  }

  static int field(http_parser* parser, const char* at, std::size_t length) noexcept {
    Framing& framing = of(parser);
    if (framing.state_ != State::head) return 0;  // a trailer
    auto& headers = framing.request_.headers;
    if (framing.in_value_ || headers.empty()) {
      if (headers.size() == framing.limits_.max_headers) {
        return framing.refuse(431, "headers_too_large", "the request has too many headers");
      }
      headers.emplace_back();
      framing.in_value_ = false;
    }
    headers.back().first.append(at, length);
    return 0;
  }

  static int value(http_parser* parser, const char* at, std::size_t length) noexcept {
    Framing& framing = of(parser);
    if (framing.state_ != State::head) return 0;
    framing.in_value_ = true;
    framing.request_.headers.back().second.append(at, length);
    return 0;
  }

  // The pause stops the parser before the last byte of the head, so that the place where the body begins is
  // known.
  static int headers_complete(http_parser* parser) noexcept {
    Framing& framing = of(parser);
    if (framing.head_is_whole() != 0) return -1;  // 1 would only mean "skip the body"
    http_parser_pause(parser, 1);
    return 0;
  }

  static int body(http_parser* parser, const char* at, std::size_t length) noexcept {
    Framing& framing = of(parser);
    if (!framing.check_between({framing.mark_, static_cast<std::size_t>(at - framing.mark_)})) return 1;
    framing.between_ = 0;
    framing.mark_ = at + length;
    framing.chunk_ended_ = framing.chunked_ && parser->content_length == 0;
    std::string& body = framing.request_.body;
    if (length > framing.limits_.max_body - body.size()) {
      return framing.refuse(413, "body_too_large", "the body is over the bound");
    }
    body.append(at, length);
    return 0;
  }

  static int message_complete(http_parser* parser) noexcept {
    of(parser).state_ = State::whole;
    http_parser_pause(parser, 1);
    return 0;
  }

  static const http_parser_settings& settings() {
    static const http_parser_settings made = [] {
      // The library's own bound is one number for the process; the bounds here are each stream's.
      http_parser_set_max_header_size(std::numeric_limits<std::uint32_t>::max());
      http_parser_settings out;
      http_parser_settings_init(&out);
      out.on_url = url;
      out.on_header_field = field;
      out.on_header_value = value;
      out.on_headers_complete = headers_complete;
      out.on_body = body;
      out.on_message_complete = message_complete;
      return out;
    }();
    return made;
  }
};

Framing::Framing() { begin(Limits{}); }

void Framing::begin(const Limits& limits) {
  limits_ = limits;
  http_parser_init(&parser_, HTTP_REQUEST);
  parser_.data = this;
  state_ = State::idle;
  request_ = Request{};
  head_bytes_ = 0;
  between_ = 0;
  last_ = '\0';
  chunked_ = false;
  chunk_ended_ = false;
  in_line_ = true;
  in_value_ = false;
  has_body_ = false;
  keep_alive_ = false;
  version_1_0_ = false;
  is_head_ = false;
  expects_continue_ = false;
}

int Framing::refuse(int status, std::string_view code, std::string_view message) {
  state_ = State::refused;
  keep_alive_ = false;
  refusal_ = Refusal{status, code, message};
  return 1;
}

bool Framing::wants_continue() {
  const bool wants = expects_continue_ && state_ == State::body && request_.body.empty();
  expects_continue_ = false;
  return wants;
}

std::size_t Framing::feed(std::string_view bytes) {
  std::size_t used = 0;
  if (state_ == State::idle) {
    used = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
    if (used < bytes.size()) {
      state_ = State::head;
      request_.headers.reserve(usual_headers);
    }
  }
  while (used < bytes.size()) {
    const std::string_view rest = bytes.substr(used);
    if (state_ == State::head) {
      used += in_line_ ? feed_line(rest) : feed_headers(rest);
    } else if (state_ == State::body) {
      used += feed_body(rest);
    } else {
      break;
    }
  }
  return used;
}

// The request line, up to and including its LF.
std::size_t Framing::feed_line(std::string_view bytes) {
  if (head_bytes_ >= limits_.max_request_line) {
    refuse(414, "uri_too_long", "the request line is too long");
    return 0;
  }
  if (head_bytes_ >= limits_.max_header_bytes) {
    refuse(431, "headers_too_large", "the headers are too long");
    return 0;
  }
  bytes = bytes.substr(0, std::min(limits_.max_request_line, limits_.max_header_bytes) - head_bytes_);
  const std::size_t end = bytes.find('\n');
  const bool ends = end != std::string_view::npos;
  if (ends) bytes = bytes.substr(0, end + 1);
  head_bytes_ += bytes.size();
  execute(bytes);
  if (ends) in_line_ = false;
  return bytes.size();
}

std::size_t Framing::feed_headers(std::string_view bytes) {
  if (head_bytes_ >= limits_.max_header_bytes) {
    refuse(431, "headers_too_large", "the headers are too long");
    return 0;
  }
  const std::size_t used = execute(bytes.substr(0, limits_.max_header_bytes - head_bytes_));
  head_bytes_ += used;
  // Debian builds the parser without its strict checks: a CR with anything after it would end the head.
  if (state_ == State::body && bytes[used] != '\n')
    refuse(400, "bad_request", "the head does not end with CR LF");
  return used;
}

std::size_t Framing::feed_body(std::string_view bytes) {
  mark_ = bytes.data();
  const std::size_t used = execute(bytes);
  if (state_ != State::refused) check_between({mark_, static_cast<std::size_t>(bytes.data() + used - mark_)});
  return used;
}

// What stands between the data of chunks: its length, and that lines end with CR LF, which the parser as
// Debian builds it does not check; a proxy before us that is stricter or laxer would see other requests.
bool Framing::check_between(std::string_view bytes) {
  between_ += bytes.size();
  if (between_ > limits_.max_header_bytes) {
    refuse(400, "bad_request", "a chunk header or the trailers of the body are too long");
    return false;
  }
  for (const char c : bytes) {
    if ((chunk_ended_ && c != '\r') || (last_ == '\r' && c != '\n')) {
      refuse(400, "bad_request", "a line of the chunked body does not end with CR LF");
      return false;
    }
    chunk_ended_ = false;
    last_ = c;
  }
  return true;
}

std::size_t Framing::execute(std::string_view bytes) {
  const std::size_t used = http_parser_execute(&parser_, &Callbacks::settings(), bytes.data(), bytes.size());
  const auto error = HTTP_PARSER_ERRNO(&parser_);
  if (error == HPE_PAUSED) {
    http_parser_pause(&parser_, 0);
  } else if (error != HPE_OK && state_ != State::refused) {
    refuse(400, "bad_request", http_errno_description(error));
  }
  return used;
}

// Not zero: refused.
int Framing::head_is_whole() {
  parser_.upgrade = 0;  // an offer to upgrade is declined by answering in HTTP/1.1
  const auto method = static_cast<http_method>(parser_.method);
  request_.method = http_method_str(method);
  is_head_ = method == HTTP_HEAD;
  if (parser_.http_major != 1) return refuse(505, "version_not_supported", "this server speaks HTTP/1.1");
  version_1_0_ = parser_.http_minor == 0;
  if (method == HTTP_CONNECT) return refuse(405, "method_not_allowed", "this server is no proxy");
  if (!split_target()) return refuse(400, "bad_request", "the path contains a NUL");
  for (auto& [name, value] : request_.headers) {
    if (name.find_first_of(" \t") != std::string::npos) {
      return refuse(400, "bad_request", "a header's name contains a space");
    }
    value.erase(std::min(value.find_last_not_of(" \t") + 1, value.size()));
    if (!version_1_0_ && same_name(name, "Expect") && same_name(value, "100-continue"))
      expects_continue_ = true;
  }
  if (!check_length_and_coding()) return 1;
  keep_alive_ = http_should_keep_alive(&parser_) != 0;
  state_ = State::body;
  return 0;
}

bool Framing::check_length_and_coding() {
  std::size_t lengths = 0;
  std::size_t codings = 0;
  bool coded = false;
  bool only_chunked = true;
  std::string_view length;
  for (const auto& [name, value] : request_.headers) {
    if (same_name(name, "Content-Length")) {
      ++lengths;
      length = value;
    } else if (same_name(name, "Transfer-Encoding")) {
      coded = true;
      members(value, [&](std::string_view coding) {
        ++codings;
        if (!same_name(coding, "chunked")) only_chunked = false;
      });
    }
  }
  if (lengths > 0 && coded) {
    refuse(400, "bad_request", "both Content-Length and Transfer-Encoding are given");
  } else if (lengths > 1) {
    refuse(400, "bad_request", "Content-Length is given more than once");
  } else if (lengths == 1 &&
             (length.empty() || length.find_first_not_of("0123456789") != std::string_view::npos)) {
    refuse(400, "bad_request", "Content-Length is not a number");
  } else if (coded && version_1_0_) {
    refuse(400, "bad_request", "HTTP/1.0 has no Transfer-Encoding");
  } else if (coded && !only_chunked) {
    refuse(501, "not_implemented", "the only transfer coding known here is chunked");
  } else if (coded && (codings != 1 || (parser_.flags & F_CHUNKED) == 0)) {
    // What the parser understood must be what was checked, or the two would frame the body differently.
    refuse(400, "bad_request", "Transfer-Encoding is malformed");
  } else if (lengths == 1 && parser_.content_length > limits_.max_body) {
    refuse(413, "body_too_large", "the body is over the bound");
  } else {
    chunked_ = coded;
    has_body_ = coded || (lengths == 1 && parser_.content_length > 0);
    if (lengths == 1) request_.body.reserve(std::min<std::size_t>(parser_.content_length, body_reserve));
    return true;
  }
  return false;
}

// False when the path cannot be.
bool Framing::split_target() {
  std::string_view rest = request_.target;
  if (const auto scheme = rest.find("://");
      !rest.empty() && rest.front() != '/' && scheme != std::string_view::npos) {
    rest.remove_prefix(scheme + 3);
    rest.remove_prefix(std::min(rest.find_first_of("/?#"), rest.size()));
  }
  rest = rest.substr(0, rest.find('#'));
  const std::size_t question = std::min(rest.find('?'), rest.size());
  request_.path = text::percent_decoded(rest.substr(0, question), text::Plus::literal);
  if (request_.path.empty()) request_.path = "/";
  if (question < rest.size()) request_.query = rest.substr(question + 1);
  return request_.path.find('\0') == std::string::npos;
}

}  // namespace b24gate::http
