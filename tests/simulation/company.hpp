// The company that the simulation drives: its files, and who is at work when.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "distribution/distribution.hpp"
#include "people/people.hpp"

namespace b24gate::simulation {

// The same numbers for the same seed on every platform: the distributions of the standard library are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();  // splitmix64
  int below(int bound) { return static_cast<int>(next() % static_cast<std::uint64_t>(bound)); }
  bool one_in(int n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

struct Files {
  people::Roster roster;
  distribution::Rules rules;
};

// The files of the company, read anew: every group chooses in its own way.
Files read_files();

// Who is at work in each five minutes of the weeks from `begin`: schedules with breaks and shifts, vacations,
// and pauses that nobody announces.
class Attendance {
 public:
  static constexpr Milliseconds slot{5 * 60'000};

  Attendance(const people::Roster& roster, TimePoint begin, int weeks, Random& random);
  [[nodiscard]] bool present(const std::string& employee, TimePoint at) const;
  [[nodiscard]] int slots() const { return slots_; }

 private:
  const people::Roster& roster_;
  TimePoint begin_;
  int slots_;
  std::vector<std::vector<bool>> present_;  // by place in the roster, by slot
};

}  // namespace b24gate::simulation
