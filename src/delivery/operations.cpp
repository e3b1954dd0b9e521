#include "delivery/operations.hpp"

#include <utility>

#include "base/utf8.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::size_t title_width = 255;
constexpr std::size_t key_width = 50;

}  // namespace

journal::NewDelivery operation(std::string name, std::string method, const json::Value& params,
                               std::string key) {
  return {std::move(name), std::move(method), json::write(params), std::move(key)};
}

journal::NewDelivery task_operation(const NewTask& task, const Surroundings& surroundings,
                                    const TimeZone& zone) {
  const std::string key(utf8::head(task.key, key_width));
  const bool v3 = surroundings.v3_tasks_by > 0;
  json::Value fields =
      json::Value::object({{v3 ? "title" : "TITLE", std::string(utf8::head(task.title, title_width))},
                           {v3 ? "description" : "DESCRIPTION", task.description},
                           {v3 ? "responsibleId" : "RESPONSIBLE_ID", task.responsible},
                           {v3 ? "crmItemIds" : "UF_CRM_TASK", json::Value::array({task.card})},
                           {v3 ? "xmlId" : "XML_ID", key}});
  if (v3) fields["creatorId"] = surroundings.v3_tasks_by;
  if (task.deadline) fields[v3 ? "deadline" : "DEADLINE"] = to_iso(*task.deadline, zone);
  if (task.auditor > 0 && task.auditor != task.responsible)
    fields[v3 ? "auditors" : "AUDITORS"] = json::Value::array({task.auditor});
  const std::string prefix(v3 ? v3_prefix : "");
  return operation(task.name, prefix + "tasks.task.add", json::Value::object({{"fields", std::move(fields)}}),
                   key);
}

std::string binding_of(std::string_view card_type, std::string_view id) {
  std::string prefix = "L_";
  if (card_type == "deal") prefix = "D_";
  if (card_type == "contact") prefix = "C_";
  if (card_type == "company") prefix = "CO_";
  return prefix.append(id);
}

}  // namespace b24gate::delivery
