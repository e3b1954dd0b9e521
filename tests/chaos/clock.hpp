// The wall clock of the daemon under test, moved by the test: the other end of clock_shim.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/time.hpp"

namespace b24gate::chaos {

// Not thread-safe.
class MovableClock {
 public:
  // `file` is made; it must outlive every process that looks at it.
  explicit MovableClock(std::string file);
  ~MovableClock();
  MovableClock(const MovableClock&) = delete;
  MovableClock& operator=(const MovableClock&) = delete;

  // False where a library cannot be preloaded: under a sanitizer, whose own runtime has to come first.
  static bool possible();
  // What a process needs in its environment to have this clock.
  [[nodiscard]] std::map<std::string, std::string> environment() const;
  // From now on it differs from the machine's by this, for running processes too.
  void set_offset(Milliseconds offset);
  [[nodiscard]] Milliseconds offset() const { return offset_; }

 private:
  std::string file_;
  void* shared_ = nullptr;
  Milliseconds offset_{0};
};

}  // namespace b24gate::chaos
