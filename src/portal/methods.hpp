// What a REST method does, told by its name.
#pragma once

#include <string_view>

namespace b24gate::portal {

// Whether a call may change the portal. Known reading verbs are reads; every other name counts as a write,
// because repeating a read that was taken for a write costs a look-up, and the other mistake costs a
// duplicate. event.offline.get is a write: it deletes what it returns unless it is told not to (events, quirk
// 68).
[[nodiscard]] bool is_write(std::string_view method);

}  // namespace b24gate::portal
