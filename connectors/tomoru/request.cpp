#include "connectors/tomoru/request.hpp"

#include <algorithm>

#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connectors/tomoru/tables.hpp"

namespace b24gate::tomoru {
namespace {

using connector::add_line;
using connector::FreeBody;

// A request has no id. The same phone and content within a window of ten minutes are the same request; one
// window later the client asks anew and must not be lost. A repeat across the border of two windows makes a
// second event, which joins the client's open lead.
std::string id_of(const FreeBody& body, const event::Event& event, const std::vector<std::string>& content,
                  TimePoint received_at) {
  json::Value what;
  what["phone"] = event.contact.phones.empty() ? std::string() : event.contact.phones.front();
  for (const auto& text : content) what["content"].push(text);
  if (content.empty()) what["body"] = body.root();
  const auto dialog = body.text(dialog_ids);
  if (!dialog.empty()) {
    what["dialog"] = dialog;
  } else {
    constexpr std::chrono::minutes window{10};
    what["window"] = to_unix_ms(received_at) / Milliseconds(window).count();
  }
  return "request:" + connector::content_id(what);
}

}  // namespace

bool is_request(const FreeBody& body) {
  const auto* form = body.find("request_form");
  return (form && form->is_object()) || (!body.text("client_phone").empty() && !body.text("content").empty());
}

event::Event read_request(const FreeBody& body, TimePoint received_at) {
  event::Event event;
  event.kind = event::Kind::form;
  event.channel = "phone";
  for (const auto& phone : connector::free_phones(body, phones)) event.contact.phones.push_back(phone.text());
  event.contact.name = body.text(names);
  event.contact.company = body.text(companies);
  event.reference = reference_of(body);
  event.subject = body.text("request_form.subject");
  add_line(event.text, "Тема", event.subject);
  std::vector<std::string> content;
  if (!event.subject.empty()) content.push_back(event.subject);
  constexpr std::pair<std::string_view, std::string_view> lines[] = {
      {"content", ""},
      {"request_form.additional_info", ""},
      {"request_form.address", "Адрес"},
      {"address", "Адрес"},
      {"comment", ""},
      {"summary", "Итог"},
  };
  for (const auto& [name, label] : lines) {
    std::string value = body.text(name);
    if (value.empty() || std::find(content.begin(), content.end(), value) != content.end()) continue;
    add_line(event.text, label, value);
    content.push_back(std::move(value));
  }
  add_line(event.text, "Последняя фраза", body.text("last_phrase"));
  add_line(event.text, "Компания", event.contact.company);
  event.key = connector::event_key("tomoru", id_of(body, event, content, received_at));
  if (event.contact.phones.empty()) {
    event.action = event::Action::ignore;
    event.note = "the request has no phone";
  } else {
    event.action = event::Action::create;
    event.creates_lead = true;
  }
  return event;
}

bool is_event_status(const FreeBody& body) {
  const auto* status = body.find("eventStatus");
  return status && status->is_object();
}

event::Event read_event_status(const FreeBody& body) {
  event::Event event;
  event.kind = event::Kind::other;
  event.action = event::Action::ignore;
  event.note = "the fate of an event that was sent to the robot, not the result of a call";
  const FreeBody status(*body.find("eventStatus"));
  const std::string id = status.text("trackingId");
  const std::string state = status.text("status");
  add_line(event.text, "Событие для робота", id);
  add_line(event.text, "Состояние", state);
  event.key = connector::event_key(
      "tomoru",
      "status:" + (id.empty() ? connector::content_id(body.root()) : id + ":" + connector::plain_key(state)));
  return event;
}

}  // namespace b24gate::tomoru
