#include "connectors/bitrix-site/signed_json.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connectors/bitrix-site/answers.hpp"
#include "connectors/bitrix-site/contacts.hpp"
#include "connectors/bitrix-site/order.hpp"

namespace b24gate::bitrix_site {
namespace {

using connector::add_line;
using connector::Outcome;
using connector::Reading;

// PHP writes an empty map as [] and mixes texts and numbers: both say the same here.
std::string member(const json::Value& object, std::string_view key) {
  const json::Value& value = object[key];
  return value.is_object() || value.says_nothing() ? std::string() : std::string(utf8::trimmed(value.text()));
}

bool flag(const json::Value& value) {
  if (const auto boolean = value.boolean()) return *boolean;
  const std::string text = utf8::folded(value.text());
  return text == "1" || text == "y" || text == "true";
}

// A list, or one value in its place.
std::vector<const json::Value*> list_of(const json::Value& value) {
  std::vector<const json::Value*> out;
  if (const auto* elements = value.array_if()) {
    for (const auto& element : *elements) out.push_back(&element);
  } else if (!value.says_nothing()) {
    out.push_back(&value);
  }
  return out;
}

std::vector<std::string> texts_of(const json::Value& value) {
  std::vector<std::string> out;
  for (const auto* element : list_of(value)) {
    if (std::string text(utf8::trimmed(element->text())); !text.empty()) out.push_back(std::move(text));
  }
  return out;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

// Some shops send a maker of lists of maps instead of a list: {"5": {...}, "7": {...}}.
std::vector<const json::Value*> maps_of(const json::Value& value, std::string_view telling) {
  const auto* members = value.object_if();
  if (!members || members->find(telling)) return list_of(value);
  std::vector<const json::Value*> out;
  for (const auto& [key, element] : *members) out.push_back(&element);
  return out;
}

std::vector<Answer> answers_of(const json::Value& fields) {
  std::vector<Answer> out;
  for (const auto* field : maps_of(fields, "value")) {
    out.push_back({member(*field, "code"), member(*field, "title"), utf8::folded(member(*field, "type")),
                   member(*field, "value")});
  }
  return out;
}

void read_person(event::Event& event, const json::Value& body) {
  const json::Value& person = body["person"];
  event.contact.name = member(person, "name");
  event.contact.first_name = member(person, "first_name");
  event.contact.last_name = member(person, "last_name");
  event.contact.second_name = member(person, "middle_name");
  event.contact.phones = texts_of(person["phones"]);
  event.contact.emails = texts_of(person["emails"]);
  event.contact.company = member(body["company"], "title");
}

void read_visit(event::Event& event, const json::Value& body, const connector::Source& source) {
  event.occurred_at = parse_iso(member(body, "ts"), source.time_zone);
  event.page = {member(body["page"], "url"), member(body["page"], "title"), member(body["page"], "referrer")};
  const json::Value& utm = body["utm"];
  event.utm = {member(utm, "source"), member(utm, "medium"), member(utm, "campaign"), member(utm, "content"),
               member(utm, "term")};
  event.client_ip = member(body, "ip");
}

void read_items(event::Order& order, OrderDetails& details, const json::Value& items) {
  for (const auto* item : maps_of(items, "name")) {
    event::OrderItem& one = order.items.emplace_back();
    one.name = member(*item, "name");
    one.quantity = quantity(member(*item, "quantity"));
    one.price = money(member(*item, "price"));
    details.units.push_back(member(*item, "unit"));
  }
}

// The numbers of a taxpayer have places of their own in the text.
void take_numbers(OrderDetails& details, std::vector<Answer>& props) {
  const auto is_taken = [](std::string& place, const Answer& prop, const char* latin, const char* russian) {
    if (!is_called(prop, latin, russian)) return false;
    if (place.empty()) place = prop.value;
    return place == prop.value;
  };
  props.erase(std::remove_if(props.begin(), props.end(),
                             [&](const Answer& prop) {
                               return is_taken(details.inn, prop, "inn", "инн") ||
                                      is_taken(details.kpp, prop, "kpp", "кпп");
                             }),
              props.end());
}

void add_site(event::Event& event, const json::Value& body) {
  if (event.page.url.empty()) add_line(event.text, "Сайт", member(body["site"], "host"));
}

void read_order(event::Event& event, const json::Value& body) {
  const json::Value& given = body["order"];
  event.kind = event::Kind::order;
  event::Order& order = event.order.emplace();
  OrderDetails details;
  order.id = member(given, "id");
  order.total = money(member(given, "price"));
  order.currency = member(given, "currency");
  order.paid = flag(given["paid"]) || member(body, "event") == "paid";
  order.canceled = flag(given["canceled"]) || member(body, "event") == "canceled";
  read_items(order, details, given["items"]);
  const json::Value& status = given["status"];
  details.number = member(given, "number");
  details.status = status.is_object() ? member(status, "name") : member(given, "status");
  if (details.status.empty()) details.status = member(status, "id");
  details.delivery = member(given["delivery"], "name");
  details.delivery_price = money(member(given["delivery"], "price"));
  details.payment = member(given["payment"], "name");
  details.paid_at = member(given, "paid_at");
  details.cancel_reason = member(given, "cancel_reason");
  details.user_comment = member(given, "user_comment");
  details.manager_comment = member(given, "manager_comment");
  details.coupons = joined(texts_of(given["coupons"]));
  details.inn = member(body["company"], "inn");
  details.kpp = member(body["company"], "kpp");
  std::vector<Answer> props = answers_of(given["props"]);
  take_numbers(details, props);
  event.subject = order_subject(order, details);
  event.text = order_text(order, details);
  take_answers(event, std::move(props));
  take_contacts_from(event, details.user_comment);
  add_site(event, body);
}

void read_cart(event::Event& event, const json::Value& body) {
  const json::Value& given = body["cart"];
  event.kind = event::Kind::order;
  event.subject = "Брошенная корзина";
  event::Order& order = event.order.emplace();
  OrderDetails details;
  order.total = money(member(given, "price"));
  order.currency = member(given, "currency");
  read_items(order, details, given["items"]);
  event.text = order_text(order, details);
  add_site(event, body);
}

void read_form(event::Event& event, const json::Value& body) {
  const json::Value& given = body["form"];
  event.kind = event::Kind::form;
  const std::string code = member(given, "code");
  event.form = {code.empty() ? member(given, "id") : code, member(given, "name")};
  event.subject = event.form.name;
  take_answers(event, answers_of(given["fields"]));
  add_line(event.text, "ИНН", member(body["company"], "inn"));
  add_line(event.text, "КПП", member(body["company"], "kpp"));
  add_line(event.text, "Форма", event.form.name);
}

std::string id_of(const std::string& type, const json::Value& body) {
  const std::string code = member(body["form"], "code");
  const std::string result = member(body["form"], "result_id");
  if (type == "form" && !code.empty() && !result.empty()) return "form:" + code + ":" + result;
  const std::string id = member(body, "id");
  return type + ":" + (id.empty() ? connector::content_id(body) : id);
}

// `type`, or what a body of a later version holds.
std::string type_of(const json::Value& body) {
  const std::string type = utf8::folded(member(body, "type"));
  if (type == "form" || type == "order" || type == "cart") return type;
  for (const char* known : {"order", "cart", "form"}) {
    if (body[known].is_object() && !body[known].says_nothing()) return known;
  }
  return {};
}

void add_event(Reading& out, const json::Value& body, const connector::Source& source) {
  const std::string type = type_of(body);
  if (type.empty()) return;
  event::Event event;
  event.channel = "site";
  event.creates_lead = true;
  read_person(event, body);
  read_visit(event, body, source);
  if (type == "form") read_form(event, body);
  if (type == "order") read_order(event, body);
  if (type == "cart") read_cart(event, body);
  event.key = connector::event_key("bitrix-site", id_of(type, body));
  out.events.push_back(std::move(event));
  out.raw.push_back(body);
}

}  // namespace

Reading read_signed_json(const json::Value& body, const connector::Source& source) {
  Reading out;
  for (const auto* one : list_of(body)) add_event(out, *one, source);
  if (out.events.empty()) {
    out.outcome = Outcome::ignored;
    out.reason = "the body is neither a form nor an order nor a cart";
  }
  return out;
}

}  // namespace b24gate::bitrix_site
