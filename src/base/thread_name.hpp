// The calling thread's name, as `top -H` and a debugger show it. At most 15 bytes; the rest is cut.
#pragma once

#include <pthread.h>

#include <string>
#include <string_view>

namespace b24gate {

inline void name_this_thread(std::string_view name) {
  // Only a name that is too long can make it fail.
  static_cast<void>(pthread_setname_np(pthread_self(), std::string(name.substr(0, 15)).c_str()));
}

}  // namespace b24gate
