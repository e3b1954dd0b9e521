// The decision as a whole: PRODUCT's example, inheritance, known clients, nobody at work, the sentences.
#include <doctest/doctest.h>

#include <chrono>

#include "distribution/test_support.hpp"

using namespace b24gate;
using namespace b24gate::distribution;
using namespace b24gate::distribution::testing;

namespace {

const std::string example = R"(# yaml-language-server: $schema=../schemas/distribution.json
rules:                                   # a tree; first match wins; children inherit
  - name: вакансии
    when:
      any:
        - form.name: { contains: ваканси }
        - text: { words: [резюме, вакансия, трудоустройство] }     # any grammatical form
    set: { enquiry_type: hr }
    assign: hr
    lead: { STATUS_ID: HR }
  - name: газопоршневые установки
    when: { company: ЭнергоСтрой, fields.direction: [ГПУ, когенерация] }
    task: { title: "Обработать: {{ lead.TITLE }}", deadline: 4 working hours, auditor: head }
    rules:
      - name: Сибирь
        when: { geo.region: [Томская область, Новосибирская область] }
        assign: gpu-siberia
      - name: остальные
        assign: gpu
  - name: внешний колл-центр
    when: { created_by: [call-centre] }
    assign: { keep: true }
known_client: keep_manager               # keep_manager | rules
nobody_present: { then: fallback }       # fallback | next_rule | wait
fallback:
  assign: account_manager
  notify: "Не подошло ни одно правило: назначьте ответственного. {{ lead.url }}"
tests:
  - name: вакансия уходит в HR и ночью
    event: { kind: form, form.name: Вакансии, text: Прошу рассмотреть резюме }
    at: "2026-03-02T23:10:00+03:00"
    present: none
    expect: { assign: hr, rule: вакансии }
)";

constexpr std::string_view siberia =
    R"({"company":"ЭнергоСтрой","fields":{"direction":"ГПУ"},"geo":{"region":"Томская область"}})";
constexpr std::string_view elsewhere = R"({"company":"ЭнергоСтрой","fields":{"direction":"ГПУ"}})";

}  // namespace

TEST_CASE("the example of the product: vacancies go to HR at night") {
  const auto reading = good(example);
  const auto decision =
      decide(reading, facts(R"({"kind":"form","form":{"name":"Вакансии"}})", "2026-03-02T23:10:00+03:00"));
  CHECK(decision.employee == "hr");
  CHECK(decision.user_id == 31);
  CHECK(decision.rule == "вакансии");
  CHECK(decision.at == "mappings/distribution.yaml:3");
  CHECK(decision.reason == "named by the rule, although not at work now: outside office hours (schedule)");
  CHECK(decision.sentence ==
        "Ответственный hr: правило «вакансии» (distribution.yaml:3), назван в правиле, хотя сейчас не на "
        "работе.");
  CHECK(decision.set.find("enquiry_type")->text() == "hr");
  REQUIRE(decision.lead.size() == 1);
  CHECK(decision.lead[0].first == "STATUS_ID");
  CHECK_FALSE(decision.task);
  REQUIRE(reading.rules.tests().size() == 1);
  CHECK(reading.rules.tests()[0].steps.at(0).present == "none");
  CHECK(reading.rules.tests()[0].at == at("2026-03-02T23:10:00+03:00"));
  CHECK(reading.rules.crm_fields()[0].first == "STATUS_ID");
  CHECK(reading.rules.crm_fields()[0].second.text() == "mappings/distribution.yaml:10:13");
}

