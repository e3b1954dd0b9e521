#include "delivery/addition.hpp"

#include <algorithm>
#include <array>

#include "delivery/operations.hpp"
#include "portal/lead_item.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::array names{"name", "secondName", "lastName", "honorific"};
constexpr std::array not_to_fill{"assignedById", "stageId", "sourceId", "fm"};

template <class List>
bool contains(const List& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_sum_of(const json::Object& mapped, const json::Value& sum) {
  const json::Value* ours = mapped.find("OPPORTUNITY");
  return ours && ours->number() && ours->number() == sum.number();
}

json::Array contacts_of(const json::Object& mapped) {
  const portal::LeadItem item = portal::lead_item({mapped, {}, "", "", std::nullopt, nullptr});
  const json::Array* fm = item.params["fields"]["fm"].array_if();
  return fm ? *fm : json::Array();
}

}  // namespace

json::Value empty_fields(const json::Object& mapped, const json::Object& before, const json::Value& present,
                         const TimeZone& zone) {
  const portal::LeadItem item = portal::lead_item({mapped, {}, "", "", std::nullopt, &zone});
  const bool named = std::any_of(names.begin(), names.end(),
                                 [&](const char* name) { return !present[name].says_nothing(); });
  json::Value out;
  for (const auto& [name, value] : *item.params["fields"].object_if()) {
    if (contains(not_to_fill, name) || (named && contains(names, name))) continue;
    if (present[name].says_nothing() || (name == "opportunity" && is_sum_of(before, present[name])))
      out[name] = value;
  }
  return out;
}

json::Array new_contacts(const json::Object& mapped, const json::Object& before, const json::Value& present) {
  const json::Array news = portal::missing_multifields(contacts_of(mapped), json::Value(contacts_of(before)));
  return portal::missing_multifields(news, present["fm"]);
}

json::Value told(const json::Array& contacts) {
  json::Value out;
  for (const auto& [type, member] :
       {std::pair{"PHONE", "phones"}, {"EMAIL", "emails"}, {"IM", "messengers"}}) {
    json::Array values;
    for (const auto& entry : contacts) {
      if (entry["typeId"].text() == type) values.push_back(entry["value"]);
    }
    if (!values.empty()) out[member] = json::Value(std::move(values));
  }
  return out;
}

journal::NewDelivery add_contacts(std::int64_t lead_id, json::Array contacts) {
  return operation(
      std::string(add_contacts_name), "crm.item.update",
      json::Value::object({{"entityTypeId", 1},
                           {"id", lead_id},
                           {"fields", json::Value::object({{"fm", json::Value(std::move(contacts))}})},
                           {"useOriginalUfNames", "Y"}}));
}

}  // namespace b24gate::delivery
