#include "delivery/portal_data.hpp"

#include <map>

#include "base/utf8.hpp"
#include "delivery/ask.hpp"
#include "delivery/drift.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::chrono::hours schema_age{24};
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
  if ((!schema_read_ || now - *schema_read_ > schema_age) && read_schema()) schema_read_ = now;
  if (schema_ && compared_hash_ != configuration->hash) compare(*configuration);
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
  auto outcomes = delivery::ask(engine_, limiter_, client_, commands, portal::Priority::normal);
  if (thread_.stopping()) return std::nullopt;
  return outcomes;
}

bool PortalData::read_schema() {
  auto schema = std::make_shared<portal::PortalSchema>();
  for (auto commands = schema->questions(); !commands.empty();) {
    const auto outcomes = ask(commands);
    if (!outcomes) return false;
    commands = schema->absorb(commands, *outcomes);
  }
  if (schema->users().empty()) return false;
  if (const auto answer = ask({portal::PortalSchema::v3_tasks_question()}))
    schema->absorb_v3_tasks(answer->front());
  schema_ = std::move(schema);
  engine_.set_portal(schema_);
  compared_hash_.clear();
  return true;
}

void PortalData::compare(const config::Configuration& configuration) {
  std::vector<Notice> notices;
  for (const auto& problem : drift(configuration, *schema_)) {
    Notice notice;
    notice.topic = problem.text();
    notice.what = notice.topic;
    notice.advice = "b24gate check --portal names all of them; correct the files or the portal";
    notice.since = clock_.now();
    notices.push_back(std::move(notice));
  }
  for (const auto& fresh : engine_.notices().replace(Notice::Kind::drift, std::move(notices)))
    log::write(log::portal_drift, {log::id("at", fresh.what)});
  compared_hash_ = configuration.hash;
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
