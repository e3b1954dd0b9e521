// Way B: what the samples do not show.
#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "connector/connector.hpp"
#include "connectors/bitrix-site/answers.hpp"
#include "connectors/bitrix-site/order.hpp"

using namespace b24gate;
using namespace b24gate::connector;
using Texts = std::vector<std::string>;

namespace {

constexpr std::int64_t now = 1'795'169'111;

const Connector& service() { return *find("bitrix-site"); }

Source shop() {
  Source source;
  source.name = "site-shop";
  source.secrets = {Secret("demo-bitrix-site-secret")};
  return source;
}

Request post(std::string body) {
  Request request;
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  request.body = std::move(body);
  request.received_at = from_unix_ms(now * 1000);
  return request;
}

std::string hex_hmac(const std::string& key, const std::string& text) {
  unsigned char digest[32];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  std::string out;
  for (const unsigned char byte : digest) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

// As a site whose clock is `apart` seconds away signs it.
Request signed_post(const std::string& body, std::int64_t apart = 0) {
  Request request = post(body);
  const std::string time = std::to_string(now + apart);
  request.headers.emplace_back("X-Gate-Timestamp", time);
  request.headers.emplace_back("X-Gate-Signature",
                               "sha256=" + hex_hmac("demo-bitrix-site-secret", time + "." + body));
  return request;
}

event::Event only(const std::string& body) {
  const Reading reading = service().read(post(body), shop());
  REQUIRE(reading.outcome == Outcome::accepted);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}

event::Event form(const std::string& fields, const std::string& more = "") {
  return only(R"({"type":"form","id":"f1")" + more + R"(,"form":{"code":"C","fields":[)" + fields + "]}}");
}

std::string show(const event::Event& event) {
  std::string out = event.contact.name;
  for (const auto& phone : event.contact.phones) out += "|" + phone;
  for (const auto& email : event.contact.emails) out += "|" + email;
  return out;
}

}  // namespace

TEST_CASE("bitrix-site: a signature is of this body, by this secret, of these five minutes") {
  const std::string body = R"({"type":"form","id":"1"})";
  CHECK(service().verify(signed_post(body), shop()) == Proof::good);
  CHECK(service().verify(signed_post(body, 300), shop()) == Proof::good);
  CHECK(service().verify(signed_post(body, -300), shop()) == Proof::good);
  for (const std::int64_t apart : {301, -301, 100'000'000}) {
    const Request stale = signed_post(body, apart);
    CHECK(service().verify(stale, shop()) == Proof::bad);
    CHECK(service().verify_failure(stale, shop()).code == "stale_timestamp");
    CHECK(service().verify_failure(stale, shop()).reason.find("clock") != std::string_view::npos);
  }
  Request changed = signed_post(body);
  changed.body += " ";
  CHECK(service().verify(changed, shop()) == Proof::bad);
  CHECK(service().verify_failure(changed, shop()).code == "bad_signature");
  CHECK(service().verify_failure(changed, shop()).reason.empty());
  Source other = shop();
  other.secrets = {Secret("other")};
  CHECK(service().verify(signed_post(body), other) == Proof::bad);
  other.secrets.emplace_back("demo-bitrix-site-secret");
  CHECK(service().verify(signed_post(body), other) == Proof::good);
  other.secrets.clear();
  CHECK(service().verify(signed_post(body), other) == Proof::bad);
  CHECK(service().verify(post(body), shop()) == Proof::absent);
}

TEST_CASE("bitrix-site: a signature that cannot be one is bad, its absence is not") {
  const std::string body = "{}";
  const auto verify = [&](const char* time, const char* signature) {
    Request request = post(body);
    if (time) request.headers.emplace_back("x-gate-timestamp", time);
    if (signature) request.headers.emplace_back("x-gate-signature", signature);
    return service().verify(request, shop());
  };
  const std::string right = "sha256=" + hex_hmac("demo-bitrix-site-secret", "1795169111.{}");
  CHECK(verify("1795169111", right.c_str()) == Proof::good);
  CHECK(verify(nullptr, right.c_str()) == Proof::bad);
  CHECK(verify("1795169111x", right.c_str()) == Proof::bad);
  CHECK(verify("99999999999999999999", right.c_str()) == Proof::bad);
  CHECK(verify("-9223372036854775808", right.c_str()) == Proof::bad);
  CHECK(verify("1795169111", right.substr(7).c_str()) == Proof::bad);
  CHECK(verify("1795169111", "sha256=") == Proof::bad);
  CHECK(verify("1795169111", nullptr) == Proof::absent);
  CHECK(verify(nullptr, nullptr) == Proof::absent);
}

TEST_CASE("bitrix-site: a wrong signature is refused in the handler's words") {
  for (const char* why : {"bad_signature", "stale_timestamp"}) {
    const auto refusal = service().refusal(Refusal::unauthorized, why);
    REQUIRE(refusal);
    CHECK(refusal->status == 401);
    CHECK(refusal->body["error"].text() == why);
    CHECK_FALSE(refusal->body["message"].text().empty());
    CHECK(refusal->text.empty());
  }
  const Reading reading = service().read(post(R"({"type":"form","id":"1"})"), shop());
  CHECK_FALSE(service().answer(reading, shop(), Stored{}));
}

TEST_CASE("bitrix-site: the signature is not stored, the body is untouched") {
  Request request = signed_post(R"({ "type":"form", "AUTH":"x", "id":"1" })");
  const std::string body = request.body;
  service().redact(request, shop());
  CHECK(request.body == body);
  CHECK(request.header("X-Gate-Signature") == "***");
}

TEST_CASE("bitrix-site: keys of the handler's events") {
  const auto key = [](const char* body) { return only(body).key; };
  CHECK(key(R"({"type":"form","id":"form:3:456","form":{"code":"CALC","result_id":456}})") ==
        "bitrix-site:form:CALC:456");
  CHECK(key(R"({"type":"form","id":"x","form":{"code":"","id":"3","result_id":"456"}})") ==
        "bitrix-site:form:x");
  CHECK(key(R"({"type":"order","id":"order:1:status:P:17"})") == "bitrix-site:order:order:1:status:P:17");
  CHECK(key(R"({"type":"cart","id":5})") == "bitrix-site:cart:5");
  CHECK(key(R"({"type":"order","order":{"id":1}})") == key(R"({"order":{"id":1},"type":"order"})"));
  CHECK(key(R"({"type":"order","order":{"id":1}})") != key(R"({"type":"order","order":{"id":2}})"));
}

TEST_CASE("bitrix-site: empty maps of PHP, numbers for texts, missing members") {
  const auto event = only(
      R"({"v":1,"type":"order","event":"created","id":7,"ts":null,"site":[],"page":[],"utm":[],"ids":[],"ip":null,
          "person":[],"company":[],"order":{"id":1027,"number":null,"status":[],"paid":0,"canceled":null,
          "price":77801.5,"currency":"RUB","delivery":[],"payment":[],"props":[],"coupons":[],
          "items":[{"name":"A","quantity":2.5,"price":10}]},"new_member":{"x":1}})");
  REQUIRE(event.order);
  CHECK(event.order->id == "1027");
  CHECK(event.order->total == "77801.5");
  CHECK(event.order->items.at(0).quantity == "2.5");
  CHECK(event.order->items.at(0).price == "10");
  CHECK_FALSE(event.order->paid);
  CHECK_FALSE(event.order->canceled);
  CHECK_FALSE(event.occurred_at);
  CHECK(event.utm.empty());
  CHECK(event.subject == "Заказ 1027");
  CHECK(event.text == "Заказ: 1027\n1. A, 2.5 шт × 10\nИтого: 77801.5 RUB");
  const Reading reading = service().read(post(R"({"type":"form","id":"1","new_member":{"x":1}})"), shop());
  CHECK(reading.raw.at(0)["new_member"]["x"].integer() == 1);
}

