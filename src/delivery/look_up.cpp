#include "delivery/look_up.hpp"

#include <algorithm>
#include <vector>

#include "delivery/addition.hpp"
#include "delivery/plan.hpp"
#include "delivery/recognise.hpp"
#include "delivery/telephony.hpp"
#include "portal/multifields.hpp"

namespace b24gate::delivery {
namespace {

constexpr int lead_type = 1;

portal::Command statistics_by(const char* field, const std::string& value) {
  return {"voximplant.statistic.get",
          json::Value::object(
              {{"FILTER", json::Value::object({{field, value}})}, {"SORT", "ID"}, {"ORDER", "ASC"}})};
}

// An unknown filter is dropped silently (quirk 42): only rows that really carry the value count.
Found row_of_call(const journal::DeliveryRow& delivery, const json::Value& result) {
  const json::Array* rows = result.array_if();
  if (!rows) return {};
  const auto params = json::parse(delivery.params);
  const bool registers = delivery.name == journal::register_name;
  const std::string wanted = registers ? delivery.key : params ? (*params)["CALL_ID"].text() : "";
  Found out;
  out.readable = true;
  for (const auto& row : *rows) {
    const bool ours = registers ? row["EXTERNAL_CALL_ID"].text() == wanted
                                : wanted.empty() || wanted == call_id_mark || row["CALL_ID"].text() == wanted;
    if (!ours || row["CALL_ID"].text().empty()) continue;
    if (out.copies++ > 0) continue;
    out.id = row["ID"].integer().value_or(1);
    out.result = json::write(json::Value::object({{"CALL_ID", row["CALL_ID"].text()},
                                                  {"CRM_ACTIVITY_ID", row["CRM_ACTIVITY_ID"]},
                                                  {"CRM_ENTITY_TYPE", row["CRM_ENTITY_TYPE"]},
                                                  {"CRM_ENTITY_ID", row["CRM_ENTITY_ID"]}}));
  }
  return out;
}

Found oldest(std::vector<std::int64_t> ids) {
  std::sort(ids.begin(), ids.end());
  return {true, ids.empty() ? 0 : ids.front(), ids.size()};
}

bool is_task(const journal::DeliveryRow& delivery) {
  return delivery.name == "task" || delivery.name == journal::call_back_name;
}

// "L_12": what the task hangs on.
std::string card_of_task(const journal::DeliveryRow& delivery, std::int64_t lead_id) {
  const auto params = json::parse(delivery.params);
  const json::Value fields = params ? (*params)["fields"] : json::Value();
  const json::Value& cards = fields["UF_CRM_TASK"].is_null() ? fields["crmItemIds"] : fields["UF_CRM_TASK"];
  const std::string card = cards.at(0).text();
  return card.empty() || card.find(lead_id_mark) != std::string::npos ? "L_" + std::to_string(lead_id) : card;
}

// The lead that the contacts were for, whole: its `fm` comes along only so.
portal::Command lead_of_contacts(const journal::DeliveryRow& delivery) {
  const auto params = json::parse(delivery.params);
  return {"crm.item.list",
          json::Value::object(
              {{"entityTypeId", lead_type},
               {"filter", json::Value::object({{"id", params ? (*params)["id"] : json::Value()}})},
               {"select", json::Value::array({"*"})},
               {"start", -1}})};
}

// The update adds all or none.
Found contacts_there(const journal::DeliveryRow& delivery, const json::Value& result) {
  const json::Array* rows = result["items"].array_if();
  const auto params = json::parse(delivery.params);
  if (!rows || !params) return {};
  Found out;
  out.readable = true;
  const json::Array* wanted = (*params)["fields"]["fm"].array_if();
  for (const auto& row : *rows) {
    const auto id = row["id"].integer();
    if (!id || !wanted || id != (*params)["id"].integer()) continue;
    if (!portal::missing_multifields(*wanted, row["fm"]).empty()) continue;
    out.id = *id;
    out.copies = 1;
  }
  return out;
}

}  // namespace

std::optional<portal::Command> look_up(const journal::DeliveryRow& delivery, const std::string& call_id,
                                       std::int64_t lead_id) {
  if (delivery.name == journal::register_name) return statistics_by("EXTERNAL_CALL_ID", delivery.key);
  if (delivery.name == journal::finish_name) return statistics_by("CALL_ID", call_id);
  if (delivery.name == "lead") return find_by_key(lead_type, delivery.key);
  if (delivery.name == add_contacts_name) return lead_of_contacts(delivery);
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
  if (is_task(delivery)) {
    return portal::Command{
        "tasks.task.list",
        json::Value::object(
            {{"filter", json::Value::object({{"UF_CRM_TASK", card_of_task(delivery, lead_id)}})},
             {"select", json::Value::array({"ID", "XML_ID"})}})};
  }
  return std::nullopt;
}

Found found(const journal::DeliveryRow& delivery, const json::Value& result) {
  if (delivery.name == "lead") {
    const auto ids = ids_with_key(result, delivery.key);
    return ids ? oldest(*ids) : Found{};
  }
  if (delivery.name == journal::register_name || delivery.name == journal::finish_name)
    return row_of_call(delivery, result);
  if (delivery.name == add_contacts_name) return contacts_there(delivery, result);
  const bool task = is_task(delivery);
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
  if (is_task(delivery))
    return result["task"]["id"].integer().value_or(result["item"]["id"].integer().value_or(0));
  return result.integer().value_or(0);
}

}  // namespace b24gate::delivery
