// One passage through a quiz, read into an event.
#pragma once

#include "event/event.hpp"
#include "json/value.hpp"

namespace b24gate::marquiz {

// Whether the body is a lead at all: it has contacts, answers or a quiz.
bool is_lead(const json::Value& body);

// `body` with its entities decoded.
event::Event read_lead(const json::Value& body);

}  // namespace b24gate::marquiz
