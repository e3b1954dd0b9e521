// Preloaded into the daemon (LD_PRELOAD): its wall clock differs from the machine's by as many milliseconds
// as stand, as an int64_t, in the file that CHAOS_CLOCK names. The steady clock is left alone, as it is by
// those who set a machine's clock. Without the variable, or without the file, nothing differs.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

using Offset = std::atomic<std::int64_t>;
static_assert(Offset::is_always_lock_free && sizeof(Offset) == sizeof(std::int64_t));

const Offset* offset() {
  static const Offset* const mapped = []() -> const Offset* {
    const char* file = std::getenv("CHAOS_CLOCK");
    if (file == nullptr) return nullptr;
    const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return nullptr;
    void* memory = ::mmap(nullptr, sizeof(Offset), PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    return memory == MAP_FAILED ? nullptr : static_cast<const Offset*>(memory);
  }();
  return mapped;
}

using Original = int (*)(clockid_t, timespec*);
Original original() {
  static const auto function = reinterpret_cast<Original>(::dlsym(RTLD_NEXT, "clock_gettime"));
  return function;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const int result = original()(clock, time);
  if (result != 0 || clock != CLOCK_REALTIME || offset() == nullptr) return result;
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t shift = offset()->load(std::memory_order_relaxed);
  const std::int64_t nanoseconds = time->tv_nsec + (shift % 1000) * 1'000'000;
  time->tv_sec += shift / 1000 + (nanoseconds < 0 ? -1 : nanoseconds >= second ? 1 : 0);
  time->tv_nsec = (nanoseconds + second) % second;
  return 0;
}
