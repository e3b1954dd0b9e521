#include "connectors/jivo/chat.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/utf8.hpp"
#include "connector/labels.hpp"
#include "connector/member.hpp"

namespace b24gate::jivo {
namespace {

using connector::add_line;
using connector::text_at;

using Names = std::unordered_map<std::string, std::string>;

// Stands before every line of the transcript: a name without end would make a text without end.
std::string shown(std::string_view name) { return std::string(utf8::head(name, 60)); }

// Agents by id: in one event it is a text, in another a number.
Names names_of(const json::Value& body) {
  Names out;
  const auto add = [&](const json::Value& agent) {
    std::string id = text_at(agent, "id");
    if (!id.empty()) out.emplace(std::move(id), shown(text_at(agent, "name")));
  };
  if (const auto* agents = body["agents"].array_if()) std::for_each(agents->begin(), agents->end(), add);
  add(body["agent"]);
  return out;
}

std::optional<TimePoint> time_of(const json::Value& timestamp) {
  constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999
  const auto seconds = timestamp.integer();
  if (!seconds || *seconds <= 0 || *seconds > last_second) return std::nullopt;
  return from_unix_ms(*seconds * 1000);
}

std::string agent_called(const Names& names, const std::string& id) {
  const auto name = names.find(id);
  return name == names.end() || name->second.empty() ? "Оператор" : name->second;
}

void read_messages(const json::Value& body, event::Event& event) {
  const auto* messages = body["chat"]["messages"].array_if();
  if (!messages) return;
  const Names names = names_of(body);
  const std::string visitor = event.contact.name.empty() ? "Клиент" : shown(event.contact.name);
  for (const auto& message : *messages) {
    event::ChatMessage one;
    one.text = text_at(message, "message");
    if (one.text.empty()) continue;
    one.from = text_at(message, "type");
    one.at = time_of(message["timestamp"]);
    add_line(event.text, one.from == "agent" ? agent_called(names, text_at(message, "agent_id")) : visitor,
             one.text);
    event.chat->messages.push_back(std::move(one));
  }
}

}  // namespace

std::string agent_of(const json::Value& body) {
  std::string name = text_at(body["agent"], "name");
  if (const auto* agents = body["agents"].array_if()) {
    for (const auto& agent : *agents) connector::fill(name, text_at(agent, "name"));
  }
  return name;
}

void read_chat(const json::Value& body, event::Event& event) {
  event::Chat& chat = event.chat.emplace();
  chat.id = text_at(body, "chat_id");
  chat.agent = agent_of(body);
  read_messages(body, event);
  if (chat.messages.empty()) add_line(event.text, "", text_at(body, "plain_messages"));
  const std::string rate = text_at(body["chat"], "rate");
  add_line(event.text, "Оценка",
           rate == "positive"   ? "положительная"
           : rate == "negative" ? "отрицательная"
                                : rate);
  add_line(event.text, "Приглашение", text_at(body["chat"], "invitation"));
  event.reference = card_of(text_at(body, "assign_to"));
}

std::string card_of(std::string_view address) {
  constexpr std::string_view crm = "/crm/";
  constexpr std::string_view details = "/details/";
  const std::size_t start = address.find(crm);
  if (start == std::string_view::npos) return {};
  std::string_view rest = address.substr(start + crm.size());
  const std::size_t slash = rest.find(details);
  if (slash == std::string_view::npos) return {};
  const std::string_view type = rest.substr(0, slash);
  if (type != "lead" && type != "deal" && type != "contact" && type != "company") return {};
  rest.remove_prefix(slash + details.size());
  const std::size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (end == 0 || end > 18 || (end < rest.size() && rest[end] != '/' && rest[end] != '?')) return {};
  return std::string(type) + ":" + std::string(rest.substr(0, end));
}

}  // namespace b24gate::jivo
