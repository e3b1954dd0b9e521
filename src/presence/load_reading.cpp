#include "presence/load_reading.hpp"

#include <algorithm>

#include "portal/card.hpp"
#include "portal/fields.hpp"

namespace b24gate::presence {
namespace {

constexpr std::size_t page_size = 50;
// A card's time of change is set before it can be read, and the portal has more clocks than one.
constexpr std::chrono::minutes overlap{5};
// A filter in another zone than we mean gives more than was asked for; one that is lost gives everything.
constexpr std::chrono::hours widest_zone_error{26};

bool moves(const LoadReading::Kind& kind) { return !kind.done && !kind.failed; }

// Waiting will not mend it; what concerns the whole portal passes with the lane.
bool refused(const portal::Outcome& outcome) {
  if (outcome.scope == portal::Scope::portal) return false;
  return outcome.cls == portal::Class::auth || outcome.cls == portal::Class::permanent ||
         outcome.cls == portal::Class::gone;
}

}  // namespace

TimePoint LoadReading::Kind::next_since() const { return *begun - overlap; }

LoadReading::LoadReading(const std::array<std::optional<TimePoint>, 2>& since, TimeZone zone)
    : zone_(std::move(zone)) {
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    kinds_.at(i).name = load_kinds.at(i);
    kinds_.at(i).since = since.at(i);
  }
}

portal::Command LoadReading::page(const Kind& kind) const {
  auto filter = json::Value::object({{">id", kind.last}});
  if (kind.since) {
    filter[">=updatedTime"] = to_iso(std::chrono::floor<Seconds>(*kind.since), zone_);
  } else {
    filter["stageSemanticId"] = "P";
  }
  return {"crm.item.list",
          json::Value::object(
              {{"entityTypeId", kind.name == "lead" ? portal::kLead : portal::kDeal},
               {"filter", std::move(filter)},
               {"order", json::Value::object({{"id", "ASC"}})},
               {"select", json::Value::array({"id", "assignedById", "stageSemanticId", "updatedTime"})},
               {"start", -1}})};
}

std::vector<portal::Command> LoadReading::next() const {
  std::vector<portal::Command> out;
  bool begins = false;
  for (const auto& kind : kinds_) {
    if (!moves(kind)) continue;
    begins = begins || !kind.begun;
    out.push_back(page(kind));
  }
  if (begins) out.insert(out.begin(), {"server.time", json::Value::object()});
  return out;
}

bool LoadReading::take(const std::vector<portal::Outcome>& outcomes) {
  std::array<bool, 2> asked{};
  bool begins = false;
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    asked.at(i) = moves(kinds_.at(i));
    begins = begins || (asked.at(i) && !kinds_.at(i).begun);
  }
  bool answered = true;
  std::size_t at = 0;
  if (begins && !outcomes.empty()) answered = begin(outcomes[at++]);
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    if (!asked.at(i) || at >= outcomes.size()) continue;
    const auto& outcome = outcomes[at++];
    if (moves(kinds_.at(i)) && kinds_.at(i).begun) answered = take_page(kinds_.at(i), outcome) && answered;
  }
  return answered;
}

bool LoadReading::begin(const portal::Outcome& server_time) {
  const bool answered = server_time.cls == portal::Class::success;
  const auto now = answered ? parse_iso(server_time.result.text(), zone_) : std::optional<TimePoint>();
  if (!answered && !refused(server_time)) return false;
  for (auto& kind : kinds_) {
    if (!moves(kind) || kind.begun) continue;
    kind.begun = now;
    if (!now) fail(kind, answered ? "unexpected_answer" : server_time.code);
  }
  return true;
}

void LoadReading::fail(Kind& kind, const std::string& code) {
  kind.failed = true;
  kind.refused = code.empty() ? "access denied" : code;
}

bool LoadReading::plausible(const Kind& kind, const json::Array& rows) const {
  std::int64_t last = kind.last;
  for (const auto& row : rows) {
    const std::int64_t id = row["id"].integer().value_or(0);
    if (id <= last) return false;
    last = id;
    if (kind.whole() && row["stageSemanticId"].text() != "P") return false;
    const auto changed = parse_iso(row["updatedTime"].text(), zone_);
    if (kind.since && changed && *changed < *kind.since - widest_zone_error) return false;
  }
  return true;
}

bool LoadReading::take_page(Kind& kind, const portal::Outcome& outcome) {
  if (outcome.cls != portal::Class::success) {
    if (!refused(outcome)) return false;
    fail(kind, outcome.code);
    return true;
  }
  const auto* rows = outcome.result["items"].array_if();
  if (rows == nullptr || !plausible(kind, *rows)) {
    fail(kind, "unexpected_answer");
    return true;
  }
  for (const auto& row : *rows) {
    const std::int64_t id = row["id"].integer().value_or(0);
    const bool open = row["stageSemanticId"].text() == "P";
    kind.cards.push_back({portal::card_text({std::string(kind.name), id, 0}),
                          open ? row["assignedById"].integer().value_or(0) : 0});
    kind.last = id;
  }
  kind.done = rows->size() < page_size;
  return true;
}

}  // namespace b24gate::presence