TEST_CASE("bitrix-site: what happened to an order") {
  const auto order = [](const char* event, const char* more) {
    return only(std::string(R"({"type":"order","id":"x","event":")") + event + R"(","order":{"id":"5")" +
                more + "}}");
  };
  CHECK(order("canceled", R"(,"canceled":true,"cancel_reason":"Передумал")").order->canceled);
  CHECK(order("canceled", "").order->canceled);
  CHECK(order("canceled", R"(,"canceled":"Y","cancel_reason":"Передумал")").text ==
        "Заказ: 5\nОтменён: да, Передумал");
  CHECK(order("paid", "").order->paid);
  CHECK(order("status", R"(,"paid":"Y")").order->paid);
  CHECK_FALSE(order("status", R"(,"paid":"N","status":{"id":"P"})").order->paid);
  CHECK(order("status", R"(,"status":{"id":"P"})").text == "Заказ: 5\nСтатус: P");
  for (const char* name : {"created", "paid", "status", "canceled"}) {
    const auto event = order(name, "");
    CHECK(event.action == event::Action::create);
    CHECK(event.creates_lead);
    CHECK(event::conversations_of(event) == Texts{"order/5"});
  }
}

TEST_CASE("bitrix-site: what person and company leave open is in the properties of the order") {
  const std::string props =
      R"({"code":"FIO","title":"Контактное лицо","value":"Анна Тестова"},
         {"code":"P2","title":"Телефон для связи","value":"+7 903 000-10-11"},
         {"code":"EMAIL","title":"","value":"a@example.com"},
         {"code":"X","title":"Название компании","value":"ООО «Север»"},
         {"code":"Y","title":"ИНН","value":"7700000018"},{"code":"KPP","title":"","value":"770001001"},
         {"code":"Z","title":"Подъезд","value":"2"})";
  const auto order = [&](const std::string& more) {
    return only(R"({"type":"order","id":"x")" + more + R"(,"order":{"id":"5","props":[)" + props + "]}}");
  };
  const auto open = order("");
  CHECK(show(open) == "Анна Тестова|+7 903 000-10-11|a@example.com");
  CHECK(open.contact.company == "ООО «Север»");
  CHECK(open.text == "Заказ: 5\nИНН: 7700000018\nКПП: 770001001\nНазвание компании: ООО «Север»\nПодъезд: 2");
  const auto known = order(
      R"(,"person":{"name":"Пётр","phones":["89000000001"],"emails":"p@example.com"},"company":{"title":"АО","inn":"1"})");
  CHECK(show(known) == "Пётр|89000000001|p@example.com");
  CHECK(known.contact.company == "АО");
  // What differs stays before the manager's eyes.
  CHECK(known.text.find("Телефон для связи: +7 903 000-10-11") != std::string::npos);
  CHECK(known.text.find("ИНН: 7700000018") != std::string::npos);
}

