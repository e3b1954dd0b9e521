#include "distribution/condition.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "distribution/test_support.hpp"
#include "distribution/words.hpp"

using namespace b24gate;
using namespace b24gate::distribution;
using namespace b24gate::distribution::testing;

TEST_CASE("a value or a list: equal in any case, trimmed, ё as е, numbers as numbers") {
  CHECK(holds("{ company: энергострой }", R"({"company":" ЭнергоСтрой "})"));
  CHECK_FALSE(holds("{ company: ЭнергоСтрой }", R"({"company":"ЭнергоСтрой Плюс"})"));
  CHECK(holds("{ fields.direction: [ГПУ, Когенерация] }", R"({"fields":{"direction":"когенерация"}})"));
  CHECK_FALSE(holds("{ fields.direction: [ГПУ, Когенерация] }", R"({"fields":{}})"));
  CHECK(holds("{ contact.name: Семенов }", R"({"contact":{"name":"Семёнов"}})"));
  CHECK(holds("{ contact.phones: [\"+79030006108\"] }",
              R"({"contact":{"phones":["+74957907591","+79030006108"]}})"));
  CHECK(holds("{ order.total: 1200000 }", R"({"order":{"total":"1200000.00"}})"));
  CHECK_FALSE(holds("{ order.total: \"1200000\" }", R"({"order":{"total":"1200000.00"}})"));
  CHECK(holds("{ order.paid: false }", R"({"order":{"paid":false}})"));
  CHECK_FALSE(holds("{ order.paid: false }", "{}"));
  CHECK(holds("{ geo.region: { equal: [Томская область] } }", R"({"geo":{"region":"томская область"}})"));
}

TEST_CASE("what every enquiry has besides the event") {
  CHECK(holds("{ source: Site-Tilda, connector: tilda, kind: form }", R"({"kind":"form"})"));
  CHECK_FALSE(holds("{ source: site-other }", "{}"));
  CHECK(holds("{ source.title: сайт }", "{}"));
  CHECK(holds("{ utm.source: yandex, channel: site, enquiry_type: order }",
              R"({"utm":{"source":"yandex"},"channel":"site","enquiry_type":"order"})"));
  CHECK(holds("{ call.line: \"+74957907591\" }", R"({"call":{"line":"+74957907591"}})"));
  CHECK(holds("{ order.items.name: { contains: насос } }",
              R"({"order":{"items":[{"name":"Кабель"},{"name":"Насос НЦ"}]}})"));
}

TEST_CASE("contains looks for a piece of text in any case") {
  CHECK(holds("{ form.name: { contains: ваканси } }", R"({"form":{"name":"Наши ВАКАНСИИ"}})"));
  CHECK(holds("{ text: { contains: [турбин, котёл] } }", R"({"text":"нужен котел"})"));
  CHECK_FALSE(holds("{ text: { contains: турбин } }", "{}"));
}

TEST_CASE("words are found in any grammatical form, phrases side by side") {
  const std::string when =
      "{ text: { words: [резюме, вакансия, трудоустройство, газопоршневая установка, price list] } }";
  for (const char* text :
       {"Прошу рассмотреть резюме", "по вакансиям", "ВАКАНСИЮ увидел", "о трудоустройстве.",
        "две газопоршневые\\nустановки", "газопоршневых-установок", "your price lists, please"}) {
    CAPTURE(text);
    CHECK(holds(when, std::string("{\"text\":\"") + text + "\"}"));
  }
  for (const char* text :
       {"газопоршневая и другая установка", "установка газопоршневая", "невакансия", "", "listed price"}) {
    CAPTURE(text);
    CHECK_FALSE(holds(when, std::string("{\"text\":\"") + text + "\"}"));
  }
  // Fleeting vowels.
  for (const auto& forms :
       {std::pair{"заявка", "заявок"}, std::pair{"котёл", "о котлах"}, std::pair{"стойка", "стоек"},
        std::pair{"двигатель", "двигателей"}, std::pair{"станок", "станка"}}) {
    const auto* word = forms.first;
    CAPTURE(word);
    CHECK(holds(std::string("{ text: { words: ") + word + " } }",
                std::string("{\"text\":\"") + forms.second + "\"}"));
  }
  CHECK(holds("{ text: { words: [счёт] } }", R"({"text":"выставьте счет"})"));
}

