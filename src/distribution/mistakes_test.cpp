// Every mistake that can be made in distribution.yaml, with its exact words; the schema; the speed of many
// rules.
#include <doctest/doctest.h>

#include "distribution/test_support.hpp"

using namespace b24gate;
using namespace b24gate::distribution;
using namespace b24gate::distribution::testing;

namespace {

const std::string file = "mappings/distribution.yaml:";

// The mistakes of a file, without its name.
std::string mistakes(const std::string& text) {
  std::string out = read(text).problems;
  for (std::size_t at = out.find(file); at != std::string::npos; at = out.find(file, at))
    out.erase(at, file.size());
  return out;
}

// The mistakes of one condition, with their columns in `when`.
std::string in_when(const std::string& when) {
  return mistakes("rules:\n- name: r\n  assign: hr\n  when:\n    " + when + "\n");
}

}  // namespace

TEST_CASE("mistakes in conditions") {
  CHECK(in_when("geo.regoin: Омск") ==
        "5:5: unknown event member 'geo.regoin'; did you mean 'geo.region'?\n");
  CHECK(in_when("form.name: { containz: a }") ==
        "5:18: unknown operator 'containz'; did you mean 'contains'?\n");
  CHECK(in_when("fields.a: { lookup: { in: direction } }") ==
        "5:31: unknown dictionary 'direction'; did you mean 'directions'?\n");
  CHECK(in_when("fields.a: { lookup: directions }") == "5:25: expected { in: DICTIONARY }, found a text\n");
  CHECK(in_when("time: { within: ofice }") == "5:21: unknown schedule 'ofice'; did you mean 'office'?\n");
  CHECK(in_when("time: { witin: office }").find("5:13: unknown key 'witin'") != std::string::npos);
  CHECK(in_when("time: office") ==
        "5:11: expected { within: SCHEDULE } or { hours: \"09:00-18:00\", days: mon-fri }, found a text\n");
  CHECK(in_when("text: { matches: '(' }") == "5:22: bad pattern '(': missing ): (\n");
  CHECK(in_when("order.total: { above: много }") == "5:27: expected a number, found 'много'\n");
  CHECK(in_when("text: { exists: maybe }") == "5:21: expected true or false, found 'maybe'\n");
  CHECK(in_when("text: { words: '!' }") == "5:20: words: nothing to look for in '!'\n");
  CHECK(in_when("text: {}") == "5:11: no operators: write a value, a list, or one like { contains: … }\n");
  CHECK(in_when("text: []") == "5:11: an empty list: write at least one value\n");
  CHECK(in_when("text: [[a]]") == "5:12: expected a value, found a list\n");
  CHECK(in_when("any: []") == "5:10: no conditions in this group: write at least one\n");
  CHECK(in_when("any: text") == "5:10: expected a list or a map of conditions, found a text\n");
  CHECK(in_when("kind: from") == "5:11: unknown value of kind 'from'; did you mean 'form'?\n");
  CHECK(in_when("created_by: call-center") ==
        "5:17: unknown employee 'call-center'; did you mean 'call-centre'?\n");
  CHECK(in_when("client.knwon: true") ==
        "5:5: unknown event member 'client.knwon'; did you mean 'client.known'?\n");
  CHECK(in_when("text") ==
        "5:5: expected a map of conditions, like { geo.region: Томская область }, found a text\n");
  // All of them at once, each in its place.
  CHECK(in_when("any: [ { texxt: a }, { not: { kind: cal } } ]") ==
        "5:14: unknown event member 'texxt'; did you mean 'text'?\n5:41: unknown value of kind 'cal'; did "
        "you mean 'call'?\n");
}

