// States of calls while they last, and of their recordings: kept, shown, never a lead.
#pragma once

#include "connector/connector.hpp"
#include "connectors/mango/outcome.hpp"

namespace b24gate::mango {

// Of /events/call: the direction, told before the final record says it.
Direction direction_of_leg(const json::Value& content);

// /events/call: the state of one leg. `call.state` is only set where the leg speaks for the call.
event::Event read_leg(const json::Value& content, Seconds time_offset);

// /events/recording: it is being made, not to be had yet.
event::Event read_recording_state(const json::Value& content, Seconds time_offset);

// /events/record/added: it can be fetched.
event::Event read_recording(const json::Value& content, Seconds time_offset);

}  // namespace b24gate::mango
