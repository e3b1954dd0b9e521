// Dialogues, offline messages and calls of Jivo. Facts: https://www.jivo.ru/docs/webhooks/ and README.md
// beside.
#include <algorithm>
#include <unordered_set>

#include "base/utf8.hpp"
#include "connector/body.hpp"
#include "connector/connector.hpp"
#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connector/member.hpp"
#include "connectors/default_mapping.hpp"
#include "connectors/jivo/answer.hpp"
#include "connectors/jivo/call.hpp"
#include "connectors/jivo/chat.hpp"
#include "connectors/jivo/visitor.hpp"
#include "text/form.hpp"

namespace b24gate::connector {
namespace {

// A token of the visitor's session on the site: neither stored nor needed.
constexpr std::string_view token_name = "user_token";

enum class Topic { chat, offline_message, call, client, other };

Topic topic_of(std::string_view name) {
  if (name == "chat_accepted" || name == "chat_updated" || name == "chat_assigned" || name == "chat_finished")
    return Topic::chat;
  if (name == "offline_message") return Topic::offline_message;
  if (name == "call_event") return Topic::call;
  if (name == "client_updated" || name == "client_attribute_updated") return Topic::client;
  return Topic::other;
}

// Jivo waits for what is known of the visitor only with these two.
bool is_question(std::string_view name) { return name == "chat_accepted" || name == "chat_updated"; }

// The id that the events of one conversation share.
std::string id_of(Topic topic, const json::Value& body) {
  if (topic == Topic::offline_message) return text_at(body, "offline_message_id");
  if (topic != Topic::client) return text_at(body, "chat_id");
  std::string id = text_at(body, "client_id");
  fill(id, text_at(body["visitor"], "number"));
  return id;
}

// chat_id is a small counter: it means something only beside its widget.
std::string thread_of(Topic topic, const std::string& widget, const std::string& id) {
  const char* kind = topic == Topic::chat     ? "chat"
                     : topic == Topic::call   ? "call"
                     : topic == Topic::client ? "client"
                                              : "";
  return *kind == '\0' || id.empty() ? "" : std::string(kind) + "/" + widget + "/" + id;
}

// Jivo numbers conversations, not events: the same bytes again are a redelivery, anything else is another
// event of the conversation. Only an offline message is one event by its number.
std::string key_of(Topic topic, const std::string& name, const std::string& widget, const std::string& id,
                   const json::Value& body) {
  std::string out = name + ":" + widget + ":" + id;
  if (topic != Topic::offline_message || id.empty()) out += ":" + content_id(body);
  return event_key("jivo", out);
}

void add_attributes(const json::Value& attributes, event::Event& event) {
  std::unordered_set<std::string> seen;  // a list may name one twice
  const auto add = [&](const std::string& label, const json::Value& value) {
    if (value.says_nothing()) return;
    add_line(event.text, label, value.text());
    if (label.empty() || !seen.insert(label).second) return;
    event.fields.append(label, value.is_object() ? json::Value(value.text()) : value);
  };
  if (const auto* members = attributes.object_if()) {
    for (const auto& [label, value] : *members) add(label, value);
  } else if (const auto* elements = attributes.array_if()) {
    for (const auto& one : *elements) {
      std::string label = text_at(one, "title");
      for (const char* name : {"name", "key"}) fill(label, text_at(one, name));
      add(label, label.empty() ? one : one["value"]);
    }
  }
}

void read_client(const json::Value& body, const json::Value& options, event::Event& event) {
  add_attributes(body["attributes"], event);
  if (text_at(body, "event_name") == "client_updated" && text_at(options, "client_updated") == "create")
    return;
  event.action = event::Action::attach;
  event.note = "a change of a client's card outside of a dialogue";
}

event::Event read_event(Topic topic, const json::Value& body, const json::Value& options) {
  event::Event event;
  event.channel = topic == Topic::call ? "phone" : "chat";
  event.kind = topic == Topic::call              ? event::Kind::call
               : topic == Topic::offline_message ? event::Kind::message
                                                 : event::Kind::chat;
  jivo::read_visitor(body, event);
  if (topic == Topic::chat) jivo::read_chat(body, event);
  if (topic == Topic::call) jivo::read_call(body, event);
  if (topic == Topic::client) read_client(body, options, event);
  if (topic == Topic::offline_message) add_line(event.text, "", text_at(body, "message"));
  jivo::add_circumstances(body, event);
  const std::string blacklisted = body["chat"]["blacklisted"].text();
  if ((blacklisted == "true" || blacklisted == "1") && text_at(options, "blacklisted") != "lead") {
    event.action = event::Action::ignore;
    event.note = "the visitor was put on the black list";
  }
  event.creates_lead = event.action == event::Action::create;
  const std::string widget = text_at(body, "widget_id");
  const std::string id = id_of(topic, body);
  event.thread = thread_of(topic, widget, id);
  event.key = key_of(topic, text_at(body, "event_name"), widget, id, body);
  return event;
}

Reading unreadable(std::string reason) {
  Reading out;
  out.outcome = Outcome::unreadable;
  out.reason = std::move(reason);
  return out;
}

Reading ignored(std::string reason) {
  Reading out;
  out.outcome = Outcome::ignored;
  out.reason = std::move(reason);
  out.answer = jivo::ok();
  return out;
}

// A name as Jivo makes them, safe to show; "" for anything else.
std::string shown_name(const std::string& name) {
  const bool is_plain = name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
                          return (c >= 'a' && c <= 'z') || c == '_';
                        });
  return is_plain ? " " + name : "";
}

