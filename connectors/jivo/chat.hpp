// A dialogue: its messages, who leads it, how it was rated, to which card it was bound.
#pragma once

#include <string>

#include "event/event.hpp"
#include "json/value.hpp"

namespace b24gate::jivo {

// The name of the agent who is or was in the conversation; empty before anyone answered.
std::string agent_of(const json::Value& body);

// chat.* and, of a closed dialogue, the transcript as text.
void read_chat(const json::Value& body, event::Event& event);

// "lead:501" of "https://portal/crm/lead/details/501/"; empty when it is no card of a portal.
std::string card_of(std::string_view address);

}  // namespace b24gate::jivo
