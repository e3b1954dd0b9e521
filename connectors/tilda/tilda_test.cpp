#include <doctest/doctest.h>

#include "connector/connector.hpp"
#include "connectors/tilda/cookies.hpp"
#include "connectors/tilda/money.hpp"
#include "connectors/tilda/payment.hpp"
#include "text/percent.hpp"

using namespace b24gate;
using namespace b24gate::connector;

namespace {

const Connector& service() { return *find("tilda"); }

Request post(std::string body, std::string referer = "") {
  Request request;
  request.method = "POST";
  request.body = std::move(body);
  if (!referer.empty()) request.headers.emplace_back("Referer", std::move(referer));
  return request;
}

event::Event only(const Request& request, const Source& source = {}) {
  const Reading reading = service().read(request, source);
  REQUIRE(reading.outcome == Outcome::accepted);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}

std::string key(std::string body) { return only(post(std::move(body))).key; }

Source with_key(const char* value, const char* name = nullptr) {
  Source source;
  source.options["api_key"] = value;
  if (name) source.options["api_key_name"] = name;
  return source;
}

}  // namespace

TEST_CASE("tilda: a test field of a real form is not a probe") {
  CHECK(service().read(post("test=test"), {}).outcome == Outcome::probe);
  CHECK(service().read(post("test=test&my_key=abc"), {}).outcome == Outcome::probe);
  CHECK(service().read(post(R"([{"test":"test"}])"), {}).outcome == Outcome::probe);
  CHECK(only(post("test=test&formid=form1")).text == "test: test");
  CHECK(only(post("test=test&tranid=1:2")).key == "tilda:1:2");
  CHECK(only(post("test=test&Phone=89030006108")).contact.phones.size() == 1);
  CHECK(only(post("test=tests")).kind == event::Kind::form);
}

TEST_CASE("tilda: utm marks have three layers, the upper one wins, mark by mark") {
  const std::string cookies =
      text::percent_encoded("a=1; TILDAUTM=utm_source%3Dcookie%7C%7C%7Cutm_medium%3Dcpc%7C%7C%7C");
  const auto event = only(post("utm_source=field&utm_medium=&Phone=1&COOKIES=" + cookies,
                               "https://a.example/?utm_source=page&utm_term=t"));
  CHECK(event.utm.source == "field");
  CHECK(event.utm.medium == "cpc");
  CHECK(event.text == "");
}

TEST_CASE("tilda: each layer of TILDAUTM is taken off once") {
  const auto utm = tilda::utm_of_cookies(
      "x=TILDAUTM=1; "
      "TILDAUTM=utm_source%3Da%252Bb%7C%7C%7Camp%3Butm_medium%3Dc%2Bd%23frag%7C%7C%7Cutm_term%3D100%2525%7C%"
      "7C%"
      "7Cutm_content"
      "%3Dk%3Dv%7C%7C%7C");
  CHECK(utm.source == "a+b");
  CHECK(utm.medium == "c+d");
  CHECK(utm.term == "100%");
  CHECK(utm.content == "k=v");
  CHECK(tilda::utm_of_cookies("utm_source=x").empty());
  CHECK(tilda::utm_cookie_of("a=1; TILDAUTM=x%3D1; b=2") == "TILDAUTM=x%3D1");
}

TEST_CASE("tilda: the key of a submission") {
  CHECK(key("Phone=1&tranid=12%3A34") == "tilda:12:34");
  const std::string unpaid = key("Phone=1&payment[orderid]=77&payment[systranid]=0&payment[amount]=100");
  CHECK(unpaid == "tilda:77:0:100");
  CHECK(key("payment[amount]=100&payment[orderid]=77&Phone=1&payment[systranid]=") == unpaid);
  CHECK(key("payment[orderid]=77&payment[systranid]=9&payment[amount]=100") == "tilda:77:9:100");
  CHECK(key("payment[orderid]=77&payment[systranid]=0&payment[amount]=90") == "tilda:77:0:90");
  CHECK(key("tranid=1:2&payment[orderid]=77&payment[systranid]=0") == "tilda:1:2");
  CHECK(key("tranid=1:2&payment[orderid]=77&payment[systranid]=9") == "tilda:1:2:9");
  CHECK(key("Phone=1&COOKIES=a") == key("Phone=1&COOKIES=b"));
  CHECK(key("Phone=1") != key("Phone=2"));
}

TEST_CASE("tilda: the member area never overrides the form") {
  const auto event = only(post(
      "ma_name=Account&ma_email=ma%40example.com&ma_phone=89031111111&ma_id=5&Name=Form&Phone=89030006108"));
  CHECK(event.contact.name == "Form");
  CHECK(event.contact.phones == std::vector<std::string>{"89030006108"});
  CHECK(event.contact.emails == std::vector<std::string>{"ma@example.com"});
}

TEST_CASE("tilda: the page is the hidden field, else the header") {
  CHECK(only(post("Phone=1", "https://a.example/")).page.url == "https://a.example/");
  const auto event =
      only(post("Phone=1&page_url=https://b.example/&referer=https://c.example/", "https://a.example/"));
  CHECK(event.page.url == "https://b.example/");
  CHECK(event.page.referrer == "https://c.example/");
}

