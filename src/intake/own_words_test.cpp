// Refusals in a service's own words.
#include <doctest/doctest.h>

#include "intake/test_gate.hpp"

using namespace b24gate;
using intake::testing::Gate;
using intake::testing::lead_php;
using intake::testing::Log;
using intake::testing::shop;
using intake::testing::shop_secret;
using intake::testing::with_login;

namespace {

constexpr const char* kBadRequest = "{'error':'400','error_message':'Ошибка запроса'}";
constexpr const char* kDenied = "{'error':'403','error_message':'Ошибка авторизации'}";
constexpr const char* kUnavailable = "{'error':'500','error_message':'Сервис временно недоступен'}";

}  // namespace

TEST_CASE("lead.php answers 200 in its own words, whatever is wrong") {
  Log written;
  const auto check = [](const http::Response& answer, const char* words) {
    CHECK(answer.status == 200);
    CHECK(answer.body == words);
    REQUIRE(answer.headers.size() == 1);
    CHECK(answer.headers.front() == http::Header("X-CRM-Version", "11.5.0"));
  };
  Gate limited("", shop(", rate: 1/h"));
  CHECK(limited.send(lead_php, with_login("TITLE=a")).status == 200);
  check(limited.send(lead_php, with_login("TITLE=b")), kUnavailable);
  CHECK(written.lines.find("why=rate") != std::string::npos);
  CHECK(limited.fixture.number("SELECT count(*) FROM requests") == 1);
  // At our own address the answers are ours.
  CHECK(limited.send(std::string("/hook/site-shop/") + shop_secret, "TITLE=c").status == 429);

  Gate closed("", shop(", allow: [10.0.0.0/8]"));
  check(closed.send(lead_php, with_login("TITLE=a")), kDenied);
  CHECK(closed.send(std::string("/hook/site-shop/") + shop_secret, "TITLE=c").status == 403);

  Gate gate("", shop());
  auto put = gate.post_of(lead_php, with_login("TITLE=a"));
  put.method = "PUT";
  check(gate.send(std::move(put)), kBadRequest);
  auto deleted = gate.post_of(std::string("/hook/site-shop/") + shop_secret, "TITLE=a");
  deleted.method = "DELETE";
  CHECK(gate.send(std::move(deleted)).status == 405);
}
