#include "connectors/bitrix-site/exchange_order.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/utf8.hpp"
#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connectors/bitrix-site/answers.hpp"
#include "connectors/bitrix-site/commerce_ml.hpp"
#include "connectors/bitrix-site/order.hpp"

namespace b24gate::bitrix_site {
namespace {

using connector::Outcome;
using connector::Reading;
using connector::Role;

constexpr Names id_names = {"Id", "Ид"};
constexpr Names item_name = {"ItemName", "Наименование"};
constexpr Names value_names = {"Value", "Значение"};
constexpr Names type_names = {"Type", "Тип"};
constexpr Names view_names = {"View", "Представление"};
constexpr Names contractor_names = {"Contractor", "Контрагент"};

// Names differ between shops by spaces only: "Work phone", "WorkPhone".
std::string plain(std::string_view name) {
  std::string out = utf8::folded(name.substr(0, 200));
  out.erase(std::remove(out.begin(), out.end(), ' '), out.end());
  return out;
}

bool is_any(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](auto one) { return plain(one) == name; });
}

bool is_true(std::string_view text) { return plain(text) == "true" || text == "1"; }

// "[N] Принят, ожидается оплата" -> "Принят, ожидается оплата"
std::string without_code(const std::string& text) {
  const std::size_t end = text.find(']');
  if (text.empty() || text.front() != '[' || end == std::string::npos) return text;
  const std::string name(utf8::trimmed(std::string_view(text).substr(end + 1)));
  return name.empty() ? text.substr(1, end - 1) : name;
}

// The buyer among the contractors; the first when nobody is called that.
pugi::xml_node buyer_of(pugi::xml_node document) {
  const auto all = children_of(document, {"Contractors", "Контрагенты"}, contractor_names);
  const auto buyer = std::find_if(all.begin(), all.end(), [](pugi::xml_node one) {
    return is_any(plain(text_of(one, {"Role", "Роль"})), {"Buyer", "Покупатель"});
  });
  return buyer != all.end() ? *buyer : all.empty() ? pugi::xml_node() : all.front();
}

void read_company(event::Event& event, OrderDetails& details, pugi::xml_node buyer) {
  event.contact.company = text_of(buyer, {"OfficialName", "ОфициальноеНаименование"});
  if (event.contact.company.empty()) event.contact.company = text_of(buyer, item_name);
  details.inn = text_of(buyer, {"INN", "ИНН"});
  details.kpp = text_of(buyer, {"KPP", "КПП"});
  const auto people =
      children_of(buyer, {"Representatives", "Представители"}, {"Representative", "Представитель"});
  for (const auto person : people) {
    event.contact.name = text_of(child_of(person, contractor_names), item_name);
    if (!event.contact.name.empty()) return;
  }
}

void read_person(event::Event& event, pugi::xml_node buyer) {
  event::Contact& contact = event.contact;
  contact.last_name = text_of(buyer, {"LastName", "Фамилия"});
  contact.first_name = text_of(buyer, {"FirstName", "Имя"});
  contact.second_name = text_of(buyer, {"SecondName", "Отчество"});
  if (!contact.last_name.empty() || !contact.first_name.empty()) return;
  contact.second_name.clear();
  for (const Names& names :
       {Names{"FullTitle", "ПолноеНаименование"}, Names{"FullName", "ПолноеИмя"}, item_name}) {
    contact.name = text_of(buyer, names);
    if (!contact.name.empty()) return;
  }
}

void read_contacts(event::Event& event, std::vector<Answer>& others, pugi::xml_node buyer) {
  for (const auto contact : children_of(buyer, {"Contacts", "Контакты"}, {"Contact", "Контакт"})) {
    const std::string type = text_of(contact, type_names);
    const std::string value = text_of(contact, value_names);
    const std::string name = plain(type);
    if (is_any(name, {"Mail", "E-Mail", "Почта", "Электронная почта"})) {
      connector::take(event, Role::email, value);
    } else if (is_any(name, {"WorkPhone", "Телефон рабочий"})) {
      connector::take(event, Role::phone, value);
    } else if (!value.empty()) {
      others.push_back({"", type, "", value});
    }
  }
}

void read_address(event::Event& event, pugi::xml_node buyer) {
  const pugi::xml_node address = child_of(buyer, {"RegistrationAddress", "АдресРегистрации"});
  for (const auto field : address.children()) {
    const std::string type = plain(text_of(field, type_names));
    const std::string value = text_of(field, value_names);
    if (is_any(type, {"City", "Город"})) connector::take(event, Role::city, value);
    if (is_any(type, {"Region", "State", "Регион"})) connector::take(event, Role::region, value);
  }
}

void read_buyer(event::Event& event, OrderDetails& details, std::vector<Answer>& others,
                pugi::xml_node document) {
  const pugi::xml_node buyer = buyer_of(document);
  const bool is_company =
      child_of(buyer, {"OfficialName", "ОфициальноеНаименование"}) || !text_of(buyer, {"INN", "ИНН"}).empty();
  if (is_company) {
    read_company(event, details, buyer);
  } else {
    read_person(event, buyer);
  }
  read_contacts(event, others, buyer);
  read_address(event, buyer);
  const std::string legal = text_of(child_of(buyer, {"LegalAddress", "ЮридическийАдрес"}), view_names);
  if (!legal.empty()) others.push_back({"", "Юридический адрес", "", legal});
}

