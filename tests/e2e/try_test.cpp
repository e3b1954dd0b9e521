// `b24gate try` with the shipped configuration: every sample of every connector, alone and in sequences.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "e2e/vendors.hpp"

using namespace b24gate;

namespace {

// The secrets of scripts/quickstart.sh.
const std::map<std::string, std::string> secrets = {
    {"B24_WEBHOOK_URL", "http://127.0.0.1:8090/rest/1/sandbox-secret/"},
    {"TILDA_SECRET", "demo-tilda"},
    {"SHOP_SECRET", "demo-bitrix-site-secret"},
    {"MARQUIZ_SECRET", "demo-marquiz"},
    {"JIVO_SECRET", "demo-jivo"},
    {"MANGO_KEY", "demo-vpbx-key"},
    {"MANGO_SALT", "demo-vpbx-salt"},
    {"MEGAFON_CRM_TOKEN", "demo-crm-token"},
    {"COMAGIC_SECRET", "demo-comagic"},
    {"TOMORU_SECRET", "demo-tomoru"},
    {"B2BFAMILY_SECRET", "demo-b2bfamily"},
    {"ANY_SECRET", "demo-any"}};

const std::map<std::string, std::string> source_of = {{"tilda", "site-tilda"},
                                                      {"bitrix-site", "site-shop"},
                                                      {"marquiz", "quiz-marquiz"},
                                                      {"jivo", "chat-jivo"},
                                                      {"mango", "pbx-mango"},
                                                      {"megafon", "pbx-megafon"},
                                                      {"comagic", "calltracking-comagic"},
                                                      {"tomoru", "robot-tomoru"},
                                                      {"b2bfamily", "letters-b2bfamily"},
                                                      {"webhook", "anything-else"}};

e2e::Output try_files(const std::string& source, const std::vector<std::string>& files,
                      const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {
      e2e::program(),        "try", source, "--json", "--config", e2e::source_file("config.yaml"), "--at",
      "2026-11-20T10:05:30Z"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  arguments.insert(arguments.end(), files.begin(), files.end());
  return e2e::command(arguments, secrets);
}

std::string sample(const std::string& name) { return e2e::source_file("connectors/" + name); }

json::Array documents(const e2e::Output& out) {
  REQUIRE_MESSAGE(out.code == 0, out.errors);
  const auto parsed = json::parse(out.text);
  REQUIRE(parsed);
  REQUIRE(parsed->is_array());
  return *parsed->array_if();
}

std::vector<std::string> samples_of(const std::string& connector) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(sample(connector + "/samples"))) {
    if (entry.path().filename() != "index.yaml") out.push_back(entry.path().filename().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("every sample of every connector gives one document, and the exit code says whether it was taken") {
  // What is wrong with these: the token, the command, the password. (A secret in the address is supposed
  // right.)
  const std::map<std::string, int> refused = {{"megafon/h3-event-wrong-token.form", 401},
                                              {"megafon/h4-unknown-cmd.form", 400},
                                              {"bitrix-site/08-form-wrong-password.form", 200}};
  std::set<std::string> met;
  std::set<std::string> connectors;
  for (const auto& entry : std::filesystem::directory_iterator(e2e::source_file("connectors"))) {
    if (entry.is_directory()) connectors.insert(entry.path().filename().string());
  }
  connectors.erase("portal");  // b24gate reads it; nobody posts it
  CHECK(connectors.size() == source_of.size());
  for (const auto& connector : connectors) {
    REQUIRE_MESSAGE(source_of.count(connector) == 1, connector);
    const auto samples = samples_of(connector);
    CHECK(samples.size() >= 5);
    for (const auto& name : samples) {
      const std::string id = connector + "/" + name;
      CAPTURE(id);
      std::vector<std::string> more;
      if (connector == "mango") more = {"--path", e2e::mango_path(name)};
      const auto out = try_files(source_of.at(connector), {sample(connector + "/samples/" + name)}, more);
      const auto document = json::parse(out.text);
      REQUIRE_MESSAGE(document, out.errors);
      CHECK(document->is_object());
      const json::Value& request = (*document)["request"];
      const auto wrong = refused.find(id);
      CHECK(out.code == (wrong == refused.end() ? 0 : 1));
      CHECK(request["status"].integer() == (wrong == refused.end() ? 200 : wrong->second));
      CHECK_FALSE(request["answer"].is_null());
      const std::string outcome = request["outcome"].text();
      if (wrong != refused.end()) {
        met.insert(id);
        CHECK((outcome == "refused" || outcome == "unreadable"));
        CHECK((*document)["events"].size() == 0);
      } else {
        CHECK((outcome == "accepted" || outcome == "ignored" || outcome == "probe"));
        CHECK(((*document)["events"].size() > 0) == (outcome == "accepted"));
      }
    }
  }
  CHECK(met.size() == refused.size());
}

TEST_CASE("a call of Mango as a sequence: its conversation grows") {
  const e2e::Folder folder("try-mango");
  std::vector<std::string> files;
  const auto names = samples_of("mango");
  for (const auto& name : names) {
    if (name.front() != 'a') continue;
    // Each has a path of its own: whole requests.
    const std::string file = name.substr(0, name.find('.')) + ".http";
    folder.write(file, "POST /hook/pbx-mango/SECRET" + e2e::mango_path(name) +
                           " HTTP/1.1\r\nHost: gate.example\r\nContent-Type: " + e2e::form_type + "\r\n\r\n" +
                           e2e::vendor_file("mango/samples/" + name));
    files.push_back(folder.path() + "/" + file);
  }
  REQUIRE(files.size() == 13);
  const json::Array out = documents(try_files("pbx-mango", files));
  REQUIRE(out.size() == files.size());
  int leads = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    CAPTURE(files[i]);
    const std::string outcome = out[i]["request"]["outcome"].text();
    CHECK(outcome == (i == 1 || i == 12 ? "ignored" : "accepted"));  // dtmf, record/tagged
    if (outcome == "ignored") continue;
    REQUIRE(out[i]["conversations"].size() == 1);
    CHECK(out[i]["conversations"].at(0)["call"]["id"].text() == "MTY0NTAwMDEwMDE6NTA2");
    if (out[i]["events"].at(0)["creates_lead"].boolean() == true) ++leads;
  }
  CHECK(leads == 1);
  CHECK(out[0]["conversations"].at(0)["call"]["state"].text() == "ringing");
  CHECK(out[6]["conversations"].at(0)["call"]["state"].text() == "talking");
  CHECK(out[6]["conversations"].at(0)["call"]["outcome"].text().empty());
  const json::Value& answered = out[10]["conversations"].at(0);
  CHECK(answered["call"]["outcome"].text() == "answered");
  CHECK(answered["call"]["recording"].is_null());
  CHECK(out[10]["events"].at(0)["creates_lead"].boolean() == true);
  CHECK(out[10]["operations"].at(0)["method"].text() == "crm.item.add");
  const json::Value& whole = out[11]["conversations"].at(0);
  CHECK(whole["call"]["outcome"].text() == "answered");
  CHECK(whole["call"]["recording"]["id"].text() == "MToxMDk4NzY1NDoxNjQ1MDAwMTAwMTow");
  REQUIRE(out[11]["operations"].size() == 2);
  CHECK(out[11]["operations"].at(0)["method"].text() == "crm.timeline.comment.add");
  CHECK(out[11]["operations"].at(1)["method"].text() == "telephony.externalCall.attachRecord");
  // It is registered while it rings at somebody's desk, and not again.
  CHECK(out[4]["operations"].at(0)["method"].text() == "telephony.externalCall.register");
  CHECK(out[4]["operations"].at(0)["params"]["SHOW"].integer() == 1);
  for (const auto& operation : *out[10]["operations"].array_if())
    CHECK(operation["method"].text() != "telephony.externalCall.register");
}

TEST_CASE("a shop's order as a sequence: the second request makes no second lead") {
  const json::Array out =
      documents(try_files("site-shop", {sample("bitrix-site/samples/11-json-order-created.json"),
                                        sample("bitrix-site/samples/12-json-order-paid.json"),
                                        sample("bitrix-site/samples/13-json-order-created-again.json")}));
  REQUIRE(out.size() == 3);
  CHECK(out[0]["events"].at(0)["creates_lead"].boolean() == true);
  CHECK(out[0]["conversations"].at(0)["order"]["paid"].boolean() == false);
  CHECK(out[1]["events"].at(0)["creates_lead"].boolean() == false);
  CHECK(out[1]["conversations"].at(0)["order"]["paid"].boolean() == true);
  CHECK(out[1]["conversations"].at(0)["utm"]["source"].text() == "google");  // from the first
  CHECK(out[2]["request"]["outcome"].text() == "duplicate");
  CHECK(out[2]["operations"].size() == 0);
}

TEST_CASE("try tells a clock that differs from a wrong signature") {
  const e2e::Folder folder("try-clock");
  // HMAC-SHA256 of "1700000000." and the body.
  const std::string request =
      "POST /hook/site-shop HTTP/1.1\r\nContent-Type: application/json\r\nX-Gate-Timestamp: 1700000000\r\n"
      "X-Gate-Signature: sha256=923e877c972441ae3f581ecc6b20696bf0603df456d74443ab425ab4ce5950ec\r\n\r\n";
  const auto reason = [&](const std::string& body) {
    folder.write("signed.http", request + body);
    const auto out = try_files("site-shop", {folder.path() + "/signed.http"});
    CHECK(out.code == 1);
    return json::parse(out.text).value()["request"]["reason"].text();
  };
  CHECK(reason(R"({"v":1,"type":"form"})") == "the clock of the sender differs by more than 300 seconds");
  CHECK(reason(R"({"v":2,"type":"form"})") == "the signature, token or key of the vendor is wrong");
}
