// Keys of events, for every connector. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "event/event.hpp"
#include "json/value.hpp"

namespace b24gate::connector {

// "<connector>:<id>". An id that is too long to be one, or that holds control characters, is replaced by its
// hash, so that no key is longer than 200 bytes.
std::string event_key(std::string_view connector, std::string_view id);

// What stands for an id when the vendor gives none: a hash of the content. The order of object members does
// not matter, everything else does.
std::string content_id(const json::Value& content);

// Gives an event without an id a key that is made of its content and of the day in `zone`:
// "<connector>:<kind>:<day>:<hash>". The same content is the same enquiry for 24 hours, whatever the clock
// strikes meanwhile, and a new one after that: a sender repeats within a day, a person may ask the same again
// next month.
void set_content_key(event::Event& event, std::string_view connector, std::string_view kind,
                     const json::Value& content, const TimeZone& zone, TimePoint now);

}  // namespace b24gate::connector
