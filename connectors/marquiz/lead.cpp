#include "connectors/marquiz/lead.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_set>

#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connector/member.hpp"
#include "connectors/marquiz/answers.hpp"

namespace b24gate::marquiz {
namespace {

using connector::add_line;
using connector::fill;
using connector::Role;
using connector::text_at;

struct Messenger {
  std::string_view type;
  std::string_view title;
};
constexpr std::array<Messenger, 5> messengers = {
    {{"telegram", "Telegram"}, {"whatsapp", "WhatsApp"}, {"viber", "Viber"}, {"max", "MAX"}, {"vk", "VK"}}};

bool is_messenger(std::string_view name) {
  return std::any_of(messengers.begin(), messengers.end(), [&](const auto& one) { return one.type == name; });
}

// Members of `extra` that have a meaning; every other one is a hidden field of the quiz.
bool is_known_extra(std::string_view name) {
  for (const std::string_view known :
       {"utm", "href", "referrer", "ip", "lang", "lng", "timezone", "city", "country", "ab", "notify",
        "cookies", "discount", "discountType", "messenger"}) {
    if (name == known) return true;
  }
  return false;
}

std::string digits_of(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

bool looks_like_phone(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '+' || c == ' ' || c == '-' || c == '(' || c == ')';
  });
  const std::size_t digits = plain ? digits_of(text).size() : 0;
  return digits >= 10 && digits <= 15;
}

// Written in any way a number gives the same key.
std::string comparable_phone(std::string_view text) {
  std::string digits = digits_of(text);
  if (digits.size() == 11 && digits.front() == '8') digits.front() = '7';
  if (digits.size() == 10 && digits.front() == '9') digits.insert(0, "7");
  return digits.empty() ? std::string() : "+" + digits;
}

void read_contacts(const json::Value& contacts, event::Contact& contact) {
  contact.name = text_at(contacts, "name");
  if (auto email = text_at(contacts, "email"); !email.empty()) contact.emails.push_back(std::move(email));
  std::string phone = text_at(contacts, "phone");
  for (const auto& one : messengers) {
    std::string handle = text_at(contacts, one.type);
    if (handle.empty()) continue;
    if (phone.empty() && looks_like_phone(handle)) phone = handle;
    contact.messengers.push_back({std::string(one.type), std::move(handle)});
  }
  if (!phone.empty()) contact.phones.push_back(std::move(phone));
}

// Fields by their names. A name may come twice (a question that is asked twice, a hidden field called as one
// of the contact form): the first stays.
class Fields {
 public:
  explicit Fields(event::Event& event) : event_(event) {}
  void add(const std::string& name, const json::Value& value) {
    if (value.says_nothing() || !seen_.insert(name).second) return;
    event_.fields.append(name, value.is_object() ? json::Value(value.text()) : value);
  }

