// What the log says of a refusal.
#include <doctest/doctest.h>

#include "intake/test_gate.hpp"

using namespace b24gate;
using intake::testing::Gate;
using intake::testing::Log;
using intake::testing::shop;

TEST_CASE("the log tells a clock that differs from a wrong secret") {
  Log written;
  Gate gate("", shop());
  auto request = gate.post_of("/hook/site-shop", R"({"v":1,"type":"form"})", "application/json");
  request.received_at = parse_iso("2026-11-20T10:05:11Z", TimeZone::utc()).value();
  // HMAC-SHA256 of "1700000000.{...}" with the source's secret.
  request.headers.emplace_back("X-Gate-Timestamp", "1700000000");
  request.headers.emplace_back("X-Gate-Signature",
                               "sha256=923e877c972441ae3f581ecc6b20696bf0603df456d74443ab425ab4ce5950ec");
  const auto code_of = [](const http::Response& response) {
    return json::parse(response.body).value()["error"].text();
  };
  const auto stale = gate.send(http::Request(request));
  CHECK(stale.status == 401);
  CHECK(code_of(stale) == "stale_timestamp");
  CHECK(written.lines.find("the clock of the sender differs by more than 300 seconds") != std::string::npos);
  CHECK(written.lines.find("signature wrong") == std::string::npos);
  request.body += " ";
  CHECK(code_of(gate.send(std::move(request))) == "bad_signature");
  CHECK(written.lines.find("secret or signature wrong") != std::string::npos);
}