TEST_CASE("matches is an RE2 pattern in any case, anywhere in the text") {
  CHECK(holds("{ text: { matches: 'гпу\\s+\\d+' } }", R"({"text":"Нужна ГПУ  2 МВт"})"));
  CHECK_FALSE(holds("{ text: { matches: '(?-i)гпу' } }", R"({"text":"Нужна ГПУ"})"));
  CHECK(holds("{ page.url: { matches: ['^https://a\\.', '/vacancy'] } }",
              R"({"page":{"url":"https://b.ru/vacancy/1"}})"));
}

TEST_CASE("exists, above and below") {
  CHECK(holds("{ contact.phones: { exists: true } }", R"({"contact":{"phones":["1"]}})"));
  CHECK(holds("{ contact.phones: { exists: false } }", R"({"contact":{"phones":[]}})"));
  CHECK(holds("{ geo: { exists: true } }", R"({"geo":{"city":"Томск"}})"));
  CHECK(holds("{ order.total: { above: 1000000, below: \"1 200 000,50\" } }",
              R"({"order":{"total":"1200000.00"}})"));
  CHECK_FALSE(holds("{ order.total: { above: 1200000 } }", R"({"order":{"total":"1200000.00"}})"));
  CHECK(holds("{ call.talk_s: { below: 10 } }", R"({"call":{"talk_s":9}})"));
  CHECK_FALSE(
      holds("{ fields.power: { above: 1 } }", R"({"fields":{"power":"2 МВт"}})"));  // the unit matters
}

TEST_CASE("not, all and any") {
  CHECK(holds("{ geo.city: { not: Томск } }", "{}"));
  CHECK_FALSE(holds("{ geo.city: { not: [Омск, Томск] } }", R"({"geo":{"city":"томск"}})"));
  CHECK(holds("{ text: { not: { contains: спам } } }", R"({"text":"заявка"})"));
  CHECK(holds("{ any: [ { kind: call }, { kind: form, geo.city: Омск } ] }",
              R"({"kind":"form","geo":{"city":"Омск"}})"));
  CHECK(holds("{ any: { kind: call, geo.city: Омск } }", R"({"geo":{"city":"Омск"}})"));
  CHECK_FALSE(holds("{ all: [ { kind: call }, { geo.city: Омск } ] }", R"({"geo":{"city":"Омск"}})"));
  CHECK(holds("{ not: { kind: form, geo.city: Омск } }", R"({"kind":"form"})"));                // not both
  CHECK_FALSE(holds("{ not: [ { kind: form }, { geo.city: Омск } ] }", R"({"kind":"form"})"));  // neither
}

TEST_CASE("time is asked of a schedule or of hours written on the spot") {
  CHECK(holds("{ time: { within: office } }", "{}", "2026-03-03T12:00:00+03:00"));
  CHECK_FALSE(holds("{ time: { within: office } }", "{}", "2026-03-03T20:00:00+03:00"));
  CHECK(holds("{ time: { within: [office, night] } }", "{}", "2026-03-03T23:00:00+03:00"));
  CHECK(holds("{ time: { not: { within: office } } }", "{}", "2026-03-09T12:00:00+03:00"));  // a holiday
  CHECK(holds("{ time: { hours: \"10:00-11:00\", days: tue } }", "{}", "2026-03-03T10:30:00+03:00"));
  CHECK_FALSE(holds("{ time: { hours: \"10:00-11:00\", days: mon } }", "{}", "2026-03-03T10:30:00+03:00"));
}

TEST_CASE("look-ups: a key of a dictionary, and what is found there") {
  CHECK(holds("{ fields.direction: { lookup: { in: directions } } }", R"({"fields":{"direction":"ГПУ"}})"));
  CHECK_FALSE(
      holds("{ fields.direction: { lookup: { in: directions } } }", R"({"fields":{"direction":"ДГУ"}})"));
  CHECK(holds("{ fields.direction: { lookup: { in: directions, equal: 46 } } }",
              R"({"fields":{"direction":"Когенерация"}})"));
  CHECK_FALSE(holds("{ fields.direction: { lookup: { in: directions, not: 45 } } }",
                    R"({"fields":{"direction":"ГПУ"}})"));
  // Dictionaries read from the portal after the rules.
  const auto reading = good(
      "rules:\n  - { name: r, when: { fields.direction: { lookup: { in: directions } } }, assign: hr }\n");
  mapping::Dictionary later;
  later.name = "directions";
  later.entries = {{"дгу", "47"}};
  const mapping::Dictionaries now({later});
  Facts known = facts(R"({"fields":{"direction":"ДГУ"}})");
  known.dictionaries = &now;
  CHECK(decide(reading, known).rule == "r");
}

TEST_CASE("who made the lead and what is known of the client") {
  const auto reading = good(R"(rules:
  - { name: made, when: { created_by: [call-centre] }, assign: hr }
  - { name: open, when: { client.open_lead: true, client.manager: petrova }, assign: hr }
  - { name: new, when: { client.known: false, client.manager: false }, assign: hr }
)");
  Facts made = facts();
  made.created_by = "call-centre";
  CHECK(decide(reading, made).rule == "made");
  Facts open = facts();
  open.client = {true, 14, 123};
  CHECK(decide(reading, open).rule == "open");
  CHECK(decide(reading, facts()).rule == "new");
}

TEST_CASE("hostile texts and many threads") {
  CHECK_FALSE(holds("{ text: { words: [турбина] } }", "{\"text\":\"" + std::string(300'000, 'a') + "\"}"));
  CHECK(stems_of("\xff\xd0турбины\xff").size() == 1);
  CHECK(stems_of("").empty());
  CHECK_FALSE(decimal("inf"));
  CHECK_FALSE(decimal("1-2"));
  CHECK_FALSE(decimal(""));
  CHECK(decimal("-1\u00A0000,5") == -1000.5);
  CHECK(decimal("1,200,000.50") == 1200000.5);
  const auto reading =
      good("rules:\n  - { name: r, when: { text: { words: вакансия, matches: 'вак.*' } }, assign: hr }\n");
  const Facts known = facts(R"({"text":"о вакансиях"})");
  std::vector<std::thread> threads;
  std::vector<int> right(4, 0);
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) right[t] += decide(reading, known).rule == "r" ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == std::vector<int>(4, 50));
}
