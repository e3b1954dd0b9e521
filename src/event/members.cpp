// One table of an event's members by their dotted names: what mappings, rules and tests may set.
#include <algorithm>
#include <unordered_map>

#include "event/event.hpp"
#include "event/read.hpp"

namespace b24gate::event {
namespace {

using Set = bool (*)(Event&, const json::Value&, const TimeZone&);

struct Entry {
  std::string_view name;
  Set set;  // false when the value cannot be taken
};

// The part of an event that is there only when something of it is known.
template <class T>
T& present(std::optional<T>& part) {
  return part ? *part : part.emplace();
}

bool set_text(std::string& member, const json::Value& value) {
  member = value.text();
  return true;
}

bool set_texts(std::vector<std::string>& member, const json::Value& value) {
  member.clear();
  const auto add = [&](const json::Value& one) {
    if (std::string text = one.text(); !text.empty()) member.push_back(std::move(text));
  };
  if (const auto* elements = value.array_if()) {
    std::for_each(elements->begin(), elements->end(), add);
  } else {
    add(value);
  }
  return true;
}

bool set_number(std::optional<int>& member, const json::Value& value) {
  const auto number = value.integer();
  const bool fits = number && *number >= 0 && *number <= 1'000'000'000;
  member = fits ? std::optional<int>(static_cast<int>(*number)) : std::nullopt;
  return fits || value.says_nothing();
}

bool set_time(std::optional<TimePoint>& member, const json::Value& value, const TimeZone& zone) {
  member = read_time(value, zone);
  return member || value.says_nothing();
}

bool set_flag(bool& member, const json::Value& value) {
  const std::string text = value.text();
  member = text == "true" || text == "1" || text == "yes" || text == "да" || text == "Y";
  return member || text.empty() || text == "false" || text == "0" || text == "no" || text == "нет" ||
         text == "N";
}

// Lists of objects: one object stands for a list of one.
template <class T, class Read>
bool set_objects(std::vector<T>& member, const json::Value& value, Read read) {
  member.clear();
  if (value.is_object()) {
    member.push_back(read(value));
    return true;
  }
  const auto* elements = value.array_if();
  if (!elements) return value.says_nothing();
  for (const auto& element : *elements) {
    if (!element.is_object()) return false;
    member.push_back(read(element));
  }
  return true;
}

// NOLINTBEGIN: the table is easier to check when each line says only what differs.
#define MEMBER(text, expression)                                                                        \
  Entry {                                                                                               \
    text, [](Event& e, const json::Value& v, [[maybe_unused]] const TimeZone& z) { return expression; } \
  }
const Entry table[] = {
    MEMBER("key", set_text(e.key, v)),
    MEMBER("kind",
           [&] {
             const auto kind = parse_kind(v.text());
             if (kind) e.kind = *kind;
             return kind.has_value();
           }()),
    MEMBER("occurred_at", set_time(e.occurred_at, v, z)),
    MEMBER("action",
           [&] {
             const auto action = parse_action(v.text());
             if (action) e.action = *action;
             return action.has_value();
           }()),
    MEMBER("note", set_text(e.note, v)),
    MEMBER("thread", set_text(e.thread, v)),
    MEMBER("creates_lead", set_flag(e.creates_lead, v)),
    MEMBER("contact.name", set_text(e.contact.name, v)),
    MEMBER("contact.first_name", set_text(e.contact.first_name, v)),
    MEMBER("contact.second_name", set_text(e.contact.second_name, v)),
    MEMBER("contact.last_name", set_text(e.contact.last_name, v)),
    MEMBER("contact.phones", set_texts(e.contact.phones, v)),
    MEMBER("contact.extensions", set_texts(e.contact.extensions, v)),
    MEMBER("contact.emails", set_texts(e.contact.emails, v)),
    MEMBER("contact.messengers", set_objects(e.contact.messengers, v, read_messenger)),
    MEMBER("contact.company", set_text(e.contact.company, v)),
    MEMBER("contact.position", set_text(e.contact.position, v)),
    MEMBER("subject", set_text(e.subject, v)),
    MEMBER("text", set_text(e.text, v)),
    MEMBER("form.id", set_text(e.form.id, v)),
    MEMBER("form.name", set_text(e.form.name, v)),
    MEMBER("page.url", set_text(e.page.url, v)),
    MEMBER("page.title", set_text(e.page.title, v)),
    MEMBER("page.referrer", set_text(e.page.referrer, v)),
    MEMBER("utm.source", set_text(e.utm.source, v)),
    MEMBER("utm.medium", set_text(e.utm.medium, v)),
    MEMBER("utm.campaign", set_text(e.utm.campaign, v)),
    MEMBER("utm.content", set_text(e.utm.content, v)),
    MEMBER("utm.term", set_text(e.utm.term, v)),
    MEMBER("geo.country", set_text(e.geo.country, v)),
    MEMBER("geo.region", set_text(e.geo.region, v)),
    MEMBER("geo.city", set_text(e.geo.city, v)),
    MEMBER("geo.from", set_text(e.geo.from, v)),
    MEMBER("channel", set_text(e.channel, v)),
    MEMBER("company", set_text(e.company, v)),
    MEMBER("enquiry_type", set_text(e.enquiry_type, v)),
    MEMBER("call.id", set_text(present(e.call).id, v)),
    MEMBER("call.ordered_by", set_text(present(e.call).ordered_by, v)),
    MEMBER("call.joined", set_texts(present(e.call).joined, v)),
    MEMBER("call.direction", set_text(present(e.call).direction, v)),
    MEMBER("call.client", set_text(present(e.call).client, v)),
    MEMBER("call.line", set_text(present(e.call).line, v)),
    MEMBER("call.extension", set_text(present(e.call).extension, v)),
    MEMBER("call.employee", set_text(present(e.call).employee, v)),
    MEMBER("call.started_at", set_time(present(e.call).started_at, v, z)),
    MEMBER("call.wait_s", set_number(present(e.call).wait_s, v)),
    MEMBER("call.talk_s", set_number(present(e.call).talk_s, v)),
    MEMBER("call.outcome", set_text(present(e.call).outcome, v)),
    MEMBER("call.state", set_text(present(e.call).state, v)),
    MEMBER("call.final", set_flag(present(e.call).final, v)),
    MEMBER("call.recording.id", set_text(present(present(e.call).recording).id, v)),
    MEMBER("call.recording.url", set_text(present(present(e.call).recording).url, v)),
    MEMBER("chat.id", set_text(present(e.chat).id, v)),
    MEMBER("chat.agent", set_text(present(e.chat).agent, v)),
    MEMBER("chat.messages", set_objects(present(e.chat).messages, v,
                                        [&](const json::Value& one) { return read_message(one, z); })),
    MEMBER("order.id", set_text(present(e.order).id, v)),
    MEMBER("order.total", set_text(present(e.order).total, v)),
    MEMBER("order.currency", set_text(present(e.order).currency, v)),
    MEMBER("order.paid", set_flag(present(e.order).paid, v)),
    MEMBER("order.canceled", set_flag(present(e.order).canceled, v)),
    MEMBER("order.items", set_objects(present(e.order).items, v, read_item)),
    MEMBER("email.id", set_text(present(e.email).id, v)),
    MEMBER("email.status", set_text(present(e.email).status, v)),
    MEMBER("email.template", set_text(present(e.email).template_name, v)),
    MEMBER("email.to", set_text(present(e.email).to, v)),
    MEMBER("robot.result", set_text(present(e.robot).result, v)),
    MEMBER("robot.attempt", set_number(present(e.robot).attempt, v)),
    MEMBER("robot.stop", set_flag(present(e.robot).stop, v)),
    MEMBER("reference", set_text(e.reference, v)),
    MEMBER("created_by", set_text(e.created_by, v)),
    MEMBER("client_ip", set_text(e.client_ip, v)),
};
#undef MEMBER
// NOLINTEND

constexpr std::string_view fields_prefix = "fields.";

}  // namespace

Taken take_member(Event& event, std::string_view path, const json::Value& value, const TimeZone& zone) {
  static const auto index = [] {
    std::unordered_map<std::string_view, Set> out;
    for (const auto& entry : table) out.emplace(entry.name, entry.set);
    return out;
  }();
  if (path.substr(0, fields_prefix.size()) == fields_prefix && path.size() > fields_prefix.size()) {
    const std::string_view field = path.substr(fields_prefix.size());
    if (value.says_nothing()) {
      event.fields.erase(field);
    } else {
      event.fields[field] = value;
    }
    return Taken::yes;
  }
  const auto it = index.find(path);
  if (it == index.end()) return Taken::unknown_member;
  return it->second(event, value, zone) ? Taken::yes : Taken::unreadable_value;
}

bool set_member(Event& event, std::string_view path, const json::Value& value) {
  return take_member(event, path, value, TimeZone::utc()) != Taken::unknown_member;
}

const std::vector<std::string>& member_names() {
  static const auto names = [] {
    std::vector<std::string> out;
    for (const auto& entry : table) out.emplace_back(entry.name);
    return out;
  }();
  return names;
}

}  // namespace b24gate::event