TEST_CASE("the example of the product: a group, its reasons and its task") {
  const auto reading = good(example);
  const auto load = [](const people::Employee& e) -> std::optional<int> {
    return e.name == "ivanov" ? 4 : 1;
  };
  const auto decision = decide(reading, facts(siberia), {}, load);
  CHECK(
      json::write(to_json(decision)) ==
      R"x({"employee":"petrova","user_id":14,"group":"gpu-siberia","rule":"газопоршневые установки / Сибирь",)x"
      R"x("at":"mappings/distribution.yaml:15","reason":"least loaded of 2 present (1 open lead)",)x"
      R"x("sentence":"Ответственный Петрова: правило «газопоршневые установки / Сибирь» )x"
      R"x((distribution.yaml:15), группа gpu-siberia, наименее загружен (открытых лидов: 1).",)x"
      R"x("considered":[{"employee":"ivanov","skipped":"more loaded: 4 open leads, weight 2","cause":"load"}]})x");
  REQUIRE(decision.task);
  CHECK(decision.task->title.text() == "Обработать: {{ lead.TITLE }}");
  CHECK(decision.task->deadline == "4 working hours");
  CHECK(decision.task->working);
  CHECK(decision.task->auditor == "head");
  CHECK(to_iso(deadline_of(*decision.task, reading.roster, "petrova", at("2026-03-03T16:00:00+03:00")),
               *TimeZone::find("Europe/Moscow")) == "2026-03-04T11:00:00+03:00");
  CHECK(decide(reading, facts(elsewhere)).rule == "газопоршневые установки / остальные");
}

TEST_CASE("the example of the product: the call centre keeps what it made") {
  Facts made = facts();
  made.created_by = "call-centre";
  const auto decision = decide(good(example), made);
  CHECK(decision.keep);
  CHECK(decision.employee == "call-centre");
  CHECK(decision.reason == "whoever created the lead keeps it: call-centre");
  CHECK_FALSE(decision.fallback);
}

TEST_CASE("what fits no rule goes to the account manager, who is told to assign by hand") {
  const auto decision = decide(good(example), facts());
  CHECK(decision.employee == "sidorova");
  CHECK(decision.fallback);
  CHECK(decision.rule == "");
  CHECK(decision.at == "");
  CHECK(decision.reason == "no rule fits; sidorova is to assign somebody by hand");
  CHECK(decision.sentence == "Ответственный Сидорова: не подошло ни одно правило, нужно назначить вручную.");
  REQUIRE(decision.notify);
  CHECK(decision.notify->text() == "Не подошло ни одно правило: назначьте ответственного. {{ lead.url }}");
  CHECK(to_json(decision)["rule"].is_null());
  // And why each of the rules did not fit.
  std::string why;
  for (const auto& one : decision.unmatched) why += one.at + " " + one.rule + ": " + one.why + "\n";
  CHECK(
      why ==
      "mappings/distribution.yaml:3 вакансии: not so: form.name contains ваканси; not so: text has the words "
      "резюме, вакансия, трудоустройство\n"
      "mappings/distribution.yaml:11 газопоршневые установки: not so: company is энергострой\n"
      "mappings/distribution.yaml:20 внешний колл-центр: not so: created_by is call-centre\n");
  CHECK(json::write(to_json(decision))
            .find(R"("unmatched_lines":["вакансии: не форма содержит: ваканси; не )"
                  R"(текст, слова: резюме, вакансия, трудоустройство",)") != std::string::npos);
  // Of a rule that fits the inner ones are told; what is excluded is named as such.
  const auto inner = decide(good(R"(rules:
  - name: a
    when: { kind: form }
    rules:
      - { name: b, when: { geo.region: [1, 2, 3, 4] }, assign: hr }
      - { name: c, when: { text: { exists: true, not: { words: отказ } } }, assign: hr }
      - { name: d, when: { time: { within: night } }, assign: hr }
      - { name: e, when: { order.total: { above: 5 }, fields.direction: { lookup: { in: directions } } }, assign: hr }
)"),
                            facts(R"({"kind":"form","text":"Пишу об отказах","order":{"total":"7"}})"));
  CHECK(json::write(to_json(inner)["unmatched_lines"]) ==
        R"(["a / b: не регион: 1, 2, 3, …","a / c: исключено: текст, слова: отказ","a / d: не время: night",)"
        R"("a / e: не поле «direction» (directions) указано"])");
  // Without any file there is still an answer.
  const auto bare = Rules().decide(facts(), good(example).roster, {});
  CHECK(bare.employee == "sidorova");
  CHECK(bare.fallback);
  CHECK(Rules().decide(facts(), people::Roster(), {}).employee == "");
}

