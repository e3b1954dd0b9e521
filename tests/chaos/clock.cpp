#include "chaos/clock.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <stdexcept>

namespace b24gate::chaos {

using Shared = std::atomic<std::int64_t>;

MovableClock::MovableClock(std::string file) : file_(std::move(file)) {
  const int fd = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const bool sized = fd >= 0 && ::ftruncate(fd, sizeof(Shared)) == 0;
  void* memory =
      sized ? ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (fd >= 0) ::close(fd);
  if (memory == MAP_FAILED) throw std::runtime_error("the clock's file cannot be made");
  shared_ = new (memory) Shared(0);
}

MovableClock::~MovableClock() { ::munmap(shared_, sizeof(Shared)); }

bool MovableClock::possible() {
#ifdef B24GATE_SANITIZED
  return false;
#else
  return true;
#endif
}

std::map<std::string, std::string> MovableClock::environment() const {
  if (!possible()) return {};
  return {{"LD_PRELOAD", CHAOS_CLOCK_SHIM}, {"CHAOS_CLOCK", file_}};
}

void MovableClock::set_offset(Milliseconds offset) {
  offset_ = offset;
  static_cast<Shared*>(shared_)->store(offset.count());
}

}  // namespace b24gate::chaos
