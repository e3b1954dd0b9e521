// The commands of the PBX, read into events.
#pragma once

#include <optional>
#include <string>

#include "event/event.hpp"
#include "json/value.hpp"

namespace b24gate::megafon {

// A state of a live call; nullopt for a type that is not known.
std::optional<event::Event> read_state(const json::Value& fields);
// The final record of a call, or what came later to add to it; nullopt when it says no direction.
std::optional<event::Event> read_history(const json::Value& fields);
// Who is calling, and to whom shall the call go?
event::Event read_contact(const json::Value& fields);
// The caller's mark for a call.
event::Event read_rating(const json::Value& fields);

}  // namespace b24gate::megafon
