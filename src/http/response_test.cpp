#include "http/response.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>

namespace b24gate::http {

TEST_CASE("a response to the byte") {
  Response response;
  response.body = "{}";
  response.headers = {{"Retry-After", "5"}, {"content-length", "9"}, {"bad name", "x"}};
  std::string out = "before";
  append_response(out, response, {"DATE", "b24gate", true, false, false});
  CHECK(out ==
        "beforeHTTP/1.1 200 OK\r\nDate: DATE\r\nServer: b24gate\r\nContent-Type: application/json; "
        "charset=utf-8\r\n"
        "Content-Length: 2\r\nRetry-After: 5\r\n\r\n{}");
}

TEST_CASE("a header's value cannot begin a new header") {
  Response response;
  response.headers = {{"Location", "/a\r\nSet-Cookie: x"}};
  response.content_type = "text/plain\r\nX: y";
  std::string out;
  append_response(out, response, {"DATE", "", true, false, false});
  CHECK(out.find("\r\nSet-Cookie") == std::string::npos);
  CHECK(out.find("\r\nX: y") == std::string::npos);
  CHECK(out.find("Location: /a  Set-Cookie: x\r\n") != std::string::npos);
}

TEST_CASE("answers without a body, and impossible ones") {
  Response response;
  response.body = "text";
  std::string head;
  append_response(head, response, {"DATE", "", false, false, true});
  CHECK(head.find("Content-Length: 4\r\nConnection: close\r\n\r\n") + 40 == head.size());
  response.status = 204;
  std::string none;
  append_response(none, response, {"DATE", "", true, true, false});
  CHECK(none == "HTTP/1.1 204 No Content\r\nDate: DATE\r\nConnection: keep-alive\r\n\r\n");
  response.status = 7;
  std::string odd;
  append_response(odd, response, {"DATE", "", true, false, false});
  CHECK(odd.rfind("HTTP/1.1 500 Internal Server Error\r\n", 0) == 0);
}

TEST_CASE("dates and reasons") {
  CHECK(http_date(from_unix_ms(784'111'777'999)) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(reason_phrase(404) == "Not Found");
  CHECK(reason_phrase(299) == "Unknown");
}

TEST_CASE("a responder that is dropped, overwritten or moved answers exactly once") {
  int dropped = 0;
  int used = 0;
  const auto responder = [&] {
    return Responder([&](const MakeResponse& make) { ++(make().status == 500 ? dropped : used); });
  };
  {
    Responder first = responder();
    Responder second = std::move(first);
    second(Response{});
  }
  CHECK(used == 1);
  CHECK(dropped == 0);
  {
    Responder one = responder();
    one = responder();
    CHECK(dropped == 1);
  }
  CHECK(dropped == 2);
  const Responder nobody{nullptr};
}

TEST_CASE("an answer that cannot be made is a 500") {
  const Response response = made([]() -> Response { throw std::runtime_error("no memory"); });
  CHECK(response.status == 500);
  CHECK(response.close);
}

}  // namespace b24gate::http
