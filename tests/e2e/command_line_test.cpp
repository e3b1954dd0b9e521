// The command line as an administrator uses it.
#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>

#include "e2e/world.hpp"

using namespace b24gate;
using e2e::World;

TEST_CASE("check: good, and every mistake at once") {
  World world({.name = "check"});
  const auto good = world.run({"check"});
  CHECK_MESSAGE(good.code == 0, good.text);
  world.write_config("server:", "sever:");
  const auto bad = world.run({"check"});
  CHECK(bad.code == 1);
  CHECK(bad.text.find("config.yaml:1:1: unknown key 'sever'; did you mean 'server'?") != std::string::npos);
  CHECK(e2e::command({e2e::program(), "check", "--config", "/nowhere/config.yaml"}).code == 1);
  const auto typo = e2e::command({e2e::program(), "evnts"});
  CHECK(typo.code == 2);
  CHECK(typo.errors.find("unknown command 'evnts'; did you mean 'events'?") != std::string::npos);
  CHECK(e2e::command({e2e::program(), "--config", "x", "zzz"}).errors.find("there are run, check, try") !=
        std::string::npos);
  CHECK(e2e::command({e2e::program(), "--help"}).code == 0);
  CHECK(e2e::command({e2e::program()}).code == 2);
}

TEST_CASE("check tries certificate, key and database; run does not start without them") {
  World world({.name = "check-resources"});
  world.make_certificate("one");
  world.make_certificate("two");
  world.folder.write("junk", "junk\n");
  const auto with_tls = [&](const std::string& certificate, const std::string& key) {
    world.write_config("admin:\n", "  tls: { certificate: " + certificate + ", key: " + key + " }\nadmin:\n");
    return world.run({"check"});
  };
  CHECK(with_tls("one.pem", "one.key").code == 0);
  const auto missing = with_tls("none.pem", "one.key");
  CHECK(missing.code == 1);
  CHECK(missing.text.find("config.yaml:3:23: 'none.pem': the certificate cannot be read: No such file or "
                          "directory; give a PEM file") != std::string::npos);
  CHECK(with_tls("junk", "one.key").text.find("config.yaml:3:23: 'junk': no certificate in PEM is in it") !=
        std::string::npos);
  CHECK(with_tls("one.pem", "two.key")
            .text.find("config.yaml:3:37: 'two.key': the key is not the certificate's") != std::string::npos);

  world.write_config("admin:\n", "geo: { database: junk }\nadmin:\n");
  const auto geo = world.run({"check"});
  CHECK(geo.code == 1);
  const std::string mistake = "config.yaml:3:18: 'junk': no MaxMind database can be read there: ";
  CHECK(geo.text.find(mistake) != std::string::npos);
  world.launch_daemon();
  CHECK(world.daemon().wait() == 1);
  CHECK(world.log().find("B24-1008") != std::string::npos);
  CHECK(world.log().find(mistake) != std::string::npos);
}

TEST_CASE("check --portal asks the portal for what the files name") {
  World world({.name = "check-portal"});
  world.start_sandbox();
  const auto good = world.run({"check", "--portal"});
  CHECK_MESSAGE(good.code == 0, (good.text + good.errors));
  std::string mapping = e2e::read_file(world.folder.path() + "/mappings/tilda.yaml");
  const std::string field = "UF_CRM_POWER:";
  mapping.replace(mapping.find(field), field.size(), "UF_CRM_POWR:");
  world.folder.write("mappings/tilda.yaml", mapping);
  const auto bad = world.run({"check", "--portal"});
  CHECK(bad.code == 1);
  CHECK(bad.text.find("mappings/tilda.yaml:") != std::string::npos);
  CHECK(bad.text.find("UF_CRM_POWR") != std::string::npos);
  CHECK(bad.text.find("UF_CRM_POWER") != std::string::npos);  // the nearest
}

