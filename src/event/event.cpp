#include "event/event.hpp"

#include <array>

namespace b24gate::event {
namespace {

constexpr std::array<std::string_view, 12> kinds = {"form",         "quiz",   "order",          "chat",
                                                    "message",      "call",   "call_recording", "robot_call",
                                                    "email_status", "lookup", "probe",          "other"};

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

}  // namespace b24gate::event