TEST_CASE("nobody at work: fallback, the next rule, or waiting") {
  const auto rules = [](const std::string& then) {
    // With `fallback` and `wait` the second rule is out of reach, which `check` reports.
    return read(
        "rules:\n  - { name: a, assign: gpu, nobody_present: { then: " + then +
        " }, task: { title: t, deadline: 2h } }\n  - { name: b, when: { kind: form }, assign: hr }\n");
  };
  const Facts night = facts(R"({"kind":"form"})", "2026-03-03T23:00:00+03:00");
  const auto fallback = decide(rules("fallback"), night);
  CHECK(fallback.employee == "sidorova");
  CHECK(fallback.fallback);
  CHECK(fallback.rule == "a");
  CHECK(fallback.group == "");
  CHECK(fallback.task);
  CHECK(fallback.considered.size() == 3);
  CHECK(fallback.turns.empty());
  CHECK(fallback.reason == "nobody of group gpu can be chosen now; sidorova is to assign somebody by hand");
  CHECK(fallback.sentence ==
        "Ответственный Сидорова: правило «a» (distribution.yaml:2), никого из группы gpu нет на работе, "
        "нужно назначить "
        "вручную; не выбраны: Иванов (вне рабочего времени), Петрова (вне рабочего времени), orlov (вне "
        "рабочего времени).");
  const auto next = decide(rules("next_rule"), night);
  CHECK(next.employee == "hr");
  CHECK(next.rule == "b");
  CHECK(next.considered.size() == 3);
  const auto wait = decide(rules("wait"), night);
  CHECK(wait.employee == "sidorova");
  CHECK(wait.waits_for == "gpu");
  CHECK_FALSE(wait.waits_until);
  CHECK(wait.group == "");
  CHECK_FALSE(wait.fallback);
  CHECK_FALSE(wait.task);  // it comes with whoever is chosen
  CHECK(wait.reason ==
        "nobody of group gpu can be chosen now; waits for one of them, meanwhile with sidorova");
  CHECK(wait.sentence.find("Ответственный Сидорова: правило «a» (distribution.yaml:2), никого из группы gpu "
                           "нет на работе, лид ждёт первого из них; не выбраны: Иванов") == 0);
  CHECK(wait.notify->text().find("назначать вручную пока не нужно") != std::string::npos);
  CHECK(json::write(to_json(wait)).find(R"("waits_for":"gpu")") != std::string::npos);
  const auto limited = decide(rules("wait, at_most: 2h"), night);
  CHECK(limited.waits_until == at("2026-03-04T01:00:00+03:00"));
  CHECK(json::write(to_json(limited)).find(R"("waits_until":"2026-03-03T22:00:00+00:00")") !=
        std::string::npos);
  const auto none = decide(rules("next_rule"), facts("{}", "2026-03-03T23:00:00+03:00"));
  CHECK(none.reason ==
        "nobody of group gpu can be chosen now, and no further rule fits; sidorova is to assign somebody by "
        "hand");
}

TEST_CASE("children inherit and override line by line") {
  const auto reading = good(R"(rules:
  - name: a
    when: { kind: form }
    assign: hr
    set: { enquiry_type: order, company: А }
    lead: { STATUS_ID: NEW, SOURCE_ID: WEB }
    notify: Новый лид
    task: { title: Позвонить, deadline: 2h, auditor: head }
    rules:
      - name: b
        when: { geo.city: Омск }
        set: { company: Б }
        lead: { STATUS_ID: OMSK }
        task: { deadline: 1 working day, auditor: orlov }
      - name: c
        when: { geo.city: Томск }
        assign: orlov
        task: none
        notify: ""
)");
  const auto b = decide(reading, facts(R"({"kind":"form","geo":{"city":"Омск"}})"));
  CHECK(b.employee == "hr");
  CHECK(b.rule == "a / b");
  CHECK(b.set.find("company")->text() == "Б");
  CHECK(b.set.find("enquiry_type")->text() == "order");
  REQUIRE(b.lead.size() == 2);
  CHECK(b.lead[0].second.place().text() == "mappings/distribution.yaml:13:28");
  CHECK(b.task->title.text() == "Позвонить");
  CHECK(b.task->auditor == "orlov");
  CHECK(b.task->amount == std::chrono::hours{9});  // a working day of the office
  CHECK(b.task->working);
  CHECK(b.notify->text() == "Новый лид");
  const auto c = decide(reading, facts(R"({"kind":"form","geo":{"city":"Томск"}})"));
  CHECK(c.employee == "orlov");
  CHECK_FALSE(c.task);
  CHECK_FALSE(c.notify);
  const auto a = decide(reading, facts(R"({"kind":"form"})"));
  CHECK(a.rule == "a");
  CHECK(a.task->amount == std::chrono::hours{2});
}

