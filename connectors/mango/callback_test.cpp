// Calls that are ordered at the PBX, and what it says of such a command.
#include "connectors/mango/callback.hpp"

#include <doctest/doctest.h>

#include "connectors/mango/envelope.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("mango"); }

Source source() {
  Source out;
  out.options["api_key"] = "key";
  out.options["salt"] = "salt";
  return out;
}

std::string refused(int status, const char* body) {
  const auto told = service().ordered({status, {}, body});
  REQUIRE_FALSE(told);
  return std::string(name(told.error().ran)) + " " + told.error().where;
}

}  // namespace

TEST_CASE("mango: a call is ordered with a signed command") {
  const auto call = service().order_call({"b24gate-1", "101", "", "+79210000677", "74950001122"}, source());
  REQUIRE(call);
  CHECK(call->method == "POST");
  CHECK(call->url == "https://app.mango-office.ru/vpbx/commands/callback");
  const auto envelope = mango::open(call->body);
  CHECK(
      envelope.json ==
      R"({"command_id":"b24gate-1","from":{"extension":"101"},"to_number":"79210000677","line_number":"74950001122"})");
  CHECK(mango::Account(source().options).sign_matches(envelope.sign, envelope.json));
  const auto plain = service().order_call({"b24gate-1", "101", "", "+79210000677", ""}, source());
  CHECK(mango::open(plain->body).json.find("line_number") == std::string::npos);

  CHECK_FALSE(service().order_call({"b24gate-1", "", "ivanov", "+79210000677", ""}, source()));
  CHECK_FALSE(service().order_call({"b24gate-1", "101", "", "", ""}, source()));
  CHECK_FALSE(service().order_call({"b24gate-1", "101", "", "+79210000677", ""}, Source()));
}

TEST_CASE("mango: taken, refused, or not told") {
  CHECK(service().ordered({200, {}, R"({"result":1000})"}).value().empty());
  CHECK(service().ordered({200, {}, ""}).value().empty());
  CHECK(refused(200, R"({"result":3102})") == "no 3102");
  CHECK(refused(401, "") == "no 401");
  CHECK(refused(429, R"({"message":"slow down"})") == "no 429");
  CHECK(refused(502, "<html>") == "unknown 502");
}

TEST_CASE("mango: a command that failed ends its call, one that was carried out says nothing") {
  const auto failed = [](const char* json) { return mango::read_failed_command(json::parse(json).value()); };
  CHECK_FALSE(failed(R"({"command_id":"b24gate-1","result":1000})"));
  CHECK_FALSE(failed(R"({"result":1121})"));
  CHECK_FALSE(failed(R"({"command_id":"b24gate-1"})"));
  const auto busy = failed(R"({"command_id":"b24gate-1","result":"1121"})");
  REQUIRE(busy);
  CHECK(busy->call->id == "b24gate-1");
  CHECK(busy->call->final);
  CHECK(busy->call->outcome == "busy");
  CHECK(busy->action == event::Action::ignore);
  CHECK(busy->key == "mango:result:b24gate-1:1121");
  CHECK(failed(R"({"command_id":"b24gate-1","result":3102})")->call->outcome == "unavailable");
}

TEST_CASE("mango: the legs of an ordered call say whose order it was") {
  Request request;
  request.method = "POST";
  request.path = "/events/call";
  request.body = mango::Account(source().options)
                     .signed_form(R"({"entry_id":"E","call_id":"C","seq":1,"call_state":"Appeared",)"
                                  R"("command_id":"b24gate-1","from":{"number":"79210000677"},)"
                                  R"("to":{"extension":"101"}})");
  const Reading reading = service().read(request, source());
  REQUIRE(reading.events.size() == 1);
  CHECK(reading.events[0].call->joined == std::vector<std::string>{"b24gate-1"});
  CHECK(reading.events[0].call->direction == "out");
}
