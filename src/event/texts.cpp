#include "event/texts.hpp"

namespace b24gate::event {
namespace {

struct Change {
  TextTest is_wanted;
  TextChange change;
  void operator()(std::string& text) const {
    if (is_wanted(text)) change(text);
  }
};

void each(const Change& change, std::initializer_list<std::string*> texts) {
  for (std::string* text : texts) change(*text);
}

void each(const Change& change, std::vector<std::string>& texts) {
  for (auto& text : texts) change(text);
}

void each(const Change& change, json::Object& object);

void each(const Change& change, json::Value& value) {
  if (const auto* text = value.string()) {
    if (!change.is_wanted(*text)) return;
    std::string changed = *text;
    change.change(changed);
    value = std::move(changed);
  } else if (auto* elements = value.array_if()) {
    for (auto& element : *elements) each(change, element);
  } else if (auto* members = value.object_if()) {
    each(change, *members);
  }
}

void each(const Change& change, json::Object& object) {
  bool same_names = true;
  for (auto& [name, value] : object) {
    each(change, value);
    if (!change.is_wanted(name)) continue;
    change.change(name);
    same_names = false;
  }
  if (same_names) return;
  json::Object out;  // two names may have become one
  for (auto& [name, value] : object) out.set(std::move(name), std::move(value));
  object = std::move(out);
}

void each(const Change& change, Contact& contact) {
  each(change, {&contact.name, &contact.first_name, &contact.second_name, &contact.last_name,
                &contact.company, &contact.position});
  each(change, contact.phones);
  each(change, contact.extensions);
  each(change, contact.emails);
  for (auto& messenger : contact.messengers) each(change, {&messenger.type, &messenger.id});
}

void each(const Change& change, Call& call) {
  each(change, {&call.id, &call.ordered_by, &call.direction, &call.client, &call.line, &call.extension,
                &call.employee, &call.outcome, &call.state});
  each(change, call.joined);
  if (call.recording) each(change, {&call.recording->id, &call.recording->url});
}

void each(const Change& change, Chat& chat) {
  each(change, {&chat.id, &chat.agent});
  for (auto& message : chat.messages) each(change, {&message.from, &message.text});
}

void each(const Change& change, Order& order) {
  each(change, {&order.id, &order.total, &order.currency});
  for (auto& item : order.items) each(change, {&item.name, &item.quantity, &item.price});
}

}  // namespace

void change_texts(Event& event, TextTest is_wanted, TextChange change_one) {
  const Change change{is_wanted, change_one};
  each(
      change,
      {&event.key,         &event.note,         &event.thread,       &event.subject,     &event.text,
       &event.form.id,     &event.form.name,    &event.page.url,     &event.page.title,  &event.page.referrer,
       &event.utm.source,  &event.utm.medium,   &event.utm.campaign, &event.utm.content, &event.utm.term,
       &event.geo.country, &event.geo.region,   &event.geo.city,     &event.geo.from,    &event.channel,
       &event.company,     &event.enquiry_type, &event.reference,    &event.created_by,  &event.client_ip});
  each(change, event.contact);
  each(change, event.fields);
  if (event.call) each(change, *event.call);
  if (event.chat) each(change, *event.chat);
  if (event.order) each(change, *event.order);
  if (event.email)
    each(change, {&event.email->id, &event.email->status, &event.email->template_name, &event.email->to});
  if (event.robot) each(change, {&event.robot->result});
}

}  // namespace b24gate::event
