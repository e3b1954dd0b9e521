#include "portal/batch.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using namespace b24gate::portal;

namespace {

HttpReply answer(std::string body, int status = 200) {
  return {HttpReply::State::answered, status, {}, std::move(body), ""};
}

Command command(std::string method, const char* params = "{}") {
  return {std::move(method), *json::parse(params)};
}

}  // namespace

TEST_CASE("a command is a query as PHP reads it") {
  CHECK(encode(command("scope")) == "scope");
  CHECK(encode(command("crm.item.add",
                       R"({"entityTypeId":1,"fields":{"title":"A&B #7 100%","fm":[{"typeId":"PHONE",)"
                       R"("value":"+79160000001"}]}})")) ==
        "crm.item.add?entityTypeId=1&fields[title]=A%26B%20%237%20100%25&fields[fm][0][typeId]=PHONE"
        "&fields[fm][0][value]=%2B79160000001");
  CHECK(encode(command("x", R"({"title":"Заявка"})")) == "x?title=%D0%97%D0%B0%D1%8F%D0%B2%D0%BA%D0%B0");
}

TEST_CASE("names are encoded too: a raw = in a filter would lose the filter") {
  CHECK(encode(command("crm.item.list", R"({"filter":{"=originId":"k",">=id":5,"!%title":"x"}})")) ==
        "crm.item.list?filter[%3DoriginId]=k&filter[%3E%3Did]=5&filter[%21%25title]=x");
  // A bracket in a name of ours must not open a level.
  CHECK(encode(command("x", R"({"a":{"b]c":1}})")) == "x?a[b%5Dc]=1");
}

TEST_CASE("booleans travel as 1 and 0, nothing travels as nothing") {
  const Command spoken = command("x", R"({"yes":true,"no":false,"none":null,"list":[],"map":{},"empty":"",)"
                                      R"("mixed":[null,"a",[],2.5],"s":"Y"})");
  CHECK(encode(spoken) == "x?yes=1&no=0&empty=&mixed[0]=a&mixed[1]=2.5&s=Y");
  CHECK(loses_in_batch(spoken));
  CHECK(loses_in_batch(command("x", R"({"a":{"b":[{"c":null}]}})")));
  CHECK_FALSE(loses_in_batch(command("x", R"({"a":{"b":[{"c":""}]},"d":false})")));
}

TEST_CASE("a visitor's text cannot refer to other commands") {
  for (const char* word : {"result", "next", "total", "time", "error", "RESULT", "rEsult"}) {
    INFO(word);
    const std::string text = "price $" + std::string(word) + "[c01][id]";
    Command hostile{"x", json::Value::object({{"t", text}})};
    const std::string encoded = encode(hostile);
    CHECK(encoded.find("%24%E2%81%A0" + std::string(word) + "%5B") != std::string::npos);
  }
  // What is no reference stays as it was typed.
  CHECK(encode(command("x", R"({"t":"$100 $results $"})")) == "x?t=%24100%20%24results%20%24");
  CHECK(encode(command("x", R"({"t":"$$result[a]"})")) == "x?t=%24%24%E2%81%A0result%5Ba%5D");
}

TEST_CASE("keys are words and at most fifty travel") {
  CHECK(command_key(0) == "c01");
  CHECK(command_key(49) == "c50");
  const std::vector<Command> many(52, command("profile"));
  const json::Value params = batch_params(many, Halt::yes);
  CHECK(params["halt"].integer() == 1);
  CHECK(params["cmd"].size() == 50);
  CHECK(params["cmd"]["c50"].text() == "profile");
  const auto outcomes =
      decode_batch(answer(R"({"result":{"result":{"c01":1},"result_error":[]}})"), many, Halt::no);
  REQUIRE(outcomes.size() == 52);
  CHECK(outcomes[0].cls == Class::success);
  CHECK(outcomes[1].cls == Class::ambiguous);
  CHECK(outcomes[50].cls == Class::retry_safe);
}

TEST_CASE("each command has its own outcome, total, next and time budget") {
  const std::vector<Command> commands{command("crm.item.list"), command("user.get"), command("crm.item.add")};
  const auto outcomes = decode_batch(
      answer(R"({"result":{"result":{"c01":{"items":[]},"c02":[]},)"
             R"("result_error":{"c03":{"error":"OPERATION_TIME_LIMIT","error_description":"x"}},)"
             R"("result_total":{"c01":70},"result_next":{"c01":50},)"
             R"("result_time":{"c01":{"operating":12.5,"operating_reset_at":1780301400,"duration":0.5},)"
             R"("c03":{"operating_reset_at":1780301500}}},"time":{"operating":0}})"),
      commands, Halt::no);
  CHECK(outcomes[0].cls == Class::success);
  CHECK(outcomes[0].total == 70);
  CHECK(outcomes[0].next == 50);
  CHECK(outcomes[0].operating_s == 12.5);
  CHECK(outcomes[0].took == Milliseconds{500});
  CHECK(outcomes[1].cls == Class::success);
  CHECK(outcomes[1].result == json::Value::array());
  CHECK_FALSE(outcomes[1].total.has_value());
  CHECK(outcomes[2].cls == Class::throttle);
  CHECK(outcomes[2].scope == Scope::method);
  CHECK(to_unix_ms(*outcomes[2].operating_reset_at) == 1780301500000);
}

TEST_CASE("not executed only where the portal was told to stop, and only behind a failure") {
  const std::vector<Command> commands{command("crm.item.add"), command("crm.item.add"),
                                      command("crm.item.add")};
  const char* stopped = R"({"result":{"result":{"c01":1},"result_error":{"c02":{"error":"100"}}}})";
  auto outcomes = decode_batch(answer(stopped), commands, Halt::yes);
  CHECK(outcomes[0].cls == Class::success);
  CHECK(outcomes[1].cls == Class::permanent);
  CHECK(outcomes[2].cls == Class::not_executed);
  outcomes = decode_batch(answer(stopped), commands, Halt::no);
  CHECK(outcomes[2].cls == Class::ambiguous);
  outcomes =
      decode_batch(answer(R"({"result":{"result":{"c01":1},"result_error":[]}})"), commands, Halt::yes);
  CHECK(outcomes[1].cls == Class::ambiguous);
}

TEST_CASE("when the whole batch fails, every command shares its fate") {
  const std::vector<Command> commands{command("crm.item.add"), command("crm.item.list")};
  auto outcomes = decode_batch(answer(R"({"error":"QUERY_LIMIT_EXCEEDED"})", 503), commands, Halt::no);
  CHECK(outcomes[0].cls == Class::throttle);
  CHECK(outcomes[1].cls == Class::throttle);
  outcomes = decode_batch(answer("busy", 503), commands, Halt::no);
  CHECK(outcomes[0].cls == Class::ambiguous);
  CHECK(outcomes[1].cls == Class::retry_safe);
}

TEST_CASE("answers of other shapes are no success") {
  const std::vector<Command> commands{command("crm.item.add")};
  for (const char* body : {R"({"result":[]})", R"({"result":true})", R"({"result":{"result":[1]}})",
                           R"({"result":{"result":"c01","result_error":7}})", R"({"result":{}})"}) {
    INFO(body);
    CHECK(decode_batch(answer(body), commands, Halt::no)[0].cls == Class::ambiguous);
  }
  // An entry in both maps failed; a bare code instead of an object is still a code.
  CHECK(decode_batch(answer(R"({"result":{"result":{"c01":1},"result_error":{"c01":"NOT_FOUND"}}})"),
                     commands, Halt::no)[0]
            .cls == Class::gone);
}
