#include "normalize/normalize.hpp"

#include <doctest/doctest.h>

#include "json/value.hpp"

using namespace b24gate;
using namespace b24gate::normalize;

namespace {
std::string split(std::string_view text) {
  const FullName name = split_name(text);
  return name.last + "|" + name.first + "|" + name.second;
}
using Texts = std::vector<std::string>;
}  // namespace

TEST_CASE("Russian full names") {
  CHECK(split("Иванов Пётр Сергеевич") == "Иванов|Пётр|Сергеевич");
  CHECK(split("Пётр Сергеевич Иванов") == "Иванов|Пётр|Сергеевич");
  CHECK(split("Иванов Пётр") == "Иванов|Пётр|");
  CHECK(split("Пётр Иванов") == "Иванов|Пётр|");
  CHECK(split("  Анна   Волкова ") == "Волкова|Анна|");
  CHECK(split("Дмитрий Кузнецов") == "Кузнецов|Дмитрий|");
  CHECK(split("Пётр Сергеевич") == "|Пётр|Сергеевич");
  CHECK(split("Анна Ильинична") == "|Анна|Ильинична");
  CHECK(split("Кузнецова Мария Кузьминична") == "Кузнецова|Мария|Кузьминична");
  CHECK(split("Алиев Вагиф Рашид оглы") == "Алиев|Вагиф|Рашид оглы");
  CHECK(split("Вагиф Рашид оглы") == "|Вагиф|Рашид оглы");
  CHECK(split("Алиева Лейла Рашид-кызы") == "Алиева|Лейла|Рашид-кызы");
  CHECK(split("Тимур Ахметов") == "Ахметов|Тимур|");
  CHECK(split("Ахметов Т. Б.") == "Ахметов|Т.|Б.");
  CHECK(split("Ахметов Т.Б.") == "Ахметов|Т.|Б.");
  CHECK(split("Салтыков-Щедрин Михаил") == "Салтыков-Щедрин|Михаил|");
  CHECK(split("Олег") == "|Олег|");
  CHECK(split("Константин") == "|Константин|");
  CHECK(split("Иванов") == "Иванов||");
  CHECK(split("ИВАНОВ ПЁТР") == "ИВАНОВ|ПЁТР|");
  CHECK(split("Ivan Petrov") == "Petrov|Ivan|");
  CHECK(split("Petrov Ivan") == "Petrov|Ivan|");
  CHECK(split("John Smith") == "Smith|John|");
  CHECK(split("Азамат 🔧") == "|Азамат|");
  CHECK(split("🙂 Пётр - Иванов !") == "Иванов|Пётр|");
  CHECK(split_name("🔧 🙂").empty());
}

