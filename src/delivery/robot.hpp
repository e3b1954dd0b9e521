// A voice robot that calls the client of a new lead: what is planned for it. Robots carries it out.
//
// Pure.
#pragma once

#include <cstdint>
#include <string>

#include "connector/connector.hpp"
#include "distribution/distribution.hpp"
#include "journal/records.hpp"
#include "json/value.hpp"

namespace b24gate::delivery {

// `columns`: what the robot is told, text by name; the lead's id is added. `number` names the event: "e42".
journal::NewDelivery robot_operation(const distribution::RobotPlan& plan, const std::string& phone,
                                     json::Value columns, const std::string& number);

// What `robot` says in its params, for the lead that was made. The time and the address of results are left
// to whoever sends it.
struct RobotCall {
  std::string source;
  connector::RobotOrder order;
};
RobotCall robot_call_of(const journal::DeliveryRow& delivery, std::int64_t lead_id);

// The batch that was made, in the delivery's result; empty: none is known.
std::string robot_result(const std::string& batch);
std::string robot_batch_of(const journal::DeliveryRow& delivery);

}  // namespace b24gate::delivery
