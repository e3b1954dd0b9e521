#include <algorithm>
#include <array>

#include "journal/records.hpp"

namespace b24gate::journal {
namespace {

// In the order of their enums. These words are in the file: they never change.
constexpr std::array<std::string_view, 7> event_states{"received", "delivering", "waiting", "delivered",
                                                       "failed",   "discarded",  "ignored"};
constexpr std::array<std::string_view, 7> delivery_states{"planned", "sent",   "unclear",  "confirmed",
                                                          "waiting", "failed", "discarded"};

}  // namespace

std::string_view name(EventState state) { return event_states.at(static_cast<std::size_t>(state)); }

std::optional<EventState> parse_event_state(std::string_view text) {
  const auto found = std::find(event_states.begin(), event_states.end(), text);
  if (found == event_states.end()) return std::nullopt;
  return static_cast<EventState>(found - event_states.begin());
}

const std::vector<std::string>& event_state_names() {
  static const std::vector<std::string> names(event_states.begin(), event_states.end());
  return names;
}

std::string_view name(DeliveryState state) { return delivery_states.at(static_cast<std::size_t>(state)); }

}  // namespace b24gate::journal
