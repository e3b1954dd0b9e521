#include "portal/classify.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "portal/batch.hpp"
#include "portal/error_classes.hpp"
#include "portal/methods.hpp"

using namespace b24gate;
using namespace b24gate::portal;

namespace {

HttpReply answer(int status, std::string body,
                 std::vector<std::pair<std::string, std::string>> headers = {}) {
  return {HttpReply::State::answered, status, std::move(headers), std::move(body), ""};
}

std::string error_json(const std::string& code, const std::string& description) {
  return json::write(json::Value::object({{"error", code}, {"error_description", description}}));
}

// The examples' names of classes, in ours. Two of them are told by the caller, who knows the method.
const std::map<std::string, Class> kClasses{{"SUCCESS", Class::success},
                                            {"THROTTLE", Class::throttle},
                                            {"RETRY-SAFE", Class::retry_safe},
                                            {"AMBIGUOUS", Class::ambiguous},
                                            {"AUTH", Class::auth},
                                            {"PERMANENT", Class::permanent},
                                            {"GONE", Class::gone},
                                            {"NOT_DELIVERED", Class::success},
                                            {"ALREADY_DONE", Class::ambiguous},
                                            {"ok", Class::success},
                                            {"not_executed", Class::not_executed}};

struct Golden {
  std::string name;
  json::Value file;
};

std::vector<Golden> golden_files() {
  std::vector<Golden> out;
  for (const auto& entry : std::filesystem::directory_iterator(B24GATE_SOURCE_DIR "/tests/golden/bitrix24")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    auto file = json::parse(text.str());
    REQUIRE_MESSAGE(file, entry.path().filename().string());
    out.push_back({entry.path().stem().string(), std::move(*file)});
  }
  return out;
}

HttpReply reply_of(const json::Value& response) {
  const json::Value& body = response["body"];
  HttpReply reply = answer(static_cast<int>(response["http_status"].integer().value_or(0)),
                           body.is_string() ? *body.string() : json::write(body));
  if (const auto* headers = response["headers"].object_if()) {
    for (const auto& [name, value] : *headers) reply.headers.emplace_back(name, value.text());
  }
  return reply;
}

}  // namespace

TEST_CASE("every golden exchange gets the class that the contract names") {
  int seen = 0;
  for (const auto& golden : golden_files()) {
    const json::Value& file = golden.file;
    const std::string method = file["request"]["method"].text();
    if (method == "(event)" || method.empty()) continue;
    INFO(golden.name);
    const auto expected = kClasses.find(file["expect"]["class"].text());
    REQUIRE(expected != kClasses.end());
    ++seen;
    const HttpReply reply = reply_of(file["response"]);
    const Outcome outcome = classify(reply, is_write(method));
    CHECK(portal::name(outcome.cls) == portal::name(expected->second));
    CHECK(outcome.http_status == reply.status);

    const std::string scope = file["expect"]["scope"].text();
    if (scope == "object") CHECK(outcome.scope == Scope::object);
    if (scope == "method") CHECK(outcome.scope == Scope::method);
    if (scope.rfind("portal", 0) == 0) CHECK(outcome.scope == Scope::portal);
    if (outcome.cls == Class::auth || outcome.cls == Class::permanent) CHECK_FALSE(outcome.advice.empty());

    // id_path is a path into the body, whose first step, `result`, is the outcome's result.
    if (const auto* path = file["expect"]["id_path"].string()) {
      json::Value at = outcome.result;
      std::stringstream steps(path->substr(6));
      for (std::string step; std::getline(steps, step, '.');) {
        if (!step.empty()) at = json::Value(at[step]);
      }
      CHECK(at.text() == file["expect"]["id"].text());
    }
  }
  CHECK(seen >= 58);
}

TEST_CASE("every command of a golden batch gets its class") {
  int seen = 0;
  for (const auto& golden : golden_files()) {
    const json::Value& file = golden.file;
    const auto* expected = file["expect"]["commands"].object_if();
    if (!expected) continue;
    INFO(golden.name);
    // The examples name their commands in words; ours are numbered.
    std::vector<Command> commands;
    json::Value body = file["response"]["body"];
    for (const auto& [key, text] : *file["request"]["body"]["cmd"].object_if()) {
      const std::string ours = command_key(commands.size());
      for (const char* map : {"result", "result_error", "result_total", "result_next", "result_time"}) {
        if (auto* entries = body["result"][map].object_if(); entries && entries->find(key)) {
          entries->set(ours, json::Value(*entries->find(key)));
          entries->erase(key);
        }
      }
      const std::string command = text.text();
      commands.push_back({command.substr(0, command.find('?')), json::Value::object()});
    }
    const Halt halt = file["request"]["body"]["halt"].integer() == 1 ? Halt::yes : Halt::no;
    const auto outcomes = decode_batch(answer(200, json::write(body)), commands, halt);
    REQUIRE(outcomes.size() == commands.size());
    std::size_t index = 0;
    for (const auto& member : *file["request"]["body"]["cmd"].object_if()) {
      INFO(member.first);
      CHECK(portal::name(outcomes[index].cls) ==
            portal::name(kClasses.at((*expected->find(member.first)).text())));
      ++index;
    }
    ++seen;
  }
  CHECK(seen == 4);
}

