// A call through Jivo: ordered on the site (callback), incoming or outgoing.
#pragma once

#include "event/event.hpp"
#include "json/value.hpp"

namespace b24gate::jivo {

// call.*, the text about it, and what it wants of the CRM.
void read_call(const json::Value& body, event::Event& event);

}  // namespace b24gate::jivo