TEST_CASE("bitrix-site: which field of a form is what") {
  CHECK(show(form(R"({"code":"Q1","title":"Ваше имя","type":"text","value":"Анна"},
                     {"code":"Q2","title":"Контактный телефон","type":"text","value":"8 900 000-10-10"},
                     {"code":"Q3","title":"Куда писать","type":"email","value":"a@example.com"})")) ==
        "Анна|8 900 000-10-10|a@example.com");
  CHECK(
      show(form(
          R"({"code":"AUTHOR","title":"","value":"Анна"},{"code":"AUTHOR_EMAIL","title":"","value":"a@example.com"},
                     {"code":"USER_PHONE","title":"","value":"89000001010"})")) ==
      "Анна|89000001010|a@example.com");
  // The look of the value, when nothing else tells.
  CHECK(
      show(form(
          R"({"code":"Q1","title":"Как связаться","value":"89000001010"},{"code":"Q2","title":"?","value":"a@example.com"})")) ==
      "|89000001010|a@example.com");
  CHECK(show(form(R"({"code":"Q1","title":"Контакт","value":"a@example.com"})")) == "|a@example.com");
  // Words that only contain a telling one.
  const auto other = form(
      R"({"code":"COMPANY_NAME","title":"","value":"ООО А"},{"code":"Q2","title":"Имя файла","value":"б"},
                             {"code":"Q3","title":"Модель телефона","value":"Nokia"},{"code":"Q4","title":"Серийный номер","value":"89000001010"},
                             {"code":"PHONE","title":"Телефон","value":"89000009999"})");
  CHECK(show(other) == "|89000009999");
  CHECK(other.contact.company == "ООО А");
  CHECK(json::Value(other.fields)["Серийный номер"].text() == "89000001010");
  CHECK(other.text ==
        "COMPANY NAME: ООО А\nИмя файла: б\nМодель телефона: Nokia\nСерийный номер: 89000001010");
  // Two of a kind, and a person who is known already.
  CHECK(show(form(R"({"code":"PHONE","value":"89000001010"},{"code":"PHONE2","value":"89000001011"})")) ==
        "|89000001010|89000001011");
  CHECK(show(form(R"({"code":"NAME","value":"Анна"},{"code":"PHONE","value":"89000001010"})",
                  R"(,"person":{"name":"Пётр"})")) == "Пётр|89000001010");
  // A file is a file, whatever it is called.
  CHECK(show(form(R"({"code":"PHONE","type":"file","value":"89000001010.pdf"})")) == "");
}

TEST_CASE("bitrix-site: fields with one code or one title are joined, labels stand for themselves") {
  const auto event =
      form(R"({"code":"A","title":"Топливо","value":"газ"},{"code":"B","title":"Топливо","value":"ПНГ"},
                             {"code":"A","title":"Топливо","value":"биогаз"},{"code":"C","title":"","value":"1"},
                             {"code":"","title":"","value":"без имени"},{"code":"D","title":"пусто","value":""},
                             {"code":"MESSAGE","title":"Сообщение","value":"Привет"},{"code":"utm_source","title":"","value":"vk"})");
  const json::Value fields(event.fields);
  CHECK(fields["Топливо"].text() == "газ, биогаз, ПНГ");
  CHECK(fields["C"].text() == "1");
  CHECK(fields["пусто"].is_null());
  CHECK(fields["Сообщение"].text() == "Привет");
  CHECK(event.utm.source == "vk");
  CHECK(event.text == "Топливо: газ, биогаз\nТопливо: ПНГ\nC: 1\nбез имени\nПривет");
}

TEST_CASE("bitrix-site: bodies that are no event") {
  CHECK(service().read(post("[]"), shop()).outcome == Outcome::ignored);
  CHECK(service().read(post("{}"), shop()).outcome == Outcome::ignored);
  CHECK(service().read(post(R"({"type":"ping","id":"1"})"), shop()).outcome == Outcome::ignored);
  CHECK(service().read(post("{\"type\":"), shop()).outcome == Outcome::unreadable);
  CHECK(service().read(post("null"), shop()).outcome == Outcome::unreadable);
  CHECK(only(R"({"type":"lead2","id":"1","order":{"id":"5"}})").order->id == "5");
  CHECK(
      service().read(post(R"([{"type":"form","id":"1"},{"type":"form","id":"2"}])"), shop()).events.size() ==
      2);
}

TEST_CASE("bitrix-site: money without the zeros that say nothing") {
  using bitrix_site::money;
  using bitrix_site::quantity;
  CHECK(money("77801.0000") == "77801.00");
  CHECK(money("12500.5000") == "12500.50");
  CHECK(money("1.2345") == "1.2345");
  CHECK(money("30000") == "30000");
  CHECK(money("1.00 руб.") == "1.00 руб.");
  CHECK(money("") == "");
  CHECK(quantity("2.0000") == "2");
  CHECK(quantity("2.5000") == "2.5");
  CHECK(quantity("12") == "12");
}