TEST_CASE("the body decides, never the status") {
  CHECK(classify(answer(500, R"({"result":1})"), true).cls == Class::success);
  CHECK(classify(answer(200, R"({"error":"INTERNAL_SERVER_ERROR"})"), true).cls == Class::ambiguous);
  CHECK(classify(answer(200, R"({"result":7,"error":"NOT_FOUND"})"), true).cls == Class::gone);
  for (const char* error : {R"("")", R"("0")", "0", "null", "[]", "{}", "false"}) {
    INFO(error);
    const Outcome outcome = classify(answer(200, std::string(R"({"result":1,"error":)") + error + "}"), true);
    CHECK(outcome.cls == Class::permanent);
    CHECK_FALSE(outcome.advice.empty());
  }
}

TEST_CASE("an answer carries total, next and the time budget") {
  const Outcome outcome = classify(
      answer(200, R"({"result":[],"total":"120","next":50,"time":{"duration":0.25,"operating":401.5,)"
                  R"("operating_reset_at":1780301400}})"),
      false);
  CHECK(outcome.total == 120);
  CHECK(outcome.next == 50);
  CHECK(outcome.operating_s == 401.5);
  CHECK(outcome.took == Milliseconds{250});
  REQUIRE(outcome.operating_reset_at.has_value());
  CHECK(to_unix_ms(*outcome.operating_reset_at) == 1780301400000);
}

TEST_CASE("what is no REST envelope is ambiguous, except where it is certain that nothing ran") {
  CHECK(classify(answer(502, "<html>bad gateway</html>"), true).cls == Class::ambiguous);
  CHECK(classify(answer(502, "<html>bad gateway</html>"), false).cls == Class::ambiguous);
  CHECK(classify(answer(503, ""), true).cls == Class::ambiguous);
  CHECK(classify(answer(503, "<html>"), false).cls == Class::retry_safe);
  CHECK(classify(answer(200, R"({"result":{"item":{"id":1)"), true).cls == Class::ambiguous);
  CHECK(classify(answer(200, "[]"), true).cls == Class::ambiguous);
  CHECK(classify(answer(200, "{}"), true).cls == Class::ambiguous);
  CHECK(classify(answer(200, "\xff\xfe"), true).cls == Class::ambiguous);
  CHECK(classify(answer(302, "", {{"location", "https://b.bitrix24.ru/rest/1/x/scope"}}), true).cls ==
        Class::retry_safe);
  CHECK(classify(answer(302, ""), true).cls == Class::ambiguous);
  // A page where REST should be: a person may have to look at the address.
  CHECK_FALSE(classify(answer(404, "<html>"), true).advice.empty());
  CHECK(classify(answer(502, "<html>"), true).advice.empty());

  HttpReply lost;
  lost.state = HttpReply::State::sent;
  CHECK(classify(lost, true).cls == Class::ambiguous);
  CHECK(reason(classify(lost, true)) == "no answer");
  lost.state = HttpReply::State::not_sent;
  lost.problem = "the connection is refused";
  lost.advice = "Check the port.";
  const Outcome refused = classify(lost, true);
  CHECK(refused.cls == Class::retry_safe);
  CHECK(reason(refused) == "the connection is refused");
  CHECK(refused.advice == "Check the port.");
  CHECK(reason(classify(answer(502, "<html>"), true)) == "HTTP 502 without an answer of the portal");
}

TEST_CASE("codes that say nothing are told apart by words, English and Russian") {
  const auto cls = [](const char* code, const char* words) { return verdict(code, words, 400, true); };
  CHECK(cls("", "Not found").cls == Class::gone);
  CHECK(cls("", "Элемент не найден").cls == Class::gone);
  CHECK(cls("0", "ЛИД НЕ НАЙДЕН.").cls == Class::gone);
  CHECK(cls("", "ID is not defined or invalid.").cls == Class::permanent);
  CHECK(cls("", "Access denied.").cls == Class::auth);
  CHECK(cls("", "Доступ запрещён").cls == Class::auth);
  CHECK(cls("Access denied.", "").cls == Class::auth);
  CHECK(cls("ERROR_CORE", "User is not found or is not active.").cls == Class::permanent);
  CHECK(cls("", "Insufficient permissions to change the stage").scope == Scope::object);
}

