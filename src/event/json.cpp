#include <utility>

#include "event/event.hpp"
#include "event/read.hpp"

namespace b24gate::event {
namespace {

// Builds an object and leaves out what says nothing.
class Writer {
 public:
  explicit Writer(const TimeZone& zone) : zone_(zone) {}

  Writer& text(const char* key, const std::string& value) {
    if (!value.empty()) object_.append(key, value);
    return *this;
  }
  Writer& time(const char* key, const std::optional<TimePoint>& value) {
    if (value) object_.append(key, to_iso(*value, zone_));
    return *this;
  }
  Writer& number(const char* key, const std::optional<int>& value) {
    if (value) object_.append(key, *value);
    return *this;
  }
  Writer& set(const char* key, bool value) {
    if (value) object_.append(key, true);
    return *this;
  }
  Writer& flag(const char* key, bool value) {
    object_.append(key, value);
    return *this;
  }
  Writer& value(const char* key, json::Value value) {
    if (!value.says_nothing()) object_.append(key, std::move(value));
    return *this;
  }
  Writer& texts(const char* key, const std::vector<std::string>& values) {
    return value(key, json::Value(json::Array(values.begin(), values.end())));
  }
  json::Value take() { return json::Value(std::move(object_)); }

 private:
  const TimeZone& zone_;
  json::Object object_;
};

template <class T, class Write>
json::Value list_of(const std::vector<T>& values, Write write) {
  json::Array out;
  out.reserve(values.size());
  for (const auto& value : values) out.push_back(write(value));
  return json::Value(std::move(out));
}

json::Value contact_json(const Contact& contact, const TimeZone& zone) {
  return Writer(zone)
      .text("name", contact.name)
      .text("first_name", contact.first_name)
      .text("second_name", contact.second_name)
      .text("last_name", contact.last_name)
      .texts("phones", contact.phones)
      .texts("extensions", contact.extensions)
      .texts("emails", contact.emails)
      .value("messengers", list_of(contact.messengers,
                                   [&](const Messenger& one) {
                                     return Writer(zone).text("type", one.type).text("id", one.id).take();
                                   }))
      .text("company", contact.company)
      .text("position", contact.position)
      .take();
}

json::Value call_json(const Call& call, const TimeZone& zone) {
  Writer out(zone);
  out.text("id", call.id)
      .text("ordered_by", call.ordered_by)
      .texts("joined", call.joined)
      .text("direction", call.direction)
      .text("client", call.client)
      .text("line", call.line)
      .text("extension", call.extension)
      .text("employee", call.employee)
      .time("started_at", call.started_at)
      .number("wait_s", call.wait_s)
      .number("talk_s", call.talk_s)
      .text("outcome", call.outcome)
      .text("state", call.state)
      .set("final", call.final);
  if (call.recording) {
    out.value("recording",
              Writer(zone).text("id", call.recording->id).text("url", call.recording->url).take());
  }
  return out.take();
}

json::Value chat_json(const Chat& chat, const TimeZone& zone) {
  const auto message = [&](const ChatMessage& one) {
    return Writer(zone).text("from", one.from).time("at", one.at).text("text", one.text).take();
  };
  return Writer(zone)
      .text("id", chat.id)
      .text("agent", chat.agent)
      .value("messages", list_of(chat.messages, message))
      .take();
}

json::Value order_json(const Order& order, const TimeZone& zone) {
  const auto item = [&](const OrderItem& one) {
    return Writer(zone).text("name", one.name).text("quantity", one.quantity).text("price", one.price).take();
  };
  return Writer(zone)
      .text("id", order.id)
      .text("total", order.total)
      .text("currency", order.currency)
      .flag("paid", order.paid)
      .set("canceled", order.canceled)
      .value("items", list_of(order.items, item))
      .take();
}

json::Value fields_json(const json::Object& fields) {
  json::Object out;
  out.reserve(fields.size());
  for (const auto& [key, value] : fields) {
    if (!value.says_nothing()) out.append(key, value);
  }
  return json::Value(std::move(out));
}

// Walks nested objects down to the dotted names that take_member knows.
void read_into(Event& event, const std::string& path, const json::Value& value, const TimeZone& zone,
               std::vector<std::string>* unknown) {
  const Taken taken = take_member(event, path, value, zone);
  if (taken == Taken::yes) return;
  const auto* members = value.object_if();
  if (taken == Taken::unknown_member && members) {
    for (const auto& [key, member] : *members) read_into(event, path + "." + key, member, zone, unknown);
    return;
  }
  if (unknown) unknown->push_back(path);
}

}  // namespace

json::Value to_json(const Event& event, const TimeZone& zone) {
  Writer out(zone);
  out.text("key", event.key)
      .value("kind", json::Value(name(event.kind)))
      .time("occurred_at", event.occurred_at)
      .value("action", json::Value(name(event.action)))
      .flag("creates_lead", event.creates_lead)
      .text("note", event.note)
      .text("thread", event.thread)
      .value("contact", contact_json(event.contact, zone))
      .text("subject", event.subject)
      .text("text", event.text)
      .value("form", Writer(zone).text("id", event.form.id).text("name", event.form.name).take())
      .value("page", Writer(zone)
                         .text("url", event.page.url)
                         .text("title", event.page.title)
                         .text("referrer", event.page.referrer)
                         .take())
      .value("utm", Writer(zone)
                        .text("source", event.utm.source)
                        .text("medium", event.utm.medium)
                        .text("campaign", event.utm.campaign)
                        .text("content", event.utm.content)
                        .text("term", event.utm.term)
                        .take())
      .value("geo", Writer(zone)
                        .text("country", event.geo.country)
                        .text("region", event.geo.region)
                        .text("city", event.geo.city)
                        .text("from", event.geo.from)
                        .take())
      .text("channel", event.channel)
      .text("company", event.company)
      .text("enquiry_type", event.enquiry_type)
      .value("fields", fields_json(event.fields));
  if (event.call) out.value("call", call_json(*event.call, zone));
  if (event.chat) out.value("chat", chat_json(*event.chat, zone));
  if (event.order) out.value("order", order_json(*event.order, zone));
  if (event.email) {
    out.value("email", Writer(zone)
                           .text("id", event.email->id)
                           .text("status", event.email->status)
                           .text("template", event.email->template_name)
                           .text("to", event.email->to)
                           .take());
  }
  if (event.robot) {
    out.value("robot", Writer(zone)
                           .text("result", event.robot->result)
                           .number("attempt", event.robot->attempt)
                           .set("stop", event.robot->stop)
                           .take());
  }
  return out.text("reference", event.reference).text("created_by", event.created_by).take();
}

Event from_json(const json::Value& value, const TimeZone& zone, std::vector<std::string>* unknown) {
  Event event;
  if (const auto* members = value.object_if()) {
    for (const auto& [key, member] : *members) read_into(event, key, member, zone, unknown);
  }
  return event;
}

std::optional<TimePoint> read_time(const json::Value& value, const TimeZone& zone) {
  constexpr std::int64_t first_in_ms = 100'000'000'000;  // as seconds this would be the year 5138
  if (const auto number = value.integer()) {
    if (*number <= 0 || *number > 100 * first_in_ms) return std::nullopt;
    return from_unix_ms(*number < first_in_ms ? *number * 1000 : *number);
  }
  const auto* text = value.string();
  return text ? parse_iso(*text, zone) : std::nullopt;
}

Messenger read_messenger(const json::Value& object) { return {object["type"].text(), object["id"].text()}; }

OrderItem read_item(const json::Value& object) {
  return {object["name"].text(), object["quantity"].text(), object["price"].text()};
}

ChatMessage read_message(const json::Value& object, const TimeZone& zone) {
  return {object["from"].text(), read_time(object["at"], zone), object["text"].text()};
}

}  // namespace b24gate::event