TEST_CASE("mistakes in rules") {
  CHECK(mistakes("rules:\n- { name: r, assign: petrov }\n") ==
        "2:22: unknown employee or group 'petrov'; did you mean 'petrova'?\n");
  CHECK(mistakes("rules:\n- { name: r, asign: hr }\n") ==
        "2:3: rule 'r' assigns nobody: write assign: in it or in a rule above it\n2:14: unknown key 'asign'; "
        "did you mean 'assign'?\n");
  CHECK(mistakes("rules:\n- { assign: hr }\n") == "2:3: missing value: 'name:' is required\n");
  CHECK(mistakes("rules:\n- { name: r, assign: { kep: true } }\n") ==
        "2:24: unknown key 'kep'; did you mean 'keep'?\n");
  CHECK(mistakes("rules:\n- { name: r, assign: { keep: false } }\n") ==
        "2:30: keep: expected true, or a name instead of the map\n");
  CHECK(mistakes("rules:\n- { name: r, assign: [hr] }\n") ==
        "2:22: expected an employee, a group, account_manager or { keep: true }, found a list\n");
  CHECK(mistakes("rules:\n- { name: r, assign: hr, set: { enquiry_tipe: hr } }\n") ==
        "2:33: unknown event member 'enquiry_tipe'; did you mean 'enquiry_type'?\n");
  CHECK(mistakes("rules:\n- { name: r, assign: hr, task: { title: t, deadline: 4 workng hours } }\n") ==
        "2:54: expected a deadline like 2h, 4 working hours or 1 working day, found '4 workng hours'; did "
        "you mean '4 working "
        "hours'?\n");
  for (const char* bad : {"0h", "hours", "-1h", "9999999h", "400 days", "4"}) {
    CAPTURE(bad);
    CHECK(mistakes(std::string("rules:\n- { name: r, assign: hr, task: { title: t, deadline: ") + bad +
                   " } }\n")
              .find("2:54: expected a deadline like") == 0);
  }
  CHECK(mistakes("rules:\n- { name: r, assign: hr, robot: { agent: a } }\n") ==
        "2:33: the robot has no source: write source: in it or in a rule above it\n");
  CHECK(mistakes("rules:\n- { name: r, assign: hr, robot: { source: s, agent: a, data: { lead_id: x, "
                 "Имя: \"{{ contact.nam }}\" } } }\n") ==
        "2:64: 'lead_id' is filled by b24gate: give the data another name\n"
        "2:81: unknown path 'contact.nam'; did you mean 'contact.name'?\n");
  CHECK(mistakes("rules:\n- { name: r, assign: hr, task: { auditor: hed } }\n") ==
        "2:32: the task has no title: write title: in it or in a rule above it\n"
        "2:32: the task has no deadline: write deadline: in it or in a rule above it\n"
        "2:43: unknown employee 'hed'; did you mean 'head'?\n");
  CHECK(mistakes("rules:\n- { name: r, assign: gpu, nobody_present: { then: nextrule } }\n") ==
        "2:51: unknown value 'nextrule'; did you mean 'next_rule'?\n");
  CHECK(mistakes("rules:\n- { name: r, assign: gpu, nobody_present: { then: next_rule, at_most: 2h } }\n") ==
        "2:71: at_most: a limit on waiting needs then: wait\n");
  CHECK(mistakes("rules:\n- { name: r, assign: gpu, nobody_present: { then: wait, at_most: 0s } }\n") ==
        "2:66: at_most: expected a duration longer than nothing\n");
  CHECK(mistakes("rules:\n- { name: r, assign: gpu, accept_within: 30 workin minutes }\n") ==
        "2:42: expected a deadline like 2h, 4 working hours or 1 working day, found '30 workin minutes'; did "
        "you mean '30 working minutes'?\n");
  CHECK(mistakes("rules:\n- { name: r, assign: gpu, accept_within: { time: 2h, then: nekst } }\n") ==
        "2:60: unknown value 'nekst'; known: next, head\n");
  CHECK(mistakes("rules:\n- { name: r, assign: gpu, accept_within: { then: head } }\n") ==
        "2:42: missing value: 'time:' is required\n");
  CHECK(mistakes("rules:\n- { name: r, assign: gpu, observers: [petrov] }\n") ==
        "2:39: unknown employee 'petrov'; did you mean 'petrova'?\n");
  CHECK(mistakes("rules:\n- { name: r, assign: gpu, known_client: keep }\n") ==
        "2:41: unknown value 'keep'; known: keep_manager, rules\n");
  CHECK(mistakes("fallback: { assign: gpu }\n") ==
        "1:21: 'gpu' is a group; the fallback is one employee, who is always there\n");
  CHECK(mistakes("fallback: { assign: acount_manager }\n") ==
        "1:21: unknown employee 'acount_manager'; did you mean 'account_manager'?\n");
  CHECK(mistakes("rule: []\n") == "1:1: unknown key 'rule'; did you mean 'rules'?\n");
  CHECK(mistakes("") == "");
}

