#include "connectors/tilda/submission.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "connector/body.hpp"
#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connectors/tilda/cookies.hpp"
#include "connectors/tilda/payment.hpp"

namespace b24gate::tilda {
namespace {

using connector::Role;

std::string value_text(const json::Value& value) {
  if (const auto* text = value.string()) return std::string(utf8::trimmed(*text));
  return std::string(utf8::trimmed(value.text()));
}

void fill(std::string& place, std::string value) {
  if (place.empty()) place = std::move(value);
}

// Whether the field is the API key; only what is one text can be.
bool is_api_key(const ApiKey& api_key, const std::string& name, const json::Value& value) {
  if (const auto* text = value.string()) return api_key.is_key(name, *text);
  return value.is_number() && api_key.is_key(name, value.text());
}

// What the fields say besides the form's own answers.
struct Service {
  std::string tranid;
  std::string form_id, form_name;
  std::string page_url, landing_page, referer;
  std::string member_name, member_email, member_phone;
  std::string cookies;
  event::Utm utm;
  json::Value payment;
  bool has_payment = false;
};

// The place of a field that is not an answer of the visitor; null for those.
std::string* place_of(Service& service, const std::string& name) {
  if (name == "tranid") return &service.tranid;
  if (name == "formid") return &service.form_id;
  if (name == "formname") return &service.form_name;
  if (name == "page_url") return &service.page_url;
  if (name == "landing_page") return &service.landing_page;
  if (name == "referer") return &service.referer;
  if (name == "ma_name") return &service.member_name;
  if (name == "ma_email") return &service.member_email;
  if (name == "ma_phone") return &service.member_phone;
  if (name == "utm_source") return &service.utm.source;
  if (name == "utm_medium") return &service.utm.medium;
  if (name == "utm_campaign") return &service.utm.campaign;
  if (name == "utm_content") return &service.utm.content;
  if (name == "utm_term") return &service.utm.term;
  return nullptr;
}

// Beside the text, because rules and CRM fields ask for these.
bool is_extra_role(Role role) {
  switch (role) {
    case Role::company:
    case Role::position:
    case Role::telegram:
    case Role::whatsapp:
    case Role::viber:
    case Role::max:
    case Role::vk:
    case Role::region:
    case Role::city:
      return true;
    default:
      return false;
  }
}

void read_answer(event::Event& event, const std::string& name, const json::Value& value) {
  std::string text = value_text(value);
  if (text.empty()) return;
  const Role role = connector::role_of(name, text);
  if (connector::is_contact(role) && connector::take(event, role, text)) return;
  if (is_extra_role(role)) connector::take(event, role, text);
  const bool is_message = role == Role::comment;
  connector::add_line(event.text, is_message ? std::string() : connector::shown(name), text);
  // Names are unique in the body, so that nobody has to look for them here.
  if (!is_message) event.fields.append(name, value.is_string() ? json::Value(std::move(text)) : value);
}

void read_utm(event::Event& event, const Service& service) {
  const event::Utm from_cookies = utm_of_cookies(service.cookies);
  event.utm = service.utm;
  fill(event.utm.source, from_cookies.source);
  fill(event.utm.medium, from_cookies.medium);
  fill(event.utm.campaign, from_cookies.campaign);
  fill(event.utm.content, from_cookies.content);
  fill(event.utm.term, from_cookies.term);
}

void read_page(event::Event& event, const Service& service, std::string_view referer) {
  for (const auto* address : {&service.page_url, &service.landing_page, &service.referer})
    fill(event.page.url, *address);
  fill(event.page.url, std::string(referer));
  if (service.referer != event.page.url) event.page.referrer = service.referer;
}

// The account of the site's member area says who it is only where the form itself does not.
void read_member(event::Event& event, const Service& service) {
  auto& contact = event.contact;
  if (contact.name.empty() && contact.first_name.empty() && contact.last_name.empty())
    contact.name = service.member_name;
  if (contact.phones.empty() && !service.member_phone.empty()) contact.phones.push_back(service.member_phone);
  if (contact.emails.empty() && !service.member_email.empty()) contact.emails.push_back(service.member_email);
}

void read_order(event::Event& event, const Service& service) {
  event.kind = event::Kind::order;
  if (!service.payment.is_object()) return;
  event.order = order_of(service.payment);
  connector::add_line(event.text, "", order_text(service.payment, *event.order));
  fill(event.contact.name, value_text(service.payment["delivery_fio"]));
  if (event.geo.city.empty() && event.geo.region.empty()) {
    connector::take(event, Role::city, value_text(service.payment["delivery_city"]));
  }
}

// tranid is one submission, its retries included. An order may come again when it is paid or changed: that is
// a new event of the same order, which order.id ties together.
std::string id_of(const Service& service, const json::Object& content) {
  const json::Value& payment = service.payment;
  const std::string order = value_text(payment["orderid"]);
  const std::string paid = is_paid(payment) ? value_text(payment["systranid"]) : std::string();
  if (!service.tranid.empty()) return paid.empty() ? service.tranid : service.tranid + ":" + paid;
  if (!order.empty()) return order + ":" + (paid.empty() ? "0" : paid) + ":" + value_text(payment["amount"]);
  return connector::content_id(json::Value(content));
}

}  // namespace

bool is_probe(const json::Object& fields, const ApiKey& api_key) {
  bool is_test = false;
  std::size_t others = 0;
  for (const auto& [key, value] : fields) {
    const std::string name = ascii::lower(key);
    if (name == "test") {
      is_test = ascii::lower(value_text(value)) == "test";
    } else if (name == "tranid" || name == "formid" || name == "payment") {
      return false;
    } else if (!api_key.is_key(key, value.text()) && name != "cookies") {
      if (connector::is_contact(connector::role_of(key, value.text()))) return false;
      ++others;  // may be an API key whose name nobody told us
    }
  }
  return is_test && others <= 1;
}

Submission read_submission(const json::Object& fields, std::string_view referer, const ApiKey& api_key) {
  Submission out;
  event::Event& event = out.event;
  Service service;
  json::Object raw;
  raw.reserve(fields.size());
  for (const auto& [key, came] : fields) {
    const std::string name = ascii::lower(key);
    if (name == "cookies") {  // percent-encoded inside: entities there are not entities
      service.cookies = came.text();
      continue;
    }
    if (is_api_key(api_key, key, came)) continue;
    if (name == "payment") {
      service.payment = payment_object(came);
      service.has_payment = !came.says_nothing();
      raw.append(key, service.payment.is_null() ? came : service.payment);
      if (service.payment.is_null()) connector::add_line(event.text, "payment", came.text());
      continue;
    }
    json::Value value = connector::without_entities(came);
    if (std::string* place = place_of(service, name)) {
      fill(*place, value_text(value));
    } else if (name != "ma_id") {
      read_answer(event, key, value);
    }
    raw.append(key, std::move(value));
  }
  event.kind = event::Kind::form;
  event.channel = "site";
  event.creates_lead = true;
  event.form = {service.form_id, service.form_name};
  event.subject = service.form_name;
  if (service.has_payment) read_order(event, service);
  connector::add_line(event.text, "Форма", service.form_name);
  read_utm(event, service);
  read_page(event, service, referer);
  read_member(event, service);
  event.key = connector::event_key("tilda", id_of(service, raw));
  out.raw = json::Value(std::move(raw));
  return out;
}

}  // namespace b24gate::tilda
