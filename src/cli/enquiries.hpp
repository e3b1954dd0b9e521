// Which events are one enquiry: those of one conversation, one of the others each.
#pragma once

#include <vector>

#include "base/time.hpp"
#include "event/event.hpp"
#include "journal/records.hpp"

namespace b24gate::cli {

struct Enquiry {
  std::vector<const journal::EventRow*> rows;  // in their order
  std::vector<event::Event> events;            // the same
};

// In the order of their first events. Events that share a conversation by way of another one belong together.
// The enquiries point into `rows`. `zone`: of the times in them.
std::vector<Enquiry> enquiries_of(const std::vector<journal::EventRow>& rows, const TimeZone& zone);

}  // namespace b24gate::cli
