// The result of one call of the robot.
#pragma once

#include "connector/connector.hpp"
#include "connector/free_body.hpp"

namespace b24gate::tomoru {

event::Event read_robot_call(const connector::FreeBody& body, const connector::Source& source);

}  // namespace b24gate::tomoru