TEST_CASE("a rule without children that fit passes on when it assigns nobody itself") {
  const auto reading = good(R"(rules:
  - name: a
    rules:
      - { name: b, when: { kind: call }, assign: hr }
  - { name: c, assign: orlov }
)");
  CHECK(decide(reading, facts(R"({"kind":"form"})")).rule == "c");
  CHECK(decide(reading, facts(R"({"kind":"call"})")).rule == "a / b");
}

TEST_CASE("a known client goes to its manager without using up a turn") {
  const std::string rules =
      "rules:\n  - { name: g, when: { kind: form }, assign: gpu, set: { enquiry_type: order } }\n"
      "  - { name: n, when: { kind: call }, assign: hr }\n"
      "  - { name: own, when: { kind: chat }, assign: gpu, known_client: rules }\n";
  const auto reading = good(rules);
  Facts known = facts(R"({"kind":"form"})");
  known.client = {true, 15, 0};
  const auto kept = decide(reading, known, {{"gpu", "ivanov"}});
  CHECK(kept.employee == "orlov");
  CHECK(kept.group == "");
  CHECK(kept.turns.empty());
  CHECK(kept.rule == "g");
  CHECK(kept.set.find("enquiry_type"));
  CHECK(kept.reason == "the client's manager, who is at work");
  CHECK(kept.sentence == "Ответственный orlov: правило «g» (distribution.yaml:2), менеджер этого клиента.");

  Facts night = known;
  night.at = at("2026-03-03T20:00:00+03:00");
  const Circumstances without_orlov{[](const people::Employee& e, TimePoint) -> people::Presence {
                                      return {e.name != "orlov", "on leave (absence)", ""};
                                    },
                                    {},
                                    {},
                                    {}};
  const auto absent = reading.rules.decide(known, reading.roster, without_orlov);
  CHECK(absent.employee == "ivanov");
  REQUIRE(absent.considered.size() == 2);
  CHECK(absent.considered[0].skipped == "the client's manager, but on leave (absence)");
  // He is told who has his client instead; also when nobody has.
  CHECK(absent.tell_manager == 15);
  CHECK(kept.tell_manager == 0);
  known.declined = {"orlov"};
  const auto declined = decide(reading, known);
  CHECK(declined.employee == "ivanov");
  CHECK(declined.considered[0].skipped == "the client's manager, but had it and did not accept it in time");
  CHECK(declined.tell_manager == 0);
  known.declined.clear();

  Facts call = known;
  call.scope = facts(R"({"kind":"call"})").scope;
  CHECK(decide(reading, call).employee == "hr");  // a rule that names a person wins
  Facts chat = known;
  chat.scope = facts(R"({"kind":"chat"})").scope;
  CHECK(decide(reading, chat).employee == "ivanov");
  Facts other = known;
  other.scope = facts(R"({"kind":"quiz"})").scope;
  CHECK(decide(reading, other).employee == "orlov");  // no rule fits
  CHECK_FALSE(decide(reading, other).fallback);
  CHECK(decide(good(rules + "known_client: rules\n"), known).employee == "ivanov");
  Facts stranger = known;
  stranger.client.manager_user_id = 99;
  CHECK(decide(reading, stranger).considered[0].skipped == "the client's manager, but not in employees.yaml");
}