TEST_CASE("rules that nothing can reach, and names used twice") {
  CHECK(mistakes("rules:\n- { name: a, assign: hr }\n- { name: b, when: { kind: form }, assign: orlov }\n") ==
        "3:3: rule 'b' can never be reached: rule 'a' (line 2) stands before it without conditions and takes "
        "everything\n");
  CHECK(mistakes("rules:\n- { name: a, when: { kind: form, geo.city: Омск }, assign: hr }\n"
                 "- { name: b, when: { geo.city: омск, kind: [form] }, assign: orlov }\n") ==
        "3:3: rule 'b' can never be reached: rule 'a' (line 2) stands before it with the same conditions\n");
  CHECK(mistakes("rules:\n- { name: a, when: { geo.city: [Омск, Томск] }, assign: hr }\n"
                 "- { name: b, when: { kind: form, geo.city: Омск }, assign: orlov }\n") ==
        "3:3: rule 'b' can never be reached: rule 'a' (line 2) stands before it and takes everything that "
        "fits this one\n");
  CHECK(mistakes("rules:\n- { name: a, when: { kind: form }, assign: hr }\n- { name: a, when: { kind: call "
                 "}, assign: hr }\n") ==
        "3:11: two rules side by side are named 'a'; the other one is in line 2\n");
  // A child without conditions takes everything of its parent.
  CHECK(mistakes("rules:\n- { name: a, rules: [ { name: x, assign: hr } ] }\n- { name: b, assign: orlov }\n")
            .find("3:3: rule 'b' can never be reached") == 0);
}

