// Batches of calls: the very bytes, and what an answer means.
#include "connectors/tomoru/batch.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("tomoru"); }

Source with(const char* options = R"({"api_key":"key"})") {
  Source out;
  out.options = *json::parse(options);
  return out;
}

RobotOrder order() {
  RobotOrder out;
  out.id = "b24gate-e42";
  out.agent = "5f0c1d1e-0000-4000-8000-000000000001";
  out.phone = "+79000002101";
  out.columns = {{"Имя", "Пётр"}, {"lead_id", "77"}};
  out.callback_url = "https://gate.example.com/hook/robot/secret";
  out.at = from_unix_ms(1'795'418'400'123);
  return out;
}

std::string header(const HttpCall& call, std::string_view name) {
  for (const auto& [key, value] : call.headers) {
    if (key == name) return value;
  }
  return {};
}

// The file in the body of the request.
std::string csv(const RobotOrder& order) {
  const auto call = service().make_robot_batch(order, with());
  REQUIRE(call);
  const std::string mark = "Content-Type: text/csv\r\n\r\n";
  const auto from = call->body.find(mark) + mark.size();
  return call->body.substr(from, call->body.find("\r\n--b24gate-", from) - from);
}

std::string told(const HttpAnswer& answer) {
  const auto batch = service().robot_batch(answer);
  if (batch) return "made " + *batch;
  return std::string(name(batch.error().ran)) + " " + std::string(name(batch.error().move)) + " " +
         batch.error().where;
}

std::string launched(int status) {
  const Done done = service().robot_batch_launched({status, {}, ""});
  return done ? "yes" : std::string(name(done.error().move));
}

}  // namespace

TEST_CASE("tomoru: a batch of one number, byte by byte") {
  const auto call = service().make_robot_batch(order(), with());
  REQUIRE(call);
  CHECK(call->method == "POST");
  CHECK(call->url == "https://app.tomoru.ru/api/call_batches");
  CHECK(header(*call, "Authorization") == "Bearer key");
  const std::string type = header(*call, "Content-Type");
  const std::string intro = "multipart/form-data; boundary=";
  REQUIRE(type.rfind(intro + "b24gate-", 0) == 0);
  const std::string line = "--" + type.substr(intro.size());
  const auto field = [&](const std::string& name, const std::string& value) {
    return line + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  };
  CHECK(call->body ==
        field("name", "b24gate-e42") + field("agent_id", "5f0c1d1e-0000-4000-8000-000000000001") +
            field("max_retries", "2") + field("retry_delay_seconds", "1800") +
            field("start_at", "2026-11-23T07:20:00Z") +
            field("callback_url", "https://gate.example.com/hook/robot/secret") + line +
            "\r\nContent-Disposition: form-data; name=\"csv_file\"; filename=\"b24gate-e42.csv\"\r\n"
            "Content-Type: text/csv\r\n\r\n"
            "\xEF\xBB\xBFphone_number,Имя,lead_id\r\n+79000002101,Пётр,77\r\n\r\n" +
            line + "--\r\n");
}

TEST_CASE("tomoru: what a client wrote stays in its cell") {
  RobotOrder odd = order();
  odd.columns = {{"a,b", "x, \"y\"\nz; w"}, {"empty", ""}, {"lead_id", "7"}};
  CHECK(csv(odd) ==
        "\xEF\xBB\xBFphone_number,\"a,b\",empty,lead_id\r\n+79000002101,\"x, \"\"y\"\"\nz; w\",,7\r\n");
}

TEST_CASE("tomoru: options, and what a batch cannot be made without") {
  const auto call = service().make_robot_batch(
      order(),
      with(
          R"({"api_key":"k","api_url":"https://tomoru.example/","callback_url":"https://own.example/x","max_retries":0,"retry_delay":"60"})"));
  REQUIRE(call);
  CHECK(call->url == "https://tomoru.example/api/call_batches");
  CHECK(call->body.find("\"callback_url\"\r\n\r\nhttps://own.example/x\r\n") != std::string::npos);
  CHECK(call->body.find("\"max_retries\"\r\n\r\n0\r\n") != std::string::npos);
  CHECK(call->body.find("\"retry_delay_seconds\"\r\n\r\n60\r\n") != std::string::npos);
  CHECK_FALSE(service().make_robot_batch(order(), with("{}")));
  RobotOrder nowhere = order();
  nowhere.callback_url.clear();
  CHECK_FALSE(service().make_robot_batch(nowhere, with()));
  RobotOrder nobody = order();
  nobody.phone.clear();
  CHECK_FALSE(service().make_robot_batch(nobody, with()));
  CHECK_FALSE(find("webhook")->make_robot_batch(order(), with()));
}

TEST_CASE("tomoru: made, refused, or not told") {
  CHECK(told({200, {}, R"({"id":"b-1","status":"pending"})"}) == "made b-1");
  CHECK(told({201, {}, R"({"id":17})"}) == "made 17");
  CHECK(told({401, {}, ""}) == "no administrator 401");
  CHECK(told({422, {}, R"({"id":"b-1"})"}) == "no administrator 422");
  CHECK(told({429, {}, ""}) == "no ours 429");
  CHECK(told({408, {}, ""}) == "unknown administrator 408");
  CHECK(told({502, {}, "<html>"}) == "unknown administrator 502");
  CHECK(told({200, {}, "{}"}) == "unknown administrator 200");
  CHECK(told({200, {}, R"({"id":"../agents"})"}) == "unknown administrator 200");
  CHECK(told({302, {}, R"({"id":"b-1"})"}) == "unknown administrator 302");
}

TEST_CASE("tomoru: a batch is launched by its id, asked for again unless it is refused for good") {
  const auto call = service().launch_robot_batch("b-1", with());
  REQUIRE(call);
  CHECK(call->method == "PATCH");
  CHECK(call->url == "https://app.tomoru.ru/api/call_batches/b-1/launch");
  CHECK(header(*call, "Authorization") == "Bearer key");
  CHECK(call->body.empty());
  CHECK_FALSE(service().launch_robot_batch("../x", with()));
  CHECK_FALSE(service().launch_robot_batch("b-1", with("{}")));
  CHECK(launched(200) == "yes");
  CHECK(launched(204) == "yes");
  for (const int status : {302, 401, 403, 408, 429, 500, 503}) CHECK(launched(status) == name(Move::ours));
  for (const int status : {400, 404, 409, 422}) CHECK(launched(status) == name(Move::administrator));
}