TEST_CASE("each candidate is asked about once") {
  const auto reading = good(
      "nobody_present: { then: next_rule }\nrules:\n  - { name: a, assign: gpu }\n  - { name: b, assign: "
      "shares }\n");
  std::map<std::string, int> asked;
  const auto decision = reading.rules.decide(facts(), reading.roster,
                                             {[&](const people::Employee& e, TimePoint) -> people::Presence {
                                                ++asked[e.name];
                                                return {false, "away", ""};
                                              },
                                              {},
                                              {},
                                              {}});
  CHECK(asked == std::map<std::string, int>{{"ivanov", 1}, {"petrova", 1}, {"orlov", 1}});
  CHECK(decision.considered.size() == 3);
  CHECK(decision.sentence.find("Иванов (нет на работе)") != std::string::npos);
}

TEST_CASE("who does not accept in time, and who looks on") {
  const auto reading = good(R"(rules:
  - name: a
    assign: gpu
    accept_within: 30 working minutes
    observers: [head, sidorova]
    rules:
      - name: b
        when: { kind: call }
        accept_within: { time: 1 working day, then: head }
        observers: []
      - { name: c, when: { kind: chat }, assign: hr }
      - { name: d, when: { kind: quiz }, accept_within: none }
)");
  const auto a = decide(reading, facts());
  REQUIRE(a.acceptance);
  CHECK(a.acceptance->then == Acceptance::Then::next);
  CHECK(a.acceptance->group == "gpu");
  CHECK(a.observers == std::vector<std::string>{"head", "sidorova"});
  CHECK(to_iso(deadline_of(*a.acceptance, reading.roster, a.employee, at("2026-03-03T17:45:00+03:00")),
               *TimeZone::find("Europe/Moscow")) == "2026-03-04T09:15:00+03:00");
  CHECK(
      json::write(to_json(a))
          .find(
              R"("accept_within":{"time":"30 working minutes","then":"next","group":"gpu"},"observers":["head","sidorova"])") !=
      std::string::npos);
  const auto b = decide(reading, facts(R"({"kind":"call"})"));
  REQUIRE(b.acceptance);
  CHECK(b.acceptance->then == Acceptance::Then::head);
  CHECK(b.acceptance->group == "");
  CHECK(b.acceptance->amount == std::chrono::hours{9});
  CHECK(b.observers.empty());
  // Nobody comes after a person whom the rule names.
  CHECK(decide(reading, facts(R"({"kind":"chat"})")).acceptance->then == Acceptance::Then::head);
  CHECK_FALSE(decide(reading, facts(R"({"kind":"quiz"})")).acceptance);
  // Not for the account manager, who is to assign somebody else.
  CHECK_FALSE(decide(reading, facts("{}", "2026-03-03T23:00:00+03:00")).acceptance);
}

TEST_CASE("a robot: inherited line by line, taken back by none, also while nobody can be chosen") {
  const auto reading = good(R"(rules:
  - name: a
    assign: gpu
    nobody_present: { then: wait }
    robot: { source: robot, agent: "1", data: { Имя: "{{ contact.name }}", Город: x } }
    rules:
      - name: b
        when: { kind: call }
        robot: { agent: "2", data: { Город: "{{ geo.city }}" } }
      - { name: c, when: { kind: chat }, robot: none }
      - { name: d, when: { kind: quiz }, assign: { keep: true } }
)");
  const auto a = decide(reading, facts());
  REQUIRE(a.robot);
  CHECK(a.robot->source == "robot");
  CHECK(a.robot->agent == "1");
  CHECK(a.robot->data.at(1).second.text() == "x");
  CHECK(json::write(to_json(a)).find(R"("robot":"robot")") != std::string::npos);
  const auto b = decide(reading, facts(R"({"kind":"call"})"));
  REQUIRE(b.robot);
  CHECK(b.robot->source == "robot");
  CHECK(b.robot->agent == "2");
  REQUIRE(b.robot->data.size() == 2);
  CHECK(b.robot->data[0].second.text() == "{{ contact.name }}");
  CHECK(b.robot->data[1].second.text() == "{{ geo.city }}");
  CHECK_FALSE(decide(reading, facts(R"({"kind":"chat"})")).robot);
  const auto night = decide(reading, facts("{}", "2026-03-03T23:00:00+03:00"));
  CHECK(night.waits_for == "gpu");
  CHECK(night.robot);
  CHECK(reading.rules.robots().size() == 1);
}
