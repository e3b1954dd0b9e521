// Every text of an event, for what is done to all of them.
#pragma once

#include <functional>
#include <string>

#include "event/event.hpp"

namespace b24gate::event {

// Calls `change` with each: members, elements of lists, names and values of `fields` at any depth.
void for_each_text(Event& event, const std::function<void(std::string&)>& change);

}  // namespace b24gate::event