void read_items(event::Order& order, OrderDetails& details, pugi::xml_node document) {
  for (const auto node : children_of(document, {"Items", "Товары"}, {"Item", "Товар"})) {
    const std::string price = money(text_of(node, {"ItemPrice", "ЦенаЗаЕдиницу"}));
    if (text_of(node, id_names) == "ORDER_DELIVERY") {
      details.delivery_price = money(text_of(node, {"Amount", "Сумма"}));
      if (details.delivery_price.empty()) details.delivery_price = price;
      continue;
    }
    event::OrderItem& item = order.items.emplace_back();
    item.name = text_of(node, item_name);
    item.quantity = quantity(text_of(node, {"Quantity", "Количество"}));
    item.price = price;
    details.units.emplace_back();  // "pcs" and "шт" are the shop's language, not the order's
  }
}

// False for names that the shop's administrator made up, and for what people want to see as it is.
bool read_property(event::Order& order, OrderDetails& details, const std::string& name,
                   const std::string& value) {
  if (is_any(name, {"OrderPaid", "Заказ оплачен"})) {
    order.paid = is_true(value);
  } else if (is_any(name, {"Canceled", "Cancelled", "Отменен", "Отменён"})) {
    order.canceled = is_true(value);
  } else if (is_any(name, {"OrderStatus", "Статус заказа"})) {
    details.status = without_code(value);
  } else if (is_any(name, {"PaymentDate", "Дата оплаты"})) {
    details.paid_at = value;
  } else if (is_any(name, {"PaymentSystem", "Метод оплаты"})) {
    details.payment = value;
  } else if (is_any(name, {"DeliveryService", "Способ доставки"})) {
    details.delivery = value;
  } else if (is_any(name, {"CustomerComment", "Комментарии покупателя"})) {
    details.user_comment = value;
  } else if (is_any(name, {"CancelReason", "Причина отмены"})) {
    details.cancel_reason = value;
  } else {
    // Numbers and dates of the exchange itself.
    return is_any(name, {"FinalStatus", "Финальный статус", "StatusChangeDate", "Дата изменения статуса",
                         "DeliveryAllowed", "Доставка разрешена", "Метод доставки ИД", "Метод оплаты ИД",
                         "Статуса заказа ИД", "Статус заказа ИД"});
  }
  return true;
}

void read_properties(event::Order& order, OrderDetails& details, std::vector<Answer>& others,
                     pugi::xml_node document) {
  const auto properties = children_of(document, {"PropertiesValues", "ЗначенияРеквизитов"},
                                      {"PropertyValue", "ЗначениеРеквизита"});
  for (const auto property : properties) {
    const std::string title = text_of(property, item_name);
    const std::string value = text_of(property, value_names);
    const std::string name = plain(title);
    if (value.empty() || read_property(order, details, name, value)) continue;
    const bool is_site = is_any(name, {"Site", "Сайт"});
    others.push_back({"", is_site ? "Сайт" : title, "", is_site ? without_code(value) : value});
  }
}

std::optional<TimePoint> created_at(pugi::xml_node document, const TimeZone& zone) {
  const std::string date = text_of(document, {"Date", "Дата"});
  const std::string time = text_of(document, {"Time", "Время"});
  return parse_iso(date + "T" + (time.empty() ? "00:00:00" : time), zone);
}

// One state of one order. Pages of type=sale do not say when it changed: there the content is the state.
std::string id_of(pugi::xml_node document, const std::string& order, const json::Value& raw) {
  const std::string update = text_of(document, {"DateUpdate", "ДатаОбновления"});
  return "exchange:" + order + ":" + (update.empty() ? connector::content_id(raw) : update);
}

event::Event read_order(pugi::xml_node document, const connector::Source& source, const json::Value& raw) {
  event::Event event;
  event.kind = event::Kind::order;
  event.channel = "site";
  event.creates_lead = true;
  event.occurred_at = created_at(document, source.time_zone);
  event::Order& order = event.order.emplace();
  OrderDetails details;
  std::vector<Answer> others;
  order.id = text_of(document, id_names);
  order.total = money(text_of(document, {"Amount", "Сумма"}));
  order.currency = text_of(document, {"Currency", "Валюта"});
  details.number = text_of(document, {"Number", "Номер"});
  details.manager_comment = text_of(document, {"Comment", "Комментарий"});
  read_buyer(event, details, others, document);
  read_items(order, details, document);
  read_properties(order, details, others, document);
  event.subject = order_subject(order, details);
  event.text = order_text(order, details);
  take_answers(event, std::move(others));
  take_contacts_from(event, details.user_comment);
  event.key = connector::event_key("bitrix-site", id_of(document, order.id, raw));
  return event;
}

}  // namespace

Reading read_exchange(std::string_view body, const connector::Source& source) {
  Reading out;
  const auto page = read_page(body);
  if (!page) {
    out.outcome = Outcome::unreadable;
    out.reason = page.error().text();
    return out;
  }
  for (const auto document : page->orders) {
    json::Value raw = as_json(document);
    out.events.push_back(read_order(document, source, raw));
    out.raw.push_back(std::move(raw));
  }
  if (out.events.empty()) {
    out.outcome = Outcome::ignored;
    out.reason = "the page holds no orders";
  }
  return out;
}

}  // namespace b24gate::bitrix_site
