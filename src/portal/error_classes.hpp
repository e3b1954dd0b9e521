// The portal's error codes and what each means for us (limits-and-errors: "System codes", "Error classes").
#pragma once

#include <string_view>

#include "portal/command.hpp"

namespace b24gate::portal {

struct Verdict {
  Class cls = Class::permanent;
  Scope scope = Scope::object;
  std::string_view advice;  // a sentence for the administrator; empty when it is nobody's move but ours
};

// The verdict on an error that the portal itself reported. The code decides; where the code says nothing (it
// is empty, "0", a sentence, ERROR_CORE) the words decide, English or Russian; `http_status` (0: none, as
// inside a batch) only helps when neither is known. An unknown 5xx is ambiguous for a write. Never fails,
// allocates by the texts' length.
[[nodiscard]] Verdict verdict(std::string_view code, std::string_view description, int http_status,
                              bool is_write);

}  // namespace b24gate::portal
