#include "connectors/comagic/enquiry.hpp"

#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connectors/comagic/contact.hpp"

namespace b24gate::comagic {
namespace {

using connector::add_line;
using connector::FreeBody;
using event::Action;

std::string speaker_of(const json::Value& message) {
  static const connector::ValueTable<std::string> table = {
      {"visitor", "visitor"}, {"client", "visitor"},     {"customer", "visitor"}, {"user", "visitor"},
      {"contact", "visitor"}, {"посетитель", "visitor"}, {"клиент", "visitor"}};
  return table.find(message["author"].text()).value_or("agent");
}

void read_chat(event::Event& event, const FreeBody& body, const connector::Source& source) {
  event::Chat& chat = event.chat.emplace();
  chat.id = body.text(other_ids);
  chat.agent = body.text(employees);
  const auto* messages = body.find("messages");
  const auto* list = messages ? messages->array_if() : nullptr;
  if (messages && !list) add_line(event.text, "", messages->text());
  for (const auto& said : list ? *list : json::Array()) {
    const json::Value& words = said.is_object() ? said["text"] : said;
    event::ChatMessage message{said.is_object() ? speaker_of(said) : "", {}, words.text()};
    if (message.text.empty()) continue;
    constexpr const char* clocks[] = {"date_time", "time", "at"};
    for (const char* clock : clocks) {
      if (!message.at) message.at = connector::free_time(said[clock], source.time_zone);
    }
    const char* label = message.from == "visitor" ? "Посетитель" : message.from == "agent" ? "Оператор" : "";
    add_line(event.text, label, message.text);
    chat.messages.push_back(std::move(message));
  }
}

void decide(event::Event& event, const FreeBody& body, Happening happening) {
  const auto ignore = [&](const char* note) {
    event.action = Action::ignore;
    event.note = note;
  };
  if (happening == Happening::goal) return ignore("a goal is no enquiry");
  if (happening == Happening::unknown)
    return ignore("the notification is not recognised; put a constant \"event\" into its template");
  if (event.contact.phones.empty() && event.contact.emails.empty())
    return ignore("neither a phone nor an e-mail was left");
  static const connector::ValueTable<bool> refused = {{"refused", true}};
  if (happening == Happening::chat && refused.find(body.text("status")))
    return ignore("the chat was refused");
  event.action = Action::create;
  event.creates_lead = true;
}

// A notification before the visitor has left a phone must not stand in the way of the one that brings it.
std::string key_of(const event::Event& event, const FreeBody& body, Happening happening,
                   const std::string& id) {
  const bool is_silent = event.contact.phones.empty() && event.contact.emails.empty() &&
                         (happening == Happening::chat || happening == Happening::offline_message);
  std::string whole = std::string(name(happening)) + ":" + id;
  if (is_silent && !id.empty()) whole += ":";
  if (is_silent || id.empty()) whole += connector::content_id(body.root());
  return connector::event_key("comagic", whole);
}

}  // namespace

event::Event read_enquiry(const FreeBody& body, Happening happening, const connector::Source& source) {
  event::Event event;
  event.kind = happening == Happening::offline_message ? event::Kind::form
               : happening == Happening::chat          ? event::Kind::chat
                                                       : event::Kind::other;
  event.channel = happening == Happening::chat ? "chat" : "site";
  event.occurred_at = body.time(times, source.time_zone);
  read_contact(event, body, other_phones, other_names);
  read_origin(event, body);
  if (happening == Happening::unknown) add_line(event.text, "Уведомление", body.text("notification_name"));
  if (happening == Happening::goal) add_line(event.text, "Цель", body.text("goal_name"));
  for (const auto candidate : texts) add_line(event.text, "", body.text(candidate));
  if (happening == Happening::chat) read_chat(event, body, source);
  if (happening == Happening::offline_message) {
    event.form.name = body.text("form_name");
    event.form.id = body.text("form_id");
    event.subject = event.form.name;
    add_line(event.text, "Форма", event.form.name);
  }
  add_line(event.text, "Сотрудник", body.text(employees));
  add_origin_lines(event.text, body);

  const std::string id = happening == Happening::unknown ? std::string() : body.text(other_ids);
  if (happening == Happening::offline_message && !id.empty()) event.thread = "form/" + id;
  decide(event, body, happening);
  event.key = key_of(event, body, happening, id);
  return event;
}

}  // namespace b24gate::comagic
