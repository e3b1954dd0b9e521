// What of an answer is kept.
#include <doctest/doctest.h>

#include "intake/test_gate.hpp"

using namespace b24gate;
using intake::testing::Gate;
using intake::testing::lead_php;
using intake::testing::shop;
using intake::testing::with_login;

TEST_CASE("the key that lead.php gives out is sent, and stored nowhere") {
  constexpr const char* kAuth = "b017d772ca5a61f3db29cb2a8ef16eca";
  Gate gate("", shop());
  const auto lead = gate.send(lead_php, with_login("TITLE=a&PHONE_WORK=89030001101"));
  CHECK(lead.body.find(std::string("'AUTH':'") + kAuth + "'") != std::string::npos);
  CHECK(gate.request(1).answer == "{'error':'201','ID':'1','error_message':'Лид добавлен','AUTH':'***'}");
  CHECK(gate.send(lead_php, with_login("method=lead.get_fields")).body.find(kAuth) != std::string::npos);
  CHECK(gate.send(lead_php, with_login("method=lead.add.bundle&LEADS[0][TITLE]=b")).body.find(kAuth) !=
        std::string::npos);
  CHECK(gate.fixture.number("SELECT count(*) FROM requests") == 3);
  CHECK(gate.fixture.number(std::string("SELECT count(*) FROM requests WHERE instr(answer, '") + kAuth +
                            "')") == 0);
  CHECK(gate.fixture.number("SELECT count(*) FROM requests WHERE instr(answer, '''AUTH'':''***''')") == 3);
}
