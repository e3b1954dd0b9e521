// Events of one conversation as one: what a call, a chat, an order or a letter has come to.
//
// Whatever the order of arrival, nothing that is known is lost again: answered beats missed, an ended call
// does not ring again, paid and canceled stay, the status of a letter only moves forward, what is filled is
// not emptied. Pure, thread-safe.
#pragma once

#include "event/event.hpp"

namespace b24gate::event {

// Adds what `later` says to `whole`. The key stays that of the first. Of what can change both ways (an
// order's total) the later one's wins: merge in the order in which things happened.
void merge(Event& whole, const Event& later);
// All in the order in which they happened, whatever the order of arrival. REQUIRES: at least one.
Event merged(std::vector<Event> events);

// How far a call's outcome, a letter's status and a robot's result have come; a greater rank takes the place
// of a smaller one. 0 for what is not known.
int outcome_rank(std::string_view outcome);
int letter_rank(std::string_view status);
int robot_rank(std::string_view result);

}  // namespace b24gate::event
