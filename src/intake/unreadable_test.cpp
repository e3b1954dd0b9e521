// How a request that cannot be read is found again.
#include <doctest/doctest.h>

#include "intake/test_gate.hpp"

using namespace b24gate;
using intake::testing::Gate;
using intake::testing::lead_php;
using intake::testing::Log;
using intake::testing::shop;
using intake::testing::with_login;

TEST_CASE("a request that cannot be read is found again: by the answer, by the log") {
  Log written;
  Gate gate("", "  any: { connector: webhook, secret: any-secret }\n" + shop());
  const auto answer = gate.send("/hook/any/any-secret", "{\"name\":", "application/json");
  CHECK(answer.status == 400);
  const auto body = json::parse(answer.body).value();
  CHECK(body["error"].text() == "unreadable");
  CHECK_FALSE(body["message"].text().empty());
  CHECK(body["id"].text() == "r1");
  CHECK(gate.request(1).outcome == "unreadable");
  CHECK(gate.request(1).answer == answer.body);
  const std::size_t at = written.lines.find("B24-2003");
  REQUIRE(at != std::string::npos);
  CHECK(written.lines.substr(at, written.lines.find('\n', at) - at).find("request=r1") != std::string::npos);
  // In words of the service's own there is no place for it.
  CHECK(gate.send(lead_php, with_login("method=lead.delete")).body ==
        "{'error':'400','error_message':'Ошибка запроса'}");
  CHECK(written.lines.find("request=r2") != std::string::npos);
}
