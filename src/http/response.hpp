// Responses as bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "http/server.hpp"

namespace b24gate::http {

// What the connection adds to a response.
struct Frame {
  std::string_view date;         // of http_date()
  std::string_view server_name;  // empty: none
  bool keep_alive = true;
  bool say_keep_alive = false;  // HTTP/1.0 clients must be told
  bool without_body = false;    // the answer to a HEAD
};

// Appends the response to `out`. A line break or NUL in a header becomes a space, so that no value can forge
// a header; headers with an impossible name and those that the frame itself writes are left out; an
// impossible status becomes 500.
void append_response(std::string& out, const Response& response, const Frame& frame);

// What `make` returns; where it throws, an answer 500.
Response made(const MakeResponse& make);

// {"error":code,"message":message}, Connection: close. Neither text may need escaping in JSON.
Response error_response(int status, std::string_view code, std::string_view message);

// Sun, 06 Nov 1994 08:49:37 GMT
std::string http_date(TimePoint time);

}  // namespace b24gate::http