TEST_CASE("how much an auth answer stops") {
  CHECK(verdict("ACCESS_DENIED", "REST API is available on commercial plans only", 403, true).scope ==
        Scope::portal);
  CHECK(verdict("ACCESS_DENIED", "REST доступен на коммерческих тарифах", 403, true).scope == Scope::portal);
  CHECK(verdict("ACCESS_DENIED", "Access denied", 400, true).scope == Scope::object);
  CHECK(verdict("insufficient_scope", "", 403, true).scope == Scope::method);
  CHECK(verdict("INVALID_CREDENTIALS", "", 401, true).scope == Scope::portal);
  CHECK(verdict("OVERLOAD_LIMIT", "", 503, true).cls == Class::auth);
}

TEST_CASE("REST 3.0 reports an object") {
  const auto cls = [](const std::string& code, int status) {
    return classify(
        answer(status, R"({"error":{"code":"BITRIX_REST_V3_EXCEPTION_)" + code + R"(","message":"m"}})"),
        true);
  };
  CHECK(cls("ACCESSDENIEDEXCEPTION", 403).cls == Class::auth);
  CHECK(cls("INSUFFICIENTSCOPEEXCEPTION", 403).scope == Scope::method);
  CHECK(cls("ENTITYNOTFOUNDEXCEPTION", 400).cls == Class::gone);
  CHECK(cls("UNKNOWNDTOPROPERTYEXCEPTION", 400).cls == Class::permanent);
  CHECK(cls("SOMETHING", 500).cls == Class::ambiguous);
  CHECK(cls("SOMETHING", 400).description == "m");
}

TEST_CASE("unknown codes: the status is only a fallback, and an unknown 5xx may have run") {
  CHECK(verdict("NEW_CODE", "", 500, true).cls == Class::ambiguous);
  CHECK(verdict("NEW_CODE", "", 503, false).cls == Class::retry_safe);
  CHECK(verdict("NEW_CODE", "", 503, true).cls == Class::ambiguous);
  CHECK(verdict("NEW_CODE", "", 400, true).cls == Class::permanent);
  CHECK(verdict("WRONG_ENCODING", "", 400, true).cls == Class::ambiguous);
  CHECK(verdict("QUERY_LIMIT_EXCEEDED", "", 200, true).cls == Class::throttle);
}

TEST_CASE("long texts of the portal are cut") {
  const Outcome outcome =
      classify(answer(400, error_json(std::string(5000, 'c'), std::string(90'000, 'd'))), true);
  CHECK(outcome.code.size() == 200);
  CHECK(outcome.description.size() == 2000);
}

TEST_CASE("which methods write") {
  for (const char* method : {"crm.item.list", "crm.item.get", "crm.duplicate.findbycomm", "profile", "scope",
                             "user.get", "timeman.status", "crm.status.list", "CRM.ITEM.LIST", "server.time",
                             "telephony.externalCall.searchCrmEntities", "crm.item.fields", "user.current"}) {
    INFO(method);
    CHECK_FALSE(is_write(method));
  }
  for (const char* method : {"crm.item.add", "crm.item.update", "event.offline.get", "batch", "something", "",
                             "im.notify.system.add", "telephony.externalCall.register", "crm.lead.delete"}) {
    INFO(method);
    CHECK(is_write(method));
  }
}

TEST_CASE("the advice names the field that the portal's words name, and nothing else of them") {
  const auto advice = [](const char* code, const char* words) {
    return classify_error(code, words, 400, true).advice;
  };
  CHECK(advice("CRM_FIELD_ERROR_REQUIRED", "Required field \"UF_CRM_POWER\" is empty")
            .find("Field UF_CRM_POWER: the portal demands a field that is not filled") == 0);
  CHECK(advice("CRM_FIELD_ERROR_REQUIRED",
               "Не заполнено обязательное поле «Мощность»<br>Не заполнено обязательное поле \"Город\"")
            .find("Field Мощность, Город: ") == 0);
  CHECK(advice("CRM_FIELD_ERROR_VALUE_NOT_VALID", "Invalid value for field \"stageId\"")
            .find("Field stageId: a value is not accepted") == 0);
  CHECK(advice("ERROR_CORE", "Значение UF_CRM_1700000000 неверно").find("Field UF_CRM_1700000000: ") == 0);
  CHECK(advice("CRM_FIELD_ERROR_REQUIRED", "").find("The portal demands a field") == 0);
  // A value may be what a client typed.
  CHECK(advice("CRM_FIELD_ERROR_VALUE_NOT_VALID", "Value \"Ivanov\" is not valid").find("Ivanov") ==
        std::string::npos);
  CHECK(advice("CRM_FIELD_ERROR_REQUIRED", "Required field \"").find("The portal demands a field") == 0);
}
