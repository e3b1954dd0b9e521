// Every text of an event, for what is done to all of them.
#pragma once

#include <string>
#include <string_view>

#include "event/event.hpp"

namespace b24gate::event {

using TextTest = bool (*)(std::string_view text);
using TextChange = void (*)(std::string& text);

// Changes those that are wanted: members, elements of lists, names and values of `fields` at any depth. Of
// the others nothing is copied.
void change_texts(Event& event, TextTest is_wanted, TextChange change);

}  // namespace b24gate::event
