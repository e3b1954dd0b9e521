// How an erased event is recognised. Private to the journal.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"

namespace b24gate::journal {

// An erased event's data: {"erased_at":"…"}; no event that a connector reads begins so.
std::string skeleton_data(TimePoint at);
bool is_skeleton(std::string_view data);

// What stands for a key that names the person (some services have no id but the phone): the same again for
// the same key, so that a late redelivery is still a duplicate.
std::string erased_key(std::string_view key);

}  // namespace b24gate::journal