TEST_CASE("what is no name of one person is not split") {
  for (const char* text :
       {"ООО \"Тепло & Свет\"", "ООО «Ромашка»", "ИП Иванов Пётр", "Завод Агрегат",
        "Пётр и Анна из Томска звонят", "Пётр 2", "a@example.com", "", "   ", "Иванов П.С., директор"}) {
    CAPTURE(text);
    CHECK(split_name(text).empty());
  }
  CHECK(split_name(std::string(100'000, 'a')).empty());
  CHECK(split_name("\xFF\xFE").empty());
}

TEST_CASE("e-mails are lower-cased and validated") {
  CHECK(read_email(" A.Volkova@Example.COM ") == "a.volkova@example.com");
  CHECK(read_email("<a@example.com>") == "a@example.com");
  CHECK(read_email("mailto:a+b@sub.example.com") == "a+b@sub.example.com");
  CHECK(read_email("Почта@Пример.РФ") == "почта@пример.рф");
  CHECK(read_email("a@xn--e1afmkfd.xn--p1ai") == "a@xn--e1afmkfd.xn--p1ai");
  for (const char* text : {"", "a", "a@b", "@example.com", "a@", "a@@example.com", "a b@example.com",
                           "a@example..com", ".a@example.com", "a.@example.com", "a..b@example.com",
                           "a@-example.com", "a@example.1", "a@192.0.2.1", "нет", "a@example.c"}) {
    CAPTURE(text);
    CHECK_FALSE(read_email(text));
  }
}

TEST_CASE("utm marks of a page") {
  const auto utm = utm_of_query(
      "https://a.example/"
      "p?x=1&utm_source=direct_mail&amp;utm_medium=e%2Bmail&utm_term=%D0%B3%D0%BF%D1%83+2&utm_source=b#utm_"
      "content=c");
  CHECK(utm.source == "direct_mail");
  CHECK(utm.medium == "e+mail");
  CHECK(utm.term == "гпу 2");
  CHECK(utm.content.empty());
  CHECK(utm_of_query("utm_campaign=a").campaign == "a");
  CHECK(utm_of_query("").empty());
}

TEST_CASE("an event is normalized, nothing is lost, twice is the same as once") {
  event::Event event;
  event.text = "Нужна ГПУ";
  event.contact.name = " Иванов\r\n Пётр ";
  event.contact.phones = {"8 (383) 212-34-56 доб. 12", "8 912 000-33-44, 12-34-56", "звоните",
                          "+79120003344"};
  event.contact.emails = {"A@Example.com, нет@", "a@example.com"};
  event.page.url = "https://a.example/?utm_source=page&utm_medium=cpc";
  event.utm.source = "field";
  normalize::normalize(event, {});
  CHECK(event.contact.name == "Иванов Пётр");
  CHECK(event.contact.first_name == "Пётр");
  CHECK(event.contact.last_name == "Иванов");
  CHECK(event.contact.phones == Texts{"+73832123456", "+79120003344"});
  CHECK(event.contact.extensions == Texts{"+73832123456 доб. 12"});
  CHECK(event.contact.emails == Texts{"a@example.com"});
  CHECK(event.text ==
        "Нужна ГПУ\nТелефон: +73832123456 доб. 12\nТелефон: 12-34-56\nТелефон: звоните\nE-mail: нет@");
  CHECK(event.utm.source == "field");
  CHECK(event.utm.medium == "cpc");
  CHECK(event.geo.country == "RU");
  CHECK(event.geo.region == "Новосибирская область");
  CHECK(event.geo.from == "phone");
  const auto once = json::write(event::to_json(event, TimeZone::utc()));
  normalize::normalize(event, {});
  CHECK(json::write(event::to_json(event, TimeZone::utc())) == once);
}

TEST_CASE("control characters that a visitor sent go, lines and tabs stay") {
  event::Event event;
  event.subject = "Заявка\x1b[31m\x07";
  event.text = "один\r\n\tдва\x1b]0;title\x07";
  event.contact.name = "Пётр\x1b[2J";
  event.contact.emails = {std::string("a\0@example.com", 14)};
  event.fields.set("поле\x01", "\x1b[1mжир");
  normalize::normalize(event, {});
  CHECK(event.subject == "Заявка[31m");
  CHECK(event.text == "один\r\n\tдва]0;title");
  CHECK(event.contact.name == "Пётр[2J");
  CHECK(event.contact.emails == Texts{"a@example.com"});
  REQUIRE(event.fields.find("поле"));
  CHECK(event.fields.find("поле")->text() == "[1mжир");
}

TEST_CASE("a place of the payload is believed before the phone") {
  event::Event event;
  event.contact.phones = {"83832123456"};
  event.geo.city = "Томск";
  normalize::normalize(event, {});
  CHECK(event.geo.region == "Томская область");
  CHECK(event.geo.city == "Томск");
  CHECK(event.geo.from == "payload");
}

TEST_CASE("a mobile tells the country only") {
  event::Event event;
  event.contact.phones = {"+77710001122"};
  normalize::normalize(event, {});
  CHECK(event.geo.country == "KZ");
  CHECK(event.geo.region.empty());
}

TEST_CASE("name fields of their own") {
  event::Event event;
  event.contact.name = "Пётр";
  event.contact.last_name = "Иванов";
  normalize::normalize(event, {});
  CHECK(event.contact.name == "Иванов Пётр");
  CHECK(event.contact.first_name == "Пётр");
  event::Event parts;
  parts.contact.first_name = "Пётр";
  parts.contact.last_name = "Иванов";
  normalize::normalize(parts, {});
  CHECK(parts.contact.name == "Иванов Пётр");
}

TEST_CASE("phones of a call become comparable, other addresses stay") {
  event::Event event;
  event.call.emplace();
  event.call->client = "89030001122";
  event.call->line = "sip:101@pbx.example";
  normalize::normalize(event, {});
  CHECK(event.call->client == "+79030001122");
  CHECK(event.call->line == "sip:101@pbx.example");
}

TEST_CASE("a geo database that is none is an error, not a crash") {
  CHECK(GeoDatabase::open("/nonexistent").error().kind == ErrorKind::config);
  CHECK_FALSE(GeoDatabase::open(B24GATE_SOURCE_DIR "/CMakeLists.txt"));
}