TEST_CASE("tilda: answers become text in their order, empty and null ones nothing") {
  const auto event = only(post(
      R"({"Name":" Анна ","Phone_2":"89030006108","Comments":"a\r\nb","Тип_объекта_":"цех &amp; склад","Input":null,"Input_2":"","formname":"Заявка"})"));
  CHECK(event.text == "a\nb\nТип объекта: цех & склад\nФорма: Заявка");
  CHECK(event.fields.find("Тип_объекта_")->text() == "цех & склад");
  CHECK(event.fields.size() == 1);
  CHECK(event.contact.name == "Анна");
  CHECK(event.subject == "Заявка");
}

TEST_CASE("tilda: the API key in the body or a header, by its own name") {
  const auto verify = [](Request request, const Source& source) { return service().verify(request, source); };
  CHECK(verify(post("Phone=1&api_key=K-1"), with_key("K-1")) == Proof::good);
  CHECK(verify(post("Phone=1&secretword=K-1"), with_key("K-1", "SecretWord")) == Proof::good);
  CHECK(verify(post("Phone=1&api_key=wrong"), with_key("K-1")) == Proof::bad);
  CHECK(verify(post("Phone=1&secretword=wrong"), with_key("K-1", "SecretWord")) == Proof::bad);
  CHECK(verify(post("Phone=1"), with_key("K-1")) == Proof::absent);
  CHECK(verify(post("Phone=1&api_key=any"), {}) == Proof::absent);
  CHECK(verify(post(R"([{"api_key":"K-1"}])"), with_key("K-1")) == Proof::good);
  Request request = post("Phone=1");
  request.headers.emplace_back("x-token", "K-1");
  CHECK(verify(request, with_key("K-1", "X-Token")) == Proof::good);
  CHECK(service().can_prove(with_key("K-1").options));
  CHECK_FALSE(service().can_prove({}));
  Source source;
  source.secrets = {Secret("K-2")};
  CHECK(verify(post("Phone=1&anything=K-2"), source) == Proof::good);
  CHECK(only(post("Phone=1&anything=K-2&secretword=x"), source).text == "secretword: x");
  Request stored = post("Phone=1&anything=K-2");
  service().redact(stored, source);
  CHECK(stored.body == "Phone=1&anything=***");
}

TEST_CASE("tilda: a payment that cannot be read stays visible") {
  const auto event = only(post("Phone=1&payment=%7Bbroken"));
  CHECK(event.kind == event::Kind::order);
  CHECK_FALSE(event.order);
  CHECK(event.text == "payment: {broken");
  CHECK(only(post("Phone=1&payment=")).kind == event::Kind::form);
}

TEST_CASE("tilda: products written as one text") {
  const auto item = [](const char* text) {
    const auto read = tilda::item_of_text(text);
    return read.name + "|" + read.quantity + "|" + read.price;
  };
  CHECK(item("Фильтр=1000") == "Фильтр|1|1000");
  CHECK(item("Фильтр (FM-1, L = 5) x 3 ≡ 960") == "Фильтр (FM-1, L = 5)|3|320");
  CHECK(item("Фильтр (FM-1) x 7 ≡ 100") == "Фильтр (FM-1)|7|");
  CHECK(item("Фильтр - 2x5000.50 = 10001") == "Фильтр|2|5000.50");
  CHECK(item("Кабель 3x2.5 = 100") == "Кабель 3x2.5|1|100");
  CHECK(item("Без цены") == "Без цены||");
  CHECK(item("") == "||");
}

TEST_CASE("tilda: money is exact") {
  CHECK(tilda::decimal("1 200,50") == "1200.50");
  CHECK_FALSE(tilda::decimal("-5"));
  CHECK_FALSE(tilda::decimal("5."));
  CHECK_FALSE(tilda::decimal("99999999999999999999"));
  CHECK(tilda::unit_price("9000", "2") == "4500");
  CHECK(tilda::unit_price("10.10", "2") == "5.05");
  CHECK(tilda::unit_price("10", "3") == "");
  CHECK(tilda::unit_price("10", "0") == "");
  CHECK(tilda::unit_price("999999999999999", "1") == "");
}

TEST_CASE("tilda: options of a product and products in brackets with gaps") {
  const auto payment = *json::parse(
      R"({"orderid":"1","amount":"20","currency":"RUB","systranid":"7","products":{"3":{"name":"A","quantity":2,"amount":20,"options":[{"option":"Цвет","variant":"синий"}]}}})");
  const auto order = tilda::order_of(payment);
  REQUIRE(order.items.size() == 1);
  CHECK(order.items[0].name == "A (Цвет: синий)");
  CHECK(order.items[0].price == "10");
  CHECK(order.paid);
  CHECK(tilda::order_text(payment, order) ==
        "Заказ: 1\n1. A (Цвет: синий), 2 шт. × 10\nИтого: 20 RUB\nОплачено: да");
}
