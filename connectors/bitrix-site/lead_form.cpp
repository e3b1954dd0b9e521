#include "connectors/bitrix-site/lead_form.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "connector/body.hpp"
#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connectors/bitrix-site/answers.hpp"
#include "connectors/bitrix-site/comments.hpp"
#include "connectors/bitrix-site/lead_source.hpp"

namespace b24gate::bitrix_site {
namespace {

using connector::add_line;
using connector::Outcome;
using connector::Reading;

std::string text_of(const json::Value& value) { return std::string(utf8::trimmed(value.text())); }

std::string field(const json::Object& fields, std::string_view name) {
  const json::Value* value = fields.find(name);
  return value ? text_of(*value) : std::string();
}

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool is_service(std::string_view name) {
  return name == "method" || name == "LOGIN" || name == "PASSWORD" || name == "AUTH";
}

void add_texts(std::vector<std::string>& list, const json::Value& value) {
  if (const auto* elements = value.array_if()) {
    for (const auto& element : *elements) add_texts(list, element);
  } else if (const std::string text = text_of(value); !text.empty()) {
    list.push_back(text);
  }
}

// The place of a field that an event has a member for; null for others.
std::string* place_of(event::Event& event, std::string_view name) {
  if (name == "TITLE") return &event.subject;
  if (name == "COMPANY_TITLE") return &event.contact.company;
  if (name == "POST") return &event.contact.position;
  if (name == "FORM_NAME") return &event.form.name;
  if (name == "FORM_CODE") return &event.form.id;
  if (name == "PAGE_URL") return &event.page.url;
  if (name == "UTM_SOURCE") return &event.utm.source;
  if (name == "UTM_MEDIUM") return &event.utm.medium;
  if (name == "UTM_CAMPAIGN") return &event.utm.campaign;
  if (name == "UTM_CONTENT") return &event.utm.content;
  if (name == "UTM_TERM") return &event.utm.term;
  return nullptr;
}

// Fields of a lead that have a Russian name; they are shown and kept as they are.
constexpr std::pair<std::string_view, std::string_view> shown_fields[] = {
    {"ADDRESS", "Адрес"},
    {"SOURCE_DESCRIPTION", "Описание источника"},
    {"OPPORTUNITY", "Сумма"},
    {"CURRENCY_ID", "Валюта"},
    {"BIRTHDATE", "Дата рождения"},
    {"DIRECTION", "Направление"},
    {"COUNTRY", "Страна"},
    {"REGION", "Регион"},
    {"CITY", "Город"},
};

std::string_view shown_name(std::string_view name) {
  for (const auto& [id, label] : shown_fields) {
    if (id == name) return label;
  }
  return begins_with(name, "WEB_") ? "Сайт" : "";
}

connector::Role messenger_of(std::string_view name) {
  if (name == "IM_TELEGRAM") return connector::Role::telegram;
  if (name == "IM_WHATSAPP") return connector::Role::whatsapp;
  if (name == "IM_VIBER") return connector::Role::viber;
  if (name == "IM_VK") return connector::Role::vk;
  return connector::Role::other;
}

void take_geo(event::Event& event, std::string_view name, const std::string& text) {
  if (name == "COUNTRY") connector::take(event, connector::Role::country, text);
  if (name == "REGION") connector::take(event, connector::Role::region, text);
  if (name == "CITY") connector::take(event, connector::Role::city, text);
}

// Only ids of an employee, a status, a counter: nothing for people to read.
bool is_hint(std::string_view name) {
  return name == "STATUS_ID" || name == "ASSIGNED_BY_ID" || name == "YM_CLIENT_ID" ||
         name == "FORM_RESULT_ID";
}

// What the portal takes as a sum.
bool is_money(const std::string& text) {
  return text.size() <= 18 && text.find_first_not_of("0123456789.") == std::string::npos &&
         std::count(text.begin(), text.end(), '.') <= 1;
}

void read_name(event::Event& event, const json::Object& fields) {
  const std::string name = field(fields, "NAME");
  const std::string last = field(fields, "LAST_NAME");
  const std::string second = field(fields, "SECOND_NAME");
  if (last.empty() && second.empty()) {
    event.contact.name = name;  // may be a full name
    return;
  }
  event.contact.first_name = name;
  event.contact.last_name = last;
  event.contact.second_name = second;
}

void read_source(event::Event& event, const std::string& source) {
  if (const std::string_view id = lead_source_id(source); !id.empty()) {
    event.fields.set("SOURCE_ID", id);
  } else {
    add_line(event.text, "Источник", source);
  }
}

// Reads one field; false when it is the visitor's answer to a question of their own.
bool read_field(event::Event& event, const std::string& name, const json::Value& value) {
  const std::string text = text_of(value);
  if (std::string* place = place_of(event, name)) {
    if (place->empty()) *place = text;
  } else if (name == "NAME" || name == "LAST_NAME" || name == "SECOND_NAME" || name == "COMMENTS") {
    return true;  // read together
  } else if (begins_with(name, "PHONE_")) {
    add_texts(event.contact.phones, value);
  } else if (begins_with(name, "EMAIL_")) {
    add_texts(event.contact.emails, value);
  } else if (const auto role = messenger_of(name); role != connector::Role::other) {
    connector::take(event, role, text);
  } else if (begins_with(name, "IM_")) {
    add_line(event.text, connector::shown(name.substr(3)), text);
  } else if (name == "SOURCE_ID") {
    if (!text.empty()) read_source(event, text);
  } else if (is_hint(name)) {
    if (!text.empty()) event.fields.set(name, text);
  } else if (const std::string_view label = shown_name(name); !label.empty()) {
    take_geo(event, name, text);
    add_line(event.text, label, text);
    if (!text.empty() && (name != "OPPORTUNITY" || is_money(text))) event.fields.set(name, text);
    if (name == "DIRECTION" && !text.empty()) event.fields.set("direction", text);
  } else {
    return false;
  }
  return true;
}

void read_comments(event::Event& event, const std::string& comments) {
  std::vector<Answer> answers;
  const std::vector<Block> blocks = blocks_of(comments);
  for (const auto& block : blocks) {
    if (block.title.empty()) {
      add_line(event.text, "", block.answer);
    } else if (blocks.size() == 1 && block.answer.empty()) {
      add_line(event.text, "", block.title);
    } else {
      answers.push_back({"", block.title, "", block.answer});
    }
  }
  take_answers(event, std::move(answers));
}

// One result of a form is one lead, whichever way brought it. Without its number the content stands for it.
void set_key(event::Event& event, const json::Object& fields, const TimeZone& zone, TimePoint now) {
  const std::string result = field(fields, "FORM_RESULT_ID");
  if (event.form.id.empty() || result.empty())
    return connector::set_content_key(event, "bitrix-site", "lead", json::Value(fields), zone, now);
  event.key = connector::event_key("bitrix-site", "form:" + event.form.id + ":" + result);
}

// `fields` without those of the service; as they came.
event::Event read_lead(const json::Object& fields, const connector::Source& source, TimePoint now,
                       json::Object& raw) {
  event::Event event;
  event.kind = event::Kind::form;
  event.channel = "site";
  event.creates_lead = true;
  std::vector<Answer> others;
  std::string comments;
  for (const auto& [name, came] : fields) {
    json::Value value =
        name == "COMMENTS" ? json::Value(plain_text(came.text())) : connector::without_entities(came);
    if (name == "COMMENTS") comments = value.text();
    if (!read_field(event, name, value)) others.push_back({name, "", "", text_of(value)});
    raw.append(name, std::move(value));
  }
  read_name(event, raw);
  std::string details = std::move(event.text);
  event.text.clear();
  read_comments(event, comments);
  add_line(event.text, "", details);
  take_answers(event, std::move(others));
  take_contacts_from(event, comments);
  add_line(event.text, "Форма", event.form.name);
  set_key(event, fields, source.time_zone, now);
  return event;
}

json::Object without_service(const json::Object& fields) {
  json::Object out;
  for (const auto& [name, value] : fields) {
    if (!is_service(name) && !value.says_nothing()) out.append(name, value);
  }
  return out;
}

// False when there is nothing to make a lead of.
bool add_lead(Reading& out, const json::Object& fields, const connector::Source& source, TimePoint now) {
  const json::Object given = without_service(fields);
  if (given.empty()) return false;
  json::Object raw;
  out.events.push_back(read_lead(given, source, now, raw));
  out.raw.emplace_back(std::move(raw));
  return true;
}

Reading unreadable(Reading out, const char* reason) {
  out.outcome = Outcome::unreadable;
  out.reason = reason;
  out.events.clear();
  out.raw.clear();
  return out;
}

Reading read_bundle(Reading out, const json::Value& leads, const connector::Source& source, TimePoint now) {
  json::Array taken;
  const auto add = [&](const json::Value& lead) {
    const auto* fields = lead.object_if();
    taken.emplace_back(fields && add_lead(out, *fields, source, now));
  };
  if (const auto* list = leads.array_if()) {
    for (const auto& lead : *list) add(lead);
  } else if (const auto* members = leads.object_if()) {  // brackets with gaps in their numbers
    for (const auto& [number, lead] : *members) add(lead);
  }
  if (out.events.empty()) return unreadable(std::move(out), "the bundle has no lead");
  out.reply["bundle"] = std::move(taken);
  return out;
}

}  // namespace

Reading read_lead_form(const json::Object& fields, const connector::Source& source, TimePoint now) {
  Reading out;
  const std::string method = utf8::folded(field(fields, "method"));
  out.reply["way"] = lead_form_reply;
  out.reply["login"] = !field(fields, "LOGIN").empty();
  if (method == "lead.get_fields") {
    out.outcome = Outcome::probe;
    out.reason = "the site asks which fields a lead has";
    out.reply["fields"] = true;
    return out;
  }
  if (method == "lead.add.bundle") {
    const json::Value* leads = fields.find("LEADS");
    return read_bundle(std::move(out), leads ? *leads : json::Value(), source, now);
  }
  if (begins_with(method, "lead.") && method != "lead.add")
    return unreadable(std::move(out), "lead.php has no such method");
  if (!add_lead(out, fields, source, now)) return unreadable(std::move(out), "the lead has no fields");
  return out;
}

}  // namespace b24gate::bitrix_site