TEST_CASE("overlaps that can never win") {
  // Two rules together take what one of them does not.
  CHECK(mistakes(R"(rules:
- { name: a, when: { geo.city: [Омск, Тула] }, assign: hr }
- { name: b, when: { geo.city: Томск }, assign: orlov }
- { name: c, when: { geo.city: [Омск, Томск], kind: form }, assign: orlov }
)") == "4:3: rule 'c' can never be reached: rules 'a' (line 2) and 'b' (line 3) stand before it and together "
       "take everything that fits this one\n");
  // A rule inside another is hidden by one that stands before both, and is told of once.
  CHECK(mistakes(R"(rules:
- { name: a, when: { geo.city: Омск, company: А }, assign: hr }
- name: b
  when: { company: А }
  rules:
  - { name: c, when: { geo.city: Омск }, rules: [ { name: d, when: { kind: form }, assign: hr } ] }
  - { name: e, assign: orlov }
)") == "6:5: rule 'c' can never be reached: rule 'a' (line 2) stands before it with the same conditions\n");
  // And one behind both by a rule inside.
  CHECK(
      mistakes(R"(rules:
- name: a
  when: { company: А }
  rules:
  - { name: b, when: { geo.city: Омск }, assign: hr }
- { name: c, when: { geo.city: Омск, company: А, kind: form }, assign: orlov }
)") ==
      "6:3: rule 'c' can never be reached: rule 'b' (line 5) stands before it and takes everything that fits "
      "this one\n");
  CHECK(
      mistakes(R"(rules:
- { name: a, when: { order.total: { above: 10 } }, assign: hr }
- { name: b, when: { order.total: { above: 100 } }, assign: orlov }
)") ==
      "3:3: rule 'b' can never be reached: rule 'a' (line 2) stands before it and takes everything that fits "
      "this one\n");
}

TEST_CASE("conditions that exclude each other") {
  const std::string itself = "2:3: rule 'a' can never be reached: its conditions exclude each other\n";
  const std::string above =
      "5:5: rule 'b' can never be reached: its conditions and those of the rules above it exclude each "
      "other\n";
  const auto alone = [&](const std::string& when) {
    return mistakes("rules:\n- { name: a, assign: hr, when: { " + when + " } }\n");
  };
  CHECK(alone("kind: form, all: [ { kind: [call, chat] } ]") == itself);
  CHECK(alone("geo.city: { exists: false, contains: Омск }") == itself);
  CHECK(alone("geo.city: Омск, not: { geo.city: [Омск, Томск] }") == itself);
  CHECK(alone("order.total: { above: 10, below: 5 }") == itself);
  CHECK(alone("all: [ { time: { within: office } }, { time: { not: { within: office } } } ]") == itself);
  CHECK(mistakes("rules:\n- name: a\n  when: { kind: form }\n  rules:\n  - { name: b, when: { kind: call }, "
                 "assign: hr "
                 "}\n  - { name: c, assign: hr }\n") == above);
  // What may have several values may be both; numbers have several spellings.
  for (const char* good_when :
       {"fields.a: x, all: [ { fields.a: y } ]", "contact.phones: \"+7\", not: { geo.city: Омск }",
        "order.total: { equal: 5, not: 6 }", "order.total: { above: 5, below: 10 }",
        "text: { words: [x], not: { words: [x y] } }"}) {
    CAPTURE(good_when);
    CHECK(alone(good_when) == "");
  }
  CHECK(in_when("call.line: 8 (495) 790-75-91") ==
        "5:16: phones are compared as \"+74957907591\", found '8 (495) 790-75-91'\n");
  CHECK(in_when("call.line: [\"+74957907591\", \"101\", sales]") == "");
}

TEST_CASE("rules that can be reached are left alone") {
  for (const char* good_rules : {
           "- { name: a, when: { kind: form }, assign: hr }\n- { name: b, assign: orlov }\n",
           "- { name: a, when: { kind: form }, assign: hr }\n- { name: b, when: { kind: [form, call] }, "
           "assign: orlov }\n",
           // Passed by when nobody is at work.
           "- { name: a, assign: gpu, nobody_present: { then: next_rule } }\n- { name: b, assign: orlov }\n",
           // What came from a service has no creator who could keep it.
           "- { name: a, assign: { keep: true } }\n- { name: b, assign: orlov }\n",
           // Its children may not fit, and it assigns nobody itself.
           "- { name: a, rules: [ { name: x, when: { kind: form }, assign: hr } ] }\n- { name: b, assign: "
           "orlov }\n",
           "- { name: a, when: { not: { kind: form } }, assign: hr }\n- { name: b, when: { not: { kind: call "
           "} }, assign: orlov }\n",
           "- { name: a, when: { text: { words: [x, y] } }, assign: hr }\n- { name: b, when: { text: { "
           "contains: x } }, assign: orlov }\n",
       }) {
    CAPTURE(good_rules);
    CHECK(mistakes(std::string("rules:\n") + good_rules) == "");
  }
  // A mistake in one rule does not make the others unreachable.
  CHECK(mistakes("rules:\n- { name: a, when: { texxt: a }, assign: hr }\n- { name: b, when: { texxt: b }, "
                 "assign: orlov }\n") ==
        "2:22: unknown event member 'texxt'; did you mean 'text'?\n3:22: unknown event member 'texxt'; did "
        "you mean 'text'?\n");
}

TEST_CASE("mistakes in tests") {
  CHECK(mistakes(R"(rules: [ { name: a, assign: hr } ]
tests:
- name: t
  event: { knd: form, form: { nmae: x } }
  at: "2026-03-02T23:10:00"
  present: ivanov, petrov
  load: { ivanow: 1, orlov: x }
  known: lead
  manager: ivan
  expect: { asign: hr, rule: b, group: gp, assign: h, set.x: 1 }
)") == "4:12: unknown event member 'knd'; did you mean 'kind'?\n"
       "4:31: unknown event member 'form.nmae'; did you mean 'form.name'?\n"
       "5:7: expected a time with its offset like 2026-03-02T23:10:00+03:00, found '2026-03-02T23:10:00'\n"
       "6:12: unknown employee 'petrov'; did you mean 'petrova'?\n"
       "7:11: unknown employee 'ivanow'; did you mean 'ivanov'?\n"
       "7:29: expected a whole number, found 'x'\n"
       "8:10: unknown value 'lead'; known: open-lead, client, nobody\n"
       "9:12: unknown employee 'ivan'; known: ivanov, petrova, orlov, hr, sidorova, call-centre\n"
       "10:13: unknown key 'asign'; did you mean 'assign'?\n"
       "10:30: unknown rule 'b'; did you mean 'a'?\n"
       "10:40: unknown group 'gp'; did you mean 'gpu'?\n"
       "10:52: unknown employee 'h'; did you mean 'hr'?\n");
}

TEST_CASE("mistakes in sequences of enquiries") {
  CHECK(mistakes(R"(rules: [ { name: a, assign: gpu } ]
tests:
- name: t
  event: { kind: form }
  repeat: 5
  present: ivanof
  given: { ivanov: { hours: 1 }, petrov: 2 }
  sequence:
  - { repeat: 0, every: soon }
  - { after: 5m, manager: ivan, expect: { shares: { ivanov: 1 }, group: gup } }
  expect: { counts: { ivanov: -1, orlow: 2 }, shares: {}, waits_for: hr, tell_manager: nobody }
- name: u
  expect: { assign: hr }
)") == "5:11: repeat: with a sequence it stands in one of its steps\n"
       "6:12: unknown employee 'ivanof'; did you mean 'ivanov'?\n"
       "7:22: unknown key 'hours'; did you mean 'hour'?\n"
       "7:34: unknown employee 'petrov'; did you mean 'petrova'?\n"
       "9:15: repeat: expected a number from 1 to 10000, found 0\n"
       "9:25: expected a duration like 30s, 10m, 1h or 7d, found 'soon'\n"
       "10:27: unknown employee 'ivan'; known: ivanov, petrova, orlov, hr, sidorova, call-centre\n"
       "10:43: unknown key 'shares'; known: assign, rule, group, fallback, keep, waits_for, tell_manager, "
       "observers, accept_within, robot, set.NAME, lead.FIELD\n"
       "10:73: unknown group 'gup'; did you mean 'gpu'?\n"
       "11:31: counts: expected 0 or more, found -1\n"
       "11:35: unknown employee 'orlow'; did you mean 'orlov'?\n"
       "11:55: shares: name at least one employee\n"
       "11:70: unknown group 'hr'; known: gpu-siberia, gpu, shares, line\n"
       "11:88: unknown employee 'nobody'; known: ivanov, petrova, orlov, hr, sidorova, call-centre\n"
       "12:3: no enquiry: write event: in it\n");
}

TEST_CASE("what a step leaves out is as in its test") {
  const auto reading = good(R"(rules: [ { name: a, assign: gpu } ]
tests:
- name: t
  event: { kind: form }
  at: "2026-03-02T10:00:00+03:00"
  every: 1m
  present: all
  known: client
  given: { ivanov: 3, petrova: { hour: 1, day: 6 } }
  sequence:
  - { repeat: 50 }
  - { event: { kind: call }, after: 1h, present: [ivanov, petrova], known: nobody, manager: orlov, expect: { assign: ivanov } }
  expect: { rule: a, counts: { ivanov: 51 }, shares: { ivanov: 2, orlov: 1 } }
)");
  const auto& test = reading.rules.tests().at(0);
  CHECK(test.given.at("ivanov").day == 3);
  CHECK(test.given.at("petrova").hour == 1);
  CHECK(test.given.at("petrova").day == 6);
  CHECK(test.counts == std::map<std::string, int>{{"ivanov", 51}});
  CHECK(test.shares == std::map<std::string, int>{{"ivanov", 2}, {"orlov", 1}});
  CHECK(json::write(test.expect) == R"({"rule":"a"})");
  REQUIRE(test.steps.size() == 2);
  CHECK(test.steps[0].repeat == 50);
  CHECK(test.steps[0].every == std::chrono::minutes{1});
  CHECK(test.steps[0].event["kind"].text() == "form");
  CHECK(test.steps[0].present == "all");
  CHECK(test.steps[1].event["kind"].text() == "call");
  CHECK(test.steps[1].after == std::chrono::hours{1});
  CHECK(test.steps[1].present == "ivanov,petrova");
  CHECK(test.steps[1].known == "nobody");
  CHECK(test.steps[1].manager == "orlov");
  CHECK(test.steps[1].expect["assign"].text() == "ivanov");
}

TEST_CASE("the rules that may give an answer") {
  const auto reading = good(R"(rules:
- name: a
  when: { kind: form }
  rules:
  - { name: b, when: { geo.city: Омск }, assign: hr }
- name: c
  when: { kind: call }
  assign: hr
  rules:
  - { name: d, when: { geo.city: Омск }, assign: orlov }
- name: e
  when: { kind: chat }
  assign: hr
  rules:
  - { name: f, assign: orlov }
)");
  std::string paths;
  for (const auto& [path, place] : reading.rules.answering())
    paths += path + " " + std::to_string(place.line) + "\n";
  CHECK(paths == "a / b 5\nc 6\nc / d 10\ne / f 15\n");
}

TEST_CASE("the schema describes rules inside rules and conditions inside conditions") {
  yaml::Schemas schemas;
  const auto schema = schemas.document("distribution", Rules::schema(schemas));
  CHECK(schema["properties"]["rules"]["items"]["$ref"].text() == "#/definitions/rule");
  CHECK(schema["definitions"]["rule"]["properties"].object_if()->find("nobody_present"));
  const std::string text = json::write(schema["definitions"]["rule"]);
  CHECK(text.find("#/definitions/rule") != std::string::npos);
  CHECK(text.find("#/definitions/condition") != std::string::npos);
  CHECK(schema["definitions"]["condition"]["properties"].object_if()->find("geo.region"));
  CHECK(schema["definitions"]["operators"]["properties"].object_if()->find("words"));
}

TEST_CASE("hundreds of rules look at a text once") {
  std::string rules = "rules:\n";
  for (int i = 0; i < 400; ++i) {
    const std::string n = std::to_string(i);
    rules += "- { name: r" + n + ", when: { text: { words: [слово" + n + ", ещё слово" + n +
             "] }, time: { within: office } }, assign: gpu }\n";
  }
  const auto reading = good(rules);
  std::string text;
  for (int i = 0; i < 200; ++i) text += "длинное письмо об установках и словах ";
  const Facts known = facts("{\"text\":\"" + text + " слово399\"}");
  CHECK(decide(reading, known).rule == "r399");
}
