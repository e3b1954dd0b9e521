// Deadlines of tasks as they are written: "2h", "30 minutes", "4 working hours", "1 working day".
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"
#include "people/working_time.hpp"

namespace b24gate::distribution {

struct Deadline {
  std::string text;        // as written
  Milliseconds amount{0};  // of clock time, or of working time
  bool working = false;
  int working_days = 0;  // instead of `amount`: how long a day is depends on the person
};

// How long that is for somebody with these working hours; null: without a schedule.
Milliseconds length_of(const Deadline& deadline, const people::WorkingTime* hours);

// Fails with ErrorKind::config; `what` says what to write instead.
Result<Deadline> parse_deadline(std::string_view text);

}  // namespace b24gate::distribution
