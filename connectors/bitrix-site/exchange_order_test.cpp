// Way C: what the samples do not show.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "connector/connector.hpp"
#include "connectors/bitrix-site/commerce_ml.hpp"

using namespace b24gate;
using namespace b24gate::connector;
using Texts = std::vector<std::string>;

namespace {

const Connector& service() { return *find("bitrix-site"); }

std::string sample(const char* file) {
  std::ifstream in(std::string(B24GATE_SOURCE_DIR "/connectors/bitrix-site/samples/") + file,
                   std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

Reading read(std::string body, const char* type = "application/xml") {
  Request request;
  request.method = "POST";
  request.headers = {{"Content-Type", type}};
  request.body = std::move(body);
  Source source;
  source.time_zone = TimeZone::find("Asia/Tomsk").value();
  return service().read(request, source);
}

std::string page(const std::string& documents) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CommerceInformation>" + documents +
         "</CommerceInformation>";
}

std::string order(const std::string& content) {
  return "<Document><Id>5</Id><BusinessTransaction>ItemOrder</BusinessTransaction>"
         "<DateUpdate>2026-11-20 15:05:11</DateUpdate>" +
         content + "</Document>";
}

event::Event only(const std::string& content) {
  const Reading reading = read(page(order(content)));
  REQUIRE(reading.outcome == Outcome::accepted);
  REQUIRE(reading.events.size() == 1);
  return reading.events.front();
}

std::string property(const char* name, const char* value) {
  return std::string("<PropertyValue><ItemName>") + name + "</ItemName><Value>" + value +
         "</Value></PropertyValue>";
}

event::Event with_properties(const std::string& properties) {
  return only("<PropertiesValues>" + properties + "</PropertiesValues>");
}

}  // namespace

TEST_CASE("bitrix-site: the second order of a page is a company's") {
  const Reading reading = read(sample("20-exchange-crm-orders.xml"));
  REQUIRE(reading.events.size() == 2);
  const auto& event = reading.events[1];
  CHECK(event.key == "bitrix-site:exchange:1027:2026-11-21 10:15:40");
  CHECK(event.contact.name == "Анна Тестова");
  CHECK(event.contact.company == "ООО «Север-Газ»");
  CHECK(event.contact.phones == Texts{"+7 903 000-10-11"});
  CHECK(event.contact.emails == Texts{"zakup@sever-gaz.example"});
  CHECK(event.order->total == "77801.00");
  CHECK(event.order->paid);
  REQUIRE(event.order->items.size() == 2);
  CHECK(event.order->items[1].name == "Свеча зажигания <M18>");
  CHECK(event.order->items[1].quantity == "12");
  CHECK(event::conversations_of(event) == Texts{"order/1027"});
  CHECK(event.text.find("Оплачено: да, 2026-11-21 10:15:39\n") != std::string::npos);
  CHECK(event.text.find("Комментарий менеджера: счёт отправлен\nИНН: 7700000018\nКПП: 770001001\n"
                        "Юридический адрес: Томск, ул. Пробная, 1") != std::string::npos);
  CHECK(reading.raw[1]["Contractors"]["Contractor"]["INN"].text() == "7700000018");
  CHECK(reading.raw[1]["Items"]["Item"].at(1)["ItemName"].text() == "Свеча зажигания <M18>");
  CHECK(reading.raw[1]["Items"]["Item"].at(1)["BaseUnit"]["@Code"].text() == "796");
  CHECK(reading.raw[1]["Items"]["Item"].at(1)["BaseUnit"]["#"].text() == "pcs");
}

TEST_CASE("bitrix-site: the declaration says the encoding, not the header") {
  CHECK(read(sample("20-exchange-crm-orders.xml"), "application/xml; charset=windows-1251")
            .events.at(0)
            .contact.last_name == "Тестова");
  CHECK(
      read(sample("22-exchange-sale-orders.xml"), "text/xml; charset=utf-8").events.at(0).contact.last_name ==
      "Пробный");
  CHECK(read(sample("22-exchange-sale-orders.xml"), "text/plain").events.size() == 1);
  CHECK(read("\xEF\xBB\xBF\n" + sample("20-exchange-crm-orders.xml"), "").events.size() == 2);
  const std::string utf8 = bitrix_site::page_text(sample("22-exchange-sale-orders.xml"));
  const std::size_t end = utf8.find("?>") + 2;
  CHECK(read(utf8.substr(end)).events.at(0).contact.first_name == "Фёдор");  // no declaration: UTF-8
}

TEST_CASE("bitrix-site: orders only, also from inside a container") {
  const std::string payment =
      "<Document><Id>9</Id><BusinessTransaction>Payment</BusinessTransaction><Основание>5</Основание></"
      "Document>";
  CHECK(read(page(payment)).outcome == Outcome::ignored);
  CHECK(read(page(payment + order("") + "<Document><Id>7</Id></Document>")).events.size() == 1);
  const Reading inside = read(
      "<?xml version=\"1.0\"?><КоммерческаяИнформация ВерсияСхемы=\"3.1\"><Контейнер><Документ><Ид>8</Ид>"
      "<ХозОперация>Заказ товара</ХозОперация><Сумма>10.0000</Сумма></Документ><Документ><Ид>9</Ид>"
      "<ХозОперация>Отпуск товара</ХозОперация></Документ></Контейнер><Контейнер><Документ><Id>10</Id>"
      "<BusinessTransaction>Заказ "
      "товара</BusinessTransaction></Документ></Контейнер></КоммерческаяИнформация>");
  REQUIRE(inside.events.size() == 2);
  CHECK(inside.events[0].order->id == "8");
  CHECK(inside.events[0].order->total == "10.00");
  CHECK(inside.events[1].order->id == "10");
}

TEST_CASE("bitrix-site: pages that are none") {
  for (const char* body :
       {"<?xml version=\"1.0\"?><CommerceInformation><Document>", "<html><body/></html>", "<",
        "<?xml version=\"1.0\"?>", "<a>", "<CommerceInformation><b>&</CommerceInformation>"}) {
    CAPTURE(body);
    CHECK(read(body).outcome == Outcome::unreadable);
  }
  CHECK(read("failure\nno access").outcome == Outcome::unreadable);
  CHECK(read("<CommerceInformation/>").outcome == Outcome::ignored);
}

TEST_CASE("bitrix-site: a hundred thousand elements inside each other") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (int i = 0; i < 100'000; ++i) deep += "</a>";
  CHECK(read(page(order(deep))).events.size() == 1);
}

TEST_CASE("bitrix-site: a page's state of an order is its key") {
  const auto key = [](const std::string& text) { return read(text).events.at(0).key; };
  const std::string sale = bitrix_site::page_text(sample("22-exchange-sale-orders.xml"));
  const std::string page = sale.substr(sale.find("?>") + 2);
  CHECK(key(page) == key(sample("22-exchange-sale-orders.xml")));
  CHECK(key(page).substr(0, 26) == "bitrix-site:exchange:1031:");
  std::string paid = page;
  paid.replace(paid.find("false"), 5, "true");
  CHECK(key(page) != key(paid));
}

TEST_CASE("bitrix-site: properties of an order, in either language") {
  const auto event =
      with_properties(property("Заказ оплачен", "true") + property("Отменен", "true") +
                      property("Причина отмены", "Передумал") + property("Статус заказа", "[F] Выполнен") +
                      property("Сайт", "[s1]") + property("Финальный статус", "true") +
                      property("Телефон для курьера", "89000001002") + property("Подъезд", "2"));
  CHECK(event.order->paid);
  CHECK(event.order->canceled);
  CHECK(event.contact.phones == Texts{"89000001002"});
  CHECK(event.text ==
        "Заказ: 5\nСтатус: Выполнен\nОтменён: да, Передумал\nОплачено: да\nСайт: s1\nПодъезд: 2");
  CHECK_FALSE(with_properties(property("OrderPaid", "false")).order->paid);
  CHECK(json::Value(event.fields)["Подъезд"].text() == "2");
}

TEST_CASE("bitrix-site: names and contacts as shops write them") {
  const auto person = [](const char* content) {
    return only(std::string("<Contractors><Contractor>") + content + "</Contractor></Contractors>");
  };
  CHECK(person("<ItemName>anna</ItemName><FullName>Анна Тестова</FullName>").contact.name == "Анна Тестова");
  CHECK(person("<ItemName>anna</ItemName>").contact.name == "anna");
  CHECK(person("<FullTitle>x</FullTitle><FirstName>Анна</FirstName>").contact.name == "");
  const auto contacts = person(
      "<Contacts><Contact><Type>Work "
      "phone</Type><Value>89000001002</Value></Contact><Контакт><Тип>Электронная почта</Тип>"
      "<Значение>a@example.com</Значение></Контакт><Contact><Type>E-Mail</Type><Value>b@example.com</Value></"
      "Contact>"
      "<Contact><Type>Факс</Type><Value>12-34</Value></Contact></Contacts>");
  CHECK(contacts.contact.phones == Texts{"89000001002"});
  CHECK(contacts.contact.emails == Texts{"a@example.com", "b@example.com"});
  CHECK(contacts.text == "Заказ: 5\nФакс: 12-34");
  const auto two = only(
      "<Contractors><Contractor><ItemName>Продавец</ItemName><Role>Seller</Role></Contractor>"
      "<Contractor><ItemName>Анна</ItemName><Role>Buyer</Role></Contractor></Contractors>");
  CHECK(two.contact.name == "Анна");
  const auto company = person("<ItemName>ООО А</ItemName><ИНН>1</ИНН>");
  CHECK(company.contact.company == "ООО А");
  CHECK(company.contact.name == "");
}

TEST_CASE("bitrix-site: what a shop forgot to escape is read as far as it is well-formed") {
  const auto event = only("<Comment>Иванов & Ко, <b>срочно</b>, AT&amp;T &amp;amp; 5 > 4</Comment>");
  CHECK(event.text == "Заказ: 5\nКомментарий менеджера: Иванов & Ко, срочно, AT&T &amp; 5 > 4");
  CHECK(read(page(order("<Comment>a < b</Comment>"))).outcome == Outcome::unreadable);
  CHECK(only("<Comment><![CDATA[a < b]]></Comment>").text == "Заказ: 5\nКомментарий менеджера: a < b");
}

TEST_CASE("bitrix-site: the shop's wall clock is that of the source") {
  const auto event = only("<Date>2026-11-20</Date><Time>14:58:40</Time>");
  CHECK(to_iso(*event.occurred_at, TimeZone::utc()) == "2026-11-20T07:58:40+00:00");
  CHECK_FALSE(only("<Date>20.11.2026</Date>").occurred_at);
}

TEST_CASE("bitrix-site: what a broken page still says of its orders") {
  std::string broken = sample("20-exchange-crm-orders.xml");
  broken.replace(broken.find("Позвоните"), 4, "<&");
  CHECK(read(broken).outcome == Outcome::unreadable);
  const auto marks = bitrix_site::marks_of_broken(broken);
  REQUIRE(marks.size() == 2);
  CHECK(marks[0].id == "1030");
  CHECK(marks[0].date_update == "2026-11-20 15:05:11");
  CHECK(marks[1].id == "1027");
  CHECK(bitrix_site::marks_of_broken("").empty());
  CHECK(bitrix_site::marks_of_broken("<Document><Document>").empty());
}
