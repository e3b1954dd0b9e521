// Reading single members of events from JSON. Private to event/.
#pragma once

#include "event/event.hpp"

namespace b24gate::event {

// ISO 8601 (without an offset: in `zone`), or a Unix time in seconds or milliseconds.
std::optional<TimePoint> read_time(const json::Value& value, const TimeZone& zone);

Messenger read_messenger(const json::Value& object);
OrderItem read_item(const json::Value& object);
ChatMessage read_message(const json::Value& object, const TimeZone& zone);

enum class Taken { yes, unknown_member, unreadable_value };
Taken take_member(Event& event, std::string_view path, const json::Value& value, const TimeZone& zone);

}  // namespace b24gate::event
