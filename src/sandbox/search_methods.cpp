// crm.duplicate.findbycomm. Source: bitrix24/crm.md 4.5.
#include <algorithm>
#include <array>

#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::size_t max_values = 20;
constexpr std::size_t max_hits = 20;

Outcome find(Call& call) {
  const std::string type = call.param("type").text();
  if (type.empty()) return refuse("Communication type is not defined", "Parameter 'type' is required.");
  if (type != "PHONE" && type != "EMAIL") {
    return refuse("Communication type '" + type + "' is not supported in current context", "");
  }
  std::vector<std::string> wanted;
  for (const auto& [key, value] : php::pairs(call.param("values"))) {
    if (wanted.size() == max_values) break;
    if (auto normal = normal_communication(type, value.text()); !normal.empty())
      wanted.push_back(std::move(normal));
  }
  if (wanted.empty()) return refuse("Communication values is not defined", "Parameter 'values' is required.");

  const std::int64_t only = entity_by_name(call.param("entity_type").text());
  const TimePoint indexed = call.now - call.faults.search_lag();
  json::Object out;
  for (const EntityType entity : {lead, contact, company}) {
    if (only != 0 && only != entity) continue;
    json::Array ids;
    for (const auto& [id, item] : call.store.of(entity)) {
      const bool hit =
          std::any_of(item.multifields.begin(), item.multifields.end(), [&](const Multifield& entry) {
            return entry.type == type &&
                   std::find(wanted.begin(), wanted.end(), entry.normal) != wanted.end();
          });
      if (hit && item.created <= indexed && ids.size() < max_hits) ids.emplace_back(id);
    }
    const bool many = ids.size() >= max_hits;
    if (!ids.empty()) out.set(std::string(entity_name(entity)), std::move(ids));
    if (many) break;  // twenty hits of one type hide the types after it
  }
  return Success{php::encoded_map(std::move(out)), {}, {}};
}

constexpr std::array<Method, 1> methods{{{"crm.duplicate.findbycomm", "crm", 0.03, find}}};

}  // namespace

std::span<const Method> search_methods() { return methods; }

}  // namespace b24gate::sandbox