TEST_CASE("try prints the whole of what would happen, and stores nothing") {
  World world({.name = "try"});
  const std::string file = e2e::source_file("connectors/tilda/samples/form_basic.http");
  const auto out = world.run(
      {"try", "site-tilda", file, "--json", "--at", "2026-03-03T11:00:00+03:00", "--present", "all"});
  REQUIRE_MESSAGE(out.code == 0, out.errors);
  const auto document = json::parse(out.text);
  REQUIRE(document);
  const json::Value& tried = *document;
  CHECK(tried["request"]["outcome"].text() == "accepted");
  CHECK(tried["request"]["reason"].is_null());
  const json::Value event = tried["events"].at(0);
  CHECK(event["key"].text() == "tilda:1234567:5000000001");
  CHECK(event["contact"]["phones"].at(0).text() == "+79030001122");
  CHECK(event["page"]["url"].text() == "https://www.energotech.example/gpu/");
  CHECK(event["utm"]["term"].text() == "гпу");
  CHECK(tried["lead"]["SOURCE_ID"].text() == "WEB");
  CHECK(tried["assignment"]["at"].text().find("mappings/distribution.yaml:") == 0);
  CHECK_FALSE(tried["assignment"]["reason"].text().empty());
  CHECK(tried["operations"].at(0)["method"].text() == "crm.item.add");
  CHECK(tried["operations"].at(0)["params"]["fields"]["originId"].text() == "tilda:1234567:5000000001");
  CHECK_FALSE(std::filesystem::exists(world.folder.path() + "/data"));

  const auto folder = world.run({"try", "site-tilda", world.folder.path()});
  CHECK(folder.code == 2);
  CHECK(folder.errors.find("it is a folder; name a file") != std::string::npos);

  // A whole request is refused as the daemon would refuse it, but for source and secret in its address.
  const auto whole = [&](const std::string& line) {
    world.folder.write("whole.http", line + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return world.run({"try", "site-tilda", world.folder.path() + "/whole.http", "--json"});
  };
  const auto put = whole("PUT /hook/site-tilda/tilda-secret");
  CHECK(put.code == 1);
  CHECK(json::parse(put.text).value()["request"]["status"].integer() == 405);
  CHECK(json::parse(put.text).value()["request"]["answer"]["error"].text() == "method_not_allowed");
  const auto nowhere = whole("POST /hooks/site-tilda/tilda-secret");
  CHECK(nowhere.code == 1);
  CHECK(json::parse(nowhere.text).value()["request"]["status"].integer() == 404);
  CHECK(whole("GET /hook/site-tilda/not-the-secret?Phone=89030001101").code == 0);

  const auto sequence = world.run({"try", "site-tilda", file, file, "--json"});
  const auto both = json::parse(sequence.text);
  REQUIRE(both);
  CHECK(both->at(1)["request"]["outcome"].text() == "duplicate");

  const auto night = json::parse(world.run({"try", "site-tilda", file, "--json", "--present", "none"}).text);
  REQUIRE(night);
  CHECK((*night)["assignment"]["employee"].text() == "sidorova");
  CHECK(world.run({"try", "nobody", file}).code == 2);
  CHECK(world.run({"try", "any", e2e::source_file("tests/e2e/world.hpp")}).code <= 1);
  const auto known =
      json::parse(world.run({"try", "site-tilda", file, "--json", "--known", "open-lead"}).text);
  REQUIRE(known);
  CHECK((*known)["operations"].at(0)["method"].text() == "crm.timeline.comment.add");
}

TEST_CASE("test runs what is written in the files and tells what differs") {
  World world({.name = "test"});
  const auto good = world.run({"test"});
  CHECK_MESSAGE(good.code == 0, (good.text + good.errors));
  std::string rules = e2e::read_file(world.folder.path() + "/mappings/distribution.yaml");
  const std::string wish = "expect: { assign: sidorova }";
  rules.replace(rules.find(wish), wish.size(), "expect: { assign: ivanov }");
  world.folder.write("mappings/distribution.yaml", rules);
  const auto bad = world.run({"test"});
  CHECK(bad.code == 1);
  CHECK(bad.text.find("assign: expected \"ivanov\", found \"sidorova\"") != std::string::npos);
  CHECK(bad.text.find("1 failed") != std::string::npos);
}

TEST_CASE("test drives sequences of enquiries and names the rules that no test touches") {
  World world({.name = "test-sequence"});
  world.folder.write("mappings/tilda.yaml", "lead: { TITLE: Заявка }\n");
  world.folder.write("mappings/employees.yaml", R"(schedules:
  office: { days: mon-fri, hours: "09:00-18:00", time_zone: Europe/Moscow, holidays: ru }
employees:
  ivanov:  { user_id: 12, schedule: office, weight: 2 }
  petrova: { user_id: 14, schedule: office, max_per_day: 20 }
  hr: { user_id: 31 }
groups:
  gpu: { members: [ivanov, petrova], choose: weighted }
account_manager: hr
)");
  const auto run = [&](const std::string& tests) {
    world.folder.write("mappings/distribution.yaml", R"(rules:
  - { name: звонки, when: { kind: call }, assign: hr }
  - { name: сайт, when: { kind: form }, assign: gpu }
  - { name: чат, when: { kind: chat }, assign: gpu, nobody_present: { then: wait } }
tests:
)" + tests);
    return world.run({"test", "--json"});
  };
  const auto good = run(R"(
  - name: сто заявок
    event: { kind: form }
    at: "2026-03-03T09:30:00+03:00"
    every: 5m
    repeat: 60
    expect: { group: gpu, counts: { ivanov: 40, petrova: 20 }, shares: { ivanov: 2, petrova: 1 } }
  - name: предел на день, ночь и утро
    event: { kind: chat }
    at: "2026-03-03T17:00:00+03:00"
    given: { petrova: { day: 19 } }
    sequence:
      - { expect: { assign: ivanov } }
      - { after: 1m, present: petrova, expect: { assign: petrova } }
      - { after: 1m, present: petrova, expect: { waits_for: gpu, assign: hr } }
      - { after: 12h, expect: { waits_for: gpu } }
      - { after: 6h, present: petrova, expect: { assign: petrova } }
    expect: { counts: { ivanov: 1, petrova: 2, hr: 2 } }
  - name: клиент с менеджером
    event: { kind: form }
    at: "2026-03-03T12:00:00+03:00"
    manager: petrova
    sequence:
      - { present: all, expect: { assign: petrova, group: null } }
      - { present: ivanov, expect: { assign: ivanov, tell_manager: petrova } }
    expect: { rule: сайт }
)");
  CHECK_MESSAGE(good.code == 0, (good.text + good.errors));
  const auto document = json::parse(good.text);
  REQUIRE(document);
  CHECK(json::write((*document)["untested_rules"]) ==
        R"([{"rule":"звонки","at":"mappings/distribution.yaml:2"}])");
  CHECK(world.run({"test"}).text.find("mappings/distribution.yaml:2: no test touches rule 'звонки'") !=
        std::string::npos);
  const auto bad = run(R"(
  - name: доли
    event: { kind: form }
    at: "2026-03-03T09:30:00+03:00"
    repeat: 6
    expect: { assign: ivanov, shares: { ivanov: 1, petrova: 2 }, counts: { ivanov: 4 } }
)");
  CHECK(bad.code == 1);
  CHECK(bad.text.find(R"(enquiry 2: assign: expected \"ivanov\", found \"petrova\")") != std::string::npos);
  CHECK(
      bad.text.find("shares: expected { ivanov: 1, petrova: 2 } of 6 enquiries, found { ivanov: 4, petrova: "
                    "2 }") != std::string::npos);
  CHECK(bad.text.find("counts: expected { ivanov: 4 }, found { ivanov: 4, petrova: 2 }") !=
        std::string::npos);
}

TEST_CASE("events, show, retry and discard work beside the daemon and without it") {
  World world({.name = "journal-commands"});
  world.start_sandbox();
  world.start_daemon();
  CHECK(world.post("site-tilda/tilda-secret", World::form(1, "89030001101")).status == 200);
  REQUIRE(world.settled());
  for (const bool running : {true, false}) {
    CAPTURE(running);
    if (!running) {
      world.daemon().signal(SIGTERM);
      REQUIRE(world.daemon().wait() == 0);
    }
    CHECK(world.events().size() == 1);
    CHECK(world.run({"events", "--state", "failed", "--json"}).text == "[]\n");
    CHECK(world.run({"events", "--state", "nonsense"}).code == 2);
    CHECK(json::parse(world.run({"events", "--phone", "8 (903) 000-11-01", "--json"}).text)->size() == 1);
    CHECK(json::parse(world.run({"events", "--since", "1h", "--source", "any", "--json"}).text)->size() == 0);
    const std::string lead = world.events().at(0)["lead"]["id"].text();
    for (const std::string& what :
         {std::string("e1"), std::string("r1"), "lead:" + lead, std::string("+79030001101")}) {
      const auto story = json::parse(world.run({"show", what, "--json"}).text);
      REQUIRE_MESSAGE(story, what);
      CHECK_MESSAGE((*story)["key"].text() == "tilda:77:1", what);
    }
    CHECK(world.run({"show", "e99"}).code == 1);
    CHECK(world.run({"retry", "e1"}).code == 1);
    CHECK(world.run({"retry"}).code == 2);
  }
}

TEST_CASE("backup and erase work beside the daemon and without it") {
  World world({.name = "backup-erase"});
  world.start_sandbox();
  world.start_daemon();
  for (const int number : {1, 2, 3}) {
    const std::string phone = "8903000110" + std::to_string(number);
    REQUIRE(world.post("site-tilda/tilda-secret", World::form(number, phone)).status == 200);
  }
  REQUIRE(world.settled());
  for (const std::string number : {"1", "2"}) {
    CAPTURE(number);
    if (number == "2") {
      world.daemon().signal(SIGTERM);
      REQUIRE(world.daemon().wait() == 0);
    }
    const std::string copy = world.folder.path() + "/copy" + number + ".db";
    const auto copied = json::parse(world.run({"backup", copy, "--json"}).text);
    REQUIRE(copied);
    CHECK((*copied)["bytes"].integer() == static_cast<std::int64_t>(std::filesystem::file_size(copy)));
    CHECK(world.run({"backup", copy}).code == 1);

    const std::string phone = "8 (903) 000-11-0" + number;
    const auto counted = json::parse(world.run({"erase", "--phone", phone, "--count", "--json"}).text);
    REQUIRE(counted);
    CHECK((*counted)["events"].integer() == 1);
    const auto out = world.run({"erase", "--phone", phone, "--json"});
    CHECK_MESSAGE(out.code == 0, out.errors);
    const auto erased = json::parse(out.text);
    REQUIRE(erased);
    CHECK((*erased)["events"].integer() == 1);
    CHECK((*erased)["cards"].size() == 1);
    CHECK((*erased)["compacted"].boolean() == true);
    CHECK(json::parse(world.run({"events", "--phone", phone, "--json"}).text)->size() == 0);
    for (const char* file : {"/data/b24gate.db", "/data/b24gate.db-wal"}) {
      CHECK(e2e::read_file(world.folder.path() + file).find("903000110" + number) == std::string::npos);
    }
  }
  CHECK(world.events().size() == 3);
  CHECK(world.run({"erase"}).code == 2);
  CHECK(world.run({"erase", "--phone", "nobody"}).code == 2);
  CHECK(world.run({"erase", "--email", "nobody@example.com"}).code == 0);
}

TEST_CASE("version and schema") {
  CHECK(e2e::command({e2e::program(), "version"}).text.find("b24gate ") == 0);
  for (const char* name : {"config", "mapping", "employees", "distribution", "dictionaries", "texts"}) {
    const auto schema = e2e::command({e2e::program(), "schema", name});
    CHECK(schema.code == 0);
    // The committed file is what the declarations say; regenerate it with `b24gate schema NAME`.
    CHECK_MESSAGE(
        schema.text == e2e::read_file(e2e::source_file(std::string("schemas/") + name + ".schema.json")),
        name);
  }
}

TEST_CASE("with users configured the details of readyz ask for a password") {
  World world({.name = "readyz"});
  world.write_config("admin:\n", "admin:\n  users: { admin: pass }\n");
  world.start_daemon();
  const auto asked = [&](const std::string& authorization) {
    return e2e::request("GET", world.admin_port, "/readyz", "", "", {{"Authorization", authorization}});
  };
  const auto monitor = e2e::request("GET", world.admin_port, "/readyz");
  CHECK(monitor.status == 200);
  CHECK(monitor.body == R"({"status":"ready"})");
  CHECK(asked("Basic YWRtaW46d3Jvbmc=").body == monitor.body);
  CHECK(asked("Basic YWRtaW46cGFzcw==").json()["config"]["last_reload"].text() == "good");
  CHECK(asked("basic YWRtaW46cGFzcw==").json()["config"]["last_reload"].text() == "good");
  CHECK(e2e::request("GET", world.admin_port, "/api/v1/status").status == 401);
}

TEST_CASE("arguments that name nothing end with 2, whatever the command") {
  World world({.name = "arguments"});
  world.start_sandbox();
  world.start_daemon();
  REQUIRE(world.post("any/any-secret", R"({"phone":"89030001101"})", "application/json").status == 200);
  REQUIRE(world.settled());
  for (const char* what : {"zzz", "rzz", "lead:x", ""}) {
    CAPTURE(what);
    CHECK(world.run({"show", what}).code == 2);
  }
  CHECK(world.run({"show", "e999"}).code == 1);
  CHECK(world.run({"retry", "foo"}).code == 2);
  CHECK(world.run({"discard", "foo", "--why", "x"}).code == 2);
  CHECK(world.run({"retry", "e999"}).code == 1);
  CHECK(world.run({"retry", "--state", "faild"}).code == 2);

  const auto typo = world.run({"events", "--source", "site-tlda"});
  CHECK(typo.code == 2);
  CHECK(typo.errors.find("unknown source 'site-tlda'; did you mean 'site-tilda'?") != std::string::npos);
  CHECK(world.run({"retry", "--state", "failed", "--source", "site-tlda"}).code == 2);
  CHECK(world.run({"diff", "--source", "site-tlda"}).code == 2);
  CHECK(world.run({"events", "--source", "site-tilda"}).code == 0);
  // Not configured any more, but the journal has its events.
  world.write_config("  any: {", "  other: {");
  const auto old = world.run({"events", "--source", "any", "--json"});
  CHECK(old.code == 0);
  CHECK(json::parse(old.text).value().size() == 1);
}

TEST_CASE("version names every library that does a part of the work") {
  const auto out = e2e::command({e2e::program(), "version", "--json"});
  REQUIRE(out.code == 0);
  const auto versions = json::parse(out.text).value();
  for (const char* library :
       {"sqlite", "openssl", "cpp-httplib", "fmt", "icu", "rapidjson", "cli11", "maxminddb", "re2",
        "libphonenumber", "yaml-cpp", "pugixml", "prometheus-cpp", "libstemmer", "date"}) {
    CAPTURE(library);
    CHECK_FALSE(versions[library].text().empty());
  }
}
