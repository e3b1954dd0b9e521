#include "connectors/jivo/visitor.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "connector/labels.hpp"
#include "connector/member.hpp"
#include "connectors/jivo/regions.hpp"

namespace b24gate::jivo {
namespace {

using connector::add_line;
using connector::fill;
using connector::text_at;

void set_mark(event::Utm& utm, std::string_view key, std::string_view value) {
  if (key.substr(0, 4) == "utm_") key.remove_prefix(4);
  value = utf8::trimmed(value);
  if (key == "source") fill(utm.source, value);
  if (key == "medium") fill(utm.medium, value);
  if (key == "campaign") fill(utm.campaign, value);
  if (key == "content") fill(utm.content, value);
  if (key == "term" || key == "keyword") fill(utm.term, value);
}

// The object is preferred mark by mark; the text "source=…|medium=…" fills what it lacks.
void read_utm(const json::Value& session, event::Utm& utm) {
  if (const auto* marks = session["utm_json"].object_if()) {
    for (const auto& [key, value] : *marks) set_mark(utm, key, connector::plain_text(value));
  }
  const std::string text = text_at(session, "utm");
  const std::string_view all = text;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('|', at), all.size());
    const std::string_view pair = all.substr(at, end - at);
    at = end + 1;
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) {
      set_mark(utm, utf8::trimmed(pair.substr(0, equals)), pair.substr(equals + 1));
    }
  }
}

void read_place(const json::Value& geoip, event::Geo& geo) {
  geo.country = text_at(geoip, "country_code");
  if (geo.country.size() != 2) geo.country.clear();
  geo.region = text_at(geoip, "region");
  geo.city = text_at(geoip, "city");
  const std::string_view russian = russian_region(text_at(geoip, "region_code"));
  if (geo.country == "RU" && !russian.empty()) geo.region = russian;
  if (!geo.country.empty() || !geo.region.empty() || !geo.city.empty()) geo.from = "payload";
}

bool is_messenger(std::string_view type) {
  for (const std::string_view known : {"telegram", "whatsapp", "viber", "max", "vk"}) {
    if (type == known) return true;
  }
  return false;
}

}  // namespace

void read_visitor(const json::Value& body, event::Event& event) {
  const json::Value& visitor = body["visitor"];
  event.contact.name = text_at(visitor, "name");
  event.contact.company = text_at(body["organization"], "name");
  std::string phone = text_at(visitor, "phone");
  fill(phone, text_at(body["call"], "phone"));
  if (!phone.empty()) event.contact.phones.push_back(std::move(phone));
  if (auto email = text_at(visitor, "email"); !email.empty())
    event.contact.emails.push_back(std::move(email));
  if (const auto* links = visitor["social"].object_if()) {
    for (const auto& [type, link] : *links) {
      const std::string id = connector::plain_text(link);
      if (!id.empty() && is_messenger(type)) event.contact.messengers.push_back({type, id});
    }
  }
  const json::Value& session = body["session"];
  read_utm(session, event.utm);
  read_place(session["geoip"], event.geo);
  event.client_ip = text_at(session, "ip_addr");
  event.page.url = text_at(body["page"], "url");
  event.page.title = text_at(body["page"], "title");
}

void add_circumstances(const json::Value& body, event::Event& event) {
  const auto add = [&](const char* label, const std::string& value) {
    if (value.empty()) return;
    add_line(event.text, label, value);
    event.fields.set(label, value);
  };
  const json::Value& visitor = body["visitor"];
  add("О клиенте", text_at(visitor, "description"));
  if (const auto* links = visitor["social"].object_if()) {
    for (const auto& [type, link] : *links) {
      if (!is_messenger(type)) add_line(event.text, type, connector::plain_text(link));
    }
  }
  event.subject = text_at(body["topic"], "title");
  add("Тема", event.subject);
  add("Отдел", text_at(body["department"], "name"));
  std::string tags;
  if (const auto* list = body["tags"].array_if()) {
    for (const auto& tag : *list) {
      const std::string title = text_at(tag, "title");
      if (!title.empty()) tags += (tags.empty() ? "" : ", ") + title;
    }
  }
  add("Метки", tags);
  add("Статус клиента", text_at(body["status"], "title"));
}

}  // namespace b24gate::jivo
