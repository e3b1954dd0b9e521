#include "event/event.hpp"

#include <array>

namespace b24gate::event {
namespace {

constexpr std::array<std::string_view, 12> kinds = {"form",         "quiz",   "order",          "chat",
                                                    "message",      "call",   "call_recording", "robot_call",
                                                    "email_status", "lookup", "probe",          "other"};

constexpr std::array<std::string_view, 4> actions = {"create", "update", "attach", "ignore"};

}  // namespace

std::string_view name(Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

std::optional<Kind> parse_kind(std::string_view text) {
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] == text) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> names(kinds.begin(), kinds.end());
  return names;
}

std::string_view name(Action action) { return actions[static_cast<std::size_t>(action)]; }

std::optional<Action> parse_action(std::string_view text) {
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i] == text) return static_cast<Action>(i);
  }
  return std::nullopt;
}

const std::vector<std::string>& action_names() {
  static const std::vector<std::string> names(actions.begin(), actions.end());
  return names;
}

std::vector<std::string> conversations_of(const Event& event) {
  if (!event.thread.empty()) return {event.thread};
  std::vector<std::string> out;
  const auto add = [&](const char* kind, const std::string& id) {
    if (!id.empty()) out.push_back(std::string(kind) + "/" + id);
  };
  if (event.call) {
    add("call", event.call->id);
    for (const auto& id : event.call->joined) add("call", id);
  }
  if (event.chat) add("chat", event.chat->id);
  if (event.order) add("order", event.order->id);
  if (event.email) add("email", event.email->id);
  return out;
}

}  // namespace b24gate::event
