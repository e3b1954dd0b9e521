#include "delivery/portal_data.hpp"

#include <map>

#include "base/utf8.hpp"
#include "portal/schema.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::chrono::hours heads_age{24};
constexpr std::chrono::minutes dictionaries_age{10};
constexpr std::chrono::minutes pause{1};
constexpr std::int64_t most_rows = 10'000;  // of one list

// A field of a row: NAME and ID are texts, PROPERTY_n an object of value ids and values, of which the first
// counts.
std::string field_of(const json::Value& row, const std::string& name) {
  const json::Value& value = row[name];
  if (const auto* members = value.object_if()) return members->empty() ? "" : members->begin()->second.text();
  return value.text();
}

}  // namespace

portal::Command list_page(const mapping::PortalList& list, std::int64_t start) {
  const bool numeric = list.list.find_first_not_of("0123456789") == std::string::npos;
  return {"lists.element.get", json::Value::object({{"IBLOCK_TYPE_ID", "lists"},
                                                    {numeric ? "IBLOCK_ID" : "IBLOCK_CODE", list.list},
                                                    {"ELEMENT_ORDER", json::Value::object({{"ID", "ASC"}})},
                                                    {"start", start}})};
}

std::vector<std::pair<std::string, std::string>> list_entries(const mapping::PortalList& list,
                                                              const json::Value& rows) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto* items = rows.array_if();
  for (const auto& row : items ? *items : json::Array()) {
    std::string key = field_of(row, list.key);
    if (!key.empty()) out.emplace_back(std::move(key), field_of(row, list.value));
  }
  return out;
}

PortalData::PortalData(const config::Current& current, portal::Client& client, portal::Limiter& limiter,
                       Engine& engine, const Clock& clock)
    : current_(current), client_(client), limiter_(limiter), engine_(engine), clock_(clock), thread_([this] {
        return turn();
      }) {}

Milliseconds PortalData::turn() {
  const auto configuration = current_.get();
  const SteadyPoint now = clock_.steady();
  if ((!heads_read_ || now - *heads_read_ > heads_age) && read_heads()) heads_read_ = now;
  // After a reload the dictionaries may be others.
  const bool old =
      !dictionaries_read_ || now - *dictionaries_read_ > dictionaries_age || hash_ != configuration->hash;
  if (old && read_dictionaries(*configuration)) {
    dictionaries_read_ = now;
    hash_ = configuration->hash;
  }
  return pause;
}

std::optional<std::vector<portal::Outcome>> PortalData::ask(const std::vector<portal::Command>& commands) {
  // While the lane is closed the engine's probe alone speaks to the portal.
  if (!engine_.lane().open || limiter_.take(commands, portal::Priority::normal).count() > 0)
    return std::nullopt;
  auto outcomes = client_.call(commands);
  if (thread_.stopping()) return std::nullopt;
  return outcomes;
}

bool PortalData::read_heads() {
  auto schema = std::make_shared<portal::PortalSchema>();
  for (auto commands = schema->questions(); !commands.empty();) {
    const auto outcomes = ask(commands);
    if (!outcomes) return false;
    commands = schema->absorb(commands, *outcomes);
  }
  if (schema->users().empty()) return false;
  engine_.set_heads([schema](std::int64_t user_id) -> std::int64_t {
    const auto user = schema->users().find(user_id);
    if (user == schema->users().end()) return 0;
    for (const auto department : user->second.departments) {
      if (const auto head = schema->head_of(department); head && *head != user_id) return *head;
    }
    return 0;
  });
  return true;
}

bool PortalData::read_dictionaries(const config::Configuration& configuration) {
  std::vector<mapping::Dictionary> all = configuration.dictionaries.all();
  for (auto& dictionary : all) {
    if (!dictionary.list) continue;
    for (std::int64_t start = 0; start < most_rows;) {
      const auto outcomes = ask({list_page(*dictionary.list, start)});
      if (!outcomes || outcomes->front().cls != portal::Class::success) return false;
      for (auto& [key, value] : list_entries(*dictionary.list, outcomes->front().result)) {
        dictionary.entries.emplace(utf8::folded(utf8::trimmed(key)), std::move(value));
      }
      if (!outcomes->front().next || *outcomes->front().next <= start) break;
      start = *outcomes->front().next;
    }
  }
  engine_.set_dictionaries(std::make_shared<const mapping::Dictionaries>(std::move(all)), configuration.hash);
  return true;
}

}  // namespace b24gate::delivery