 private:
  event::Event& event_;
  std::unordered_set<std::string> seen_;
};

void add_answers(const json::Value& answers, event::Event& event, Fields& fields) {
  std::string name;
  for (const auto& [question, answer] : answers_of(answers)) {
    const std::string text = answer->text();
    add_line(event.text, question, text);
    if (text.empty() || question.empty()) continue;
    if (connector::role_of(question, text) == Role::name) fill(name, text);
    fields.add(question, *answer);
  }
  fill(event.contact.name, name);
}

void add_messengers(const json::Value& extra, event::Event& event) {
  for (const auto& one : event.contact.messengers) {
    const auto* known = std::find_if(messengers.begin(), messengers.end(),
                                     [&](const auto& messenger) { return messenger.type == one.type; });
    add_line(event.text, known->title, one.id);
  }
  add_line(event.text, "Выбранный канал связи", text_at(extra, "messenger"));
}

// Fields of the contact form besides those that every quiz has.
void add_contact_fields(const json::Value& contacts, event::Event& event, Fields& fields) {
  const auto* members = contacts.object_if();
  if (!members) return;
  for (const auto& [name, value] : *members) {
    if (name == "name" || name == "email" || name == "phone" || is_messenger(name)) continue;
    const std::string text = value.text();
    if (text.empty()) continue;
    const Role role = connector::role_of(name);
    if (role == Role::company || role == Role::position || role == Role::city || role == Role::region)
      connector::take(event, role, text);
    const bool is_comment = role == Role::comment;
    const char* label = role == Role::company    ? "Компания"
                        : role == Role::position ? "Должность"
                        : is_comment             ? "Комментарий"
                                                 : nullptr;
    add_line(event.text, label ? std::string(label) : connector::shown(name), text);
    if (!is_comment) fields.add(name, value);
  }
}

void add_offer(const json::Value& body, event::Event& event) {
  const json::Value& extra = body["extra"];
  std::string discount = text_at(extra, "discount");
  if (discount == "0") discount.clear();
  if (const std::string type = text_at(extra, "discountType"); !discount.empty() && !type.empty())
    discount += type == "percent" ? "%" : " " + type;
  add_line(event.text, "Скидка", discount);
  std::string result = text_at(body["result"], "title");
  fill(result, connector::plain_text(body["result"]));
  add_line(event.text, "Результат", result);
}

void read_extra(const json::Value& body, event::Event& event) {
  const json::Value& extra = body["extra"];
  const json::Value& utm = extra["utm"];
  event.utm = {text_at(utm, "source"), text_at(utm, "medium"), text_at(utm, "campaign"),
               text_at(utm, "content"), text_at(utm, "term")};
  fill(event.utm.campaign, text_at(utm, "name"));
  event.page.url = text_at(extra, "href");
  event.page.referrer = text_at(extra, "referrer");
  event.client_ip = text_at(extra, "ip");
  fill(event.client_ip, text_at(body, "ip"));
  connector::take(event, Role::city, text_at(extra, "city"));
  connector::take(event, Role::country, text_at(extra, "country"));
}

void add_hidden_fields(const json::Value& extra, Fields& fields) {
  const auto* members = extra.object_if();
  if (!members) return;
  for (const auto& [name, value] : *members) {
    if (!is_known_extra(name)) fields.add(name, value);
  }
}

// Marquiz numbers quizzes, not passages: a passage is the quiz, its time and who it was.
std::string id_of(const json::Value& body, const event::Contact& contact) {
  std::string who = contact.phones.empty() ? std::string() : comparable_phone(contact.phones.front());
  if (!contact.emails.empty()) fill(who, contact.emails.front());
  if (!contact.messengers.empty()) fill(who, contact.messengers.front().id);
  const std::string created = text_at(body, "created");
  if (created.empty() || who.empty()) return connector::content_id(body);
  return text_at(body["quiz"], "id") + ":" + created + ":" + who;
}

}  // namespace

bool is_lead(const json::Value& body) {
  return body["contacts"].is_object() || body["quiz"].is_object() || !answers_of(body["answers"]).empty();
}

event::Event read_lead(const json::Value& body) {
  event::Event event;
  event.kind = event::Kind::quiz;
  event.channel = "quiz";
  event.creates_lead = true;
  event.form = {text_at(body["quiz"], "id"), text_at(body["quiz"], "name")};
  event.subject = event.form.name;
  event.occurred_at = parse_iso(text_at(body, "created"), TimeZone::utc());
  read_contacts(body["contacts"], event.contact);
  read_extra(body, event);
  add_line(event.text, "Квиз", event.form.name);
  Fields fields(event);
  add_answers(body["answers"], event, fields);
  add_messengers(body["extra"], event);
  add_contact_fields(body["contacts"], event, fields);
  add_offer(body, event);
  add_hidden_fields(body["extra"], fields);
  event.key = connector::event_key("marquiz", id_of(body, event.contact));
  return event;
}

}  // namespace b24gate::marquiz
