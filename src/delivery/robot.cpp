#include "delivery/robot.hpp"

#include "delivery/operations.hpp"

namespace b24gate::delivery {
namespace {

// By this name the connectors of robots read it in a result.
constexpr std::string_view lead_column = "lead_id";

}  // namespace

journal::NewDelivery robot_operation(const distribution::RobotPlan& plan, const std::string& phone,
                                     json::Value columns, const std::string& number) {
  columns[lead_column] = std::string(lead_id_mark);
  const std::string id = "b24gate-" + number;
  return operation(std::string(journal::robot_name), "robot.call",
                   json::Value::object({{"source", plan.source},
                                        {"agent", plan.agent},
                                        {"id", id},
                                        {"phone", phone},
                                        {"columns", std::move(columns)}}),
                   id);
}

RobotCall robot_call_of(const journal::DeliveryRow& delivery, std::int64_t lead_id) {
  RobotCall out;
  const auto parsed = json::parse(delivery.params);
  if (!parsed) return out;
  const json::Value& params = *parsed;
  out.source = params["source"].text();
  out.order.id = params["id"].text();
  out.order.agent = params["agent"].text();
  out.order.phone = params["phone"].text();
  if (const json::Object* columns = params["columns"].object_if()) {
    for (const auto& [name, value] : *columns)
      out.order.columns.emplace_back(name, name == lead_column ? std::to_string(lead_id) : value.text());
  }
  return out;
}

std::string robot_result(const std::string& batch) {
  return json::write(json::Value::object({{"batch", batch}}));
}

std::string robot_batch_of(const journal::DeliveryRow& delivery) {
  const auto result = json::parse(delivery.result);
  return result ? (*result)["batch"].text() : std::string();
}

}  // namespace b24gate::delivery
