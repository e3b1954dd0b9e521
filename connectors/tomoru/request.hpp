// What the robot asks for in a dialog («сделай заявку»), and the fate of an event that we sent to it.
#pragma once

#include "connector/connector.hpp"
#include "connector/free_body.hpp"

namespace b24gate::tomoru {

bool is_request(const connector::FreeBody& body);
event::Event read_request(const connector::FreeBody& body, TimePoint received_at);

bool is_event_status(const connector::FreeBody& body);
event::Event read_event_status(const connector::FreeBody& body);

}  // namespace b24gate::tomoru
