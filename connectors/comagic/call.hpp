// Events of a call: its states, its end, its records.
#pragma once

#include <vector>

#include "connector/connector.hpp"
#include "connector/free_body.hpp"
#include "connectors/comagic/notification.hpp"

namespace b24gate::comagic {

bool is_call(Happening happening);

// Several only for a notification with several records.
std::vector<event::Event> read_call(const connector::FreeBody& body, Happening happening,
                                    const connector::Source& source);

}  // namespace b24gate::comagic