class Jivo final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "jivo"; }

  [[nodiscard]] Reading read(const Request& request, const Source& source) const override {
    // JSON whatever Content-Type says.
    const std::string_view start = utf8::trimmed(request.body).substr(0, 1);
    if (start != "{") return unreadable("the body is no JSON object");
    auto parsed = text::parse_body(request.body, "");
    if (!parsed) return unreadable(parsed.error().text());
    if (!parsed->is_object()) return unreadable("the body is no JSON object");
    json::Value& body = *parsed;
    body.object_if()->erase(token_name);
    if (text_at(body, "event_type").rfind("crm_", 0) == 0) return ignored("an event of Jivo's own CRM");
    const std::string name = text_at(body, "event_name");
    const Topic topic = topic_of(name);
    if (topic == Topic::other)
      return ignored("an event that this connector does not know:" + shown_name(name));

    Reading out;
    out.answer = jivo::ok();
    out.events.push_back(read_event(topic, body, source.options));
    const std::string phone = text_at(body["visitor"], "phone");
    if (is_question(name) && !phone.empty()) out.question = Question{phone};
    out.raw.push_back(std::move(body));
    return out;
  }

  [[nodiscard]] std::optional<Answer> answer(const Reading& reading, const Source& /*source*/,
                                             const Stored& stored) const override {
    if (reading.outcome == Outcome::unreadable || reading.outcome == Outcome::refused) return std::nullopt;
    Answer out;
    out.body = reading.question && stored.client ? jivo::ok_with(*stored.client) : jivo::ok();
    return out;
  }

  [[nodiscard]] std::string_view default_mapping() const override { return default_mapping_of("jivo"); }

  void redact(Request& request, const Source& source) const override {
    redact_fields(request,
                  [](std::string_view field, std::string_view /*value*/) -> std::optional<std::string> {
                    if (field != token_name) return std::nullopt;
                    return std::string(redacted);
                  });
    redact_values(request, source.secrets);
  }

  [[nodiscard]] std::vector<std::string> option_names() const override {
    return {"blacklisted", "client_updated"};
  }
};

}  // namespace

const Connector& jivo_connector();
const Connector& jivo_connector() {
  static const Jivo connector;
  return connector;
}

}  // namespace b24gate::connector
