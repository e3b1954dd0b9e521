// What decisions need to know of the people besides the roster: who is at work, how much everybody has in
// hand and was given. The seam between delivery, which decides, and who keeps track of it.
//
// Everything here is called while decisions are made, one after the other: it must not block for long.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/time.hpp"
#include "people/people.hpp"

namespace b24gate::people {

class Availability {
 public:
  virtual ~Availability() = default;
  // What is known at this moment; later changes are not seen by what was returned. The roster and the zone
  // must outlive it.
  virtual PresenceOf presence(const Roster& roster, const TimeZone& portal_zone) = 0;
  // These see every gave() at once.
  virtual LoadOf load() = 0;
  virtual GivenOf given() = 0;

  // This event gives the employee a new lead: it counts from now on, before the portal knows of it. Decided
  // anew it replaces what was decided before.
  virtual void gave(std::int64_t event, const Employee& employee, TimePoint at) = 0;
  // The event has made this lead; 0: it makes none.
  virtual void landed(std::int64_t event, std::int64_t lead) = 0;
};

}  // namespace b24gate::people
