#include "delivery/look_up.hpp"

#include <algorithm>
#include <vector>

#include "delivery/recognise.hpp"

namespace b24gate::delivery {
namespace {

constexpr int lead_type = 1;

Found oldest(std::vector<std::int64_t> ids) {
  std::sort(ids.begin(), ids.end());
  return {true, ids.empty() ? 0 : ids.front(), ids.size()};
}

}  // namespace

std::optional<portal::Command> look_up(const journal::DeliveryRow& delivery, std::int64_t lead_id) {
  if (delivery.name == "lead") return find_by_key(lead_type, delivery.key);
  if (delivery.name == "comment") {
    const auto params = json::parse(delivery.params);
    const json::Value fields = params ? (*params)["fields"] : json::Value();
    // The card itself, or the mark for the event's own lead.
    const std::int64_t card = fields["ENTITY_ID"].integer().value_or(lead_id);
    const std::string type = fields["ENTITY_TYPE"].text();
    return portal::Command{
        "crm.timeline.comment.list",
        json::Value::object({{"filter", json::Value::object({{"ENTITY_ID", card}, {"ENTITY_TYPE", type}})},
                             {"order", json::Value::object({{"ID", "DESC"}})},
                             {"select", json::Value::array({"ID", "COMMENT"})}})};
  }
  if (delivery.name == "task") {
    return portal::Command{
        "tasks.task.list",
        json::Value::object(
            {{"filter", json::Value::object({{"UF_CRM_TASK", "L_" + std::to_string(lead_id)}})},
             {"select", json::Value::array({"ID", "XML_ID"})}})};
  }
  return std::nullopt;
}

Found found(const journal::DeliveryRow& delivery, const json::Value& result) {
  if (delivery.name == "lead") {
    const auto ids = ids_with_key(result, delivery.key);
    return ids ? oldest(*ids) : Found{};
  }
  const bool task = delivery.name == "task";
  const json::Value& rows = task ? result["tasks"] : result;
  if (!rows.is_array()) return {};
  std::vector<std::int64_t> ids;
  for (const auto& row : *rows.array_if()) {
    const bool ours = task ? row["xmlId"].text() == delivery.key || row["XML_ID"].text() == delivery.key
                           : row["COMMENT"].text().find(delivery.key) != std::string::npos;
    if (!ours) continue;
    if (const auto id = row[task ? "id" : "ID"].integer()) ids.push_back(*id);
  }
  return oldest(std::move(ids));
}

std::int64_t id_in(const journal::DeliveryRow& delivery, const json::Value& result) {
  if (delivery.name == "lead") return result["item"]["id"].integer().value_or(0);
  // The old API answers {task: …}, REST 3.0 {item: …}.
  if (delivery.name == "task")
    return result["task"]["id"].integer().value_or(result["item"]["id"].integer().value_or(0));
  return result.integer().value_or(0);
}

}  // namespace b24gate::delivery
