#include "delivery/follow_up.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "delivery/ask.hpp"
#include "event/event.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::chrono::seconds pause{5};
constexpr std::chrono::minutes nobody_there{5};  // until somebody is looked for again
constexpr std::size_t most_cases = 50;           // of one turn: one request reads their leads
constexpr std::size_t most_waiting = 1'000;      // that are looked through for somebody

}  // namespace

struct FollowUps::Case {
  journal::FollowUp row;
  const config::Source* source = nullptr;
  event::Event event;
  json::Value scope;
  ClientFacts client;
  std::string key;  // of the enquiry
  HandOver hand_over;
  bool expired = false;
};

FollowUps::FollowUps(const config::Current& current, portal::Client& client, portal::Limiter& limiter,
                     Engine& engine, journal::Journal& journal, const Clock& clock)
    : current_(current),
      client_(client),
      limiter_(limiter),
      engine_(engine),
      journal_(journal),
      clock_(clock),
      thread_([this] { return turn(); }) {}

Milliseconds FollowUps::turn() {
  if (!engine_.lane().open) return pause;
  const auto configuration = current_.get();
  auto reader = journal_.reader();
  auto cases = reader ? due(*reader, *configuration) : tl::unexpected(reader.error());
  if (!cases) {
    log::write(log::journal_unreadable, {log::error(cases.error())});
    return pause;
  }
  if (cases->empty()) return pause;
  const auto seen = look(*cases);
  if (!seen) return pause;
  for (const auto& one : *cases) {
    if (thread_.stopping()) break;
    settle(*configuration, one, *seen);
  }
  engine_.poke();
  return pause;
}

// Those for which something can be done now.
Result<std::vector<FollowUps::Case>> FollowUps::due(journal::Reader& reader,
                                                    const config::Configuration& configuration) {
  std::vector<Case> out;
  const auto rows = journal::follow_ups(reader, clock_.now(), most_waiting);
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows) {
    if (out.size() >= most_cases) break;
    auto one = understood(reader, configuration, row);
    if (!one) return fail(one.error());
    if (!*one) continue;
    const bool waits = row.kind == journal::FollowUp::Kind::wait && !(*one)->expired;
    if (waits && hand_over(configuration, **one, false).deliveries.empty()) continue;
    out.push_back(std::move(**one));
  }
  return out;
}

// Nothing when its source is not in the configuration, or its data is gone.
Result<std::optional<FollowUps::Case>> FollowUps::understood(journal::Reader& reader,
                                                             const config::Configuration& configuration,
                                                             const journal::FollowUp& row) const {
  using Found = std::optional<Case>;
  const auto root = journal::event(reader, row.root_id);
  if (!root) return fail(root.error());
  const auto last = journal::event(reader, row.event_id);
  if (!last) return fail(last.error());
  const auto circumstances = journal::circumstances_of(reader, row.root_id);
  if (!circumstances) return fail(circumstances.error());
  if (!*root || !*last) return Found();
  Case out;
  out.row = row;
  out.source = configuration.source((*root)->source);
  const auto data = json::parse((*root)->data);
  const auto decision = json::parse((*last)->decision);
  if (!out.source || !data || !data->is_object() || !decision) return Found();
  out.event = event::from_json(*data, configuration.portal.time_zone);
  out.scope = mapping::scope_of(*data, out.source->name, out.source->title, out.source->connector->name());
  out.key = (*root)->key;
  if (const auto parsed = json::parse(*circumstances)) {
    if (auto recalled = recall(*parsed)) out.client = std::move(recalled->client);
  }
  out.hand_over.lead_id = row.lead_id;
  out.hand_over.holder = row.holder;
  out.hand_over.declined = row.declined;
  out.hand_over.stage = row.stage;
  if (row.kind == journal::FollowUp::Kind::accept) {
    const auto* holder = configuration.roster.by_user_id(row.holder);
    if (holder) out.hand_over.declined.push_back(holder->name);
    out.hand_over.time = (*decision)["accept_within"]["time"].text();
    out.hand_over.to_head = (*decision)["accept_within"]["then"].text() == "head";
  } else {
    out.expired = row.due_at && *row.due_at <= clock_.now();
    out.hand_over.expired = out.expired;
  }
  return Found(std::move(out));
}

std::optional<std::map<std::int64_t, FollowUps::Seen>> FollowUps::look(const std::vector<Case>& cases) {
  json::Array ids;
  for (const auto& one : cases) ids.emplace_back(one.row.lead_id);
  const portal::Command command{
      "crm.item.list",
      json::Value::object({{"entityTypeId", 1},
                           {"filter", json::Value::object({{"@id", json::Value(std::move(ids))}})},
                           {"select", json::Value::array({"id", "stageId", "assignedById"})},
                           {"start", -1}})};
  const auto outcomes = ask(engine_, limiter_, client_, {command}, portal::Priority::normal);
  const auto* items = outcomes ? outcomes->front().result["items"].array_if() : nullptr;
  if (!items || outcomes->front().cls != portal::Class::success) return std::nullopt;
  std::map<std::int64_t, Seen> out;
  for (const auto& item : *items) {
    const auto id = item["id"].integer();
    const bool asked = id && std::any_of(cases.begin(), cases.end(),
                                         [&](const Case& one) { return one.row.lead_id == *id; });
    // A row that was not asked for: the filter was lost, and nothing in the answer can be believed.
    if (!asked) return std::nullopt;
    out[*id] = {item["stageId"].text(), item["assignedById"].integer().value_or(0)};
  }
  return out;
}

bool FollowUps::untouched(const Case& one, const std::map<std::int64_t, Seen>& seen) const {
  const auto lead = seen.find(one.row.lead_id);
  if (lead == seen.end()) return false;
  std::string stage = one.row.stage;
  if (stage.empty()) {
    const auto schema = engine_.portal();
    stage = schema && !schema->stages().empty() ? schema->stages().front().id : "NEW";
  }
  return lead->second.stage == stage && lead->second.holder == one.row.holder;
}

void FollowUps::settle(const config::Configuration& configuration, const Case& one,
                       const std::map<std::int64_t, Seen>& seen) {
  if (!untouched(one, seen)) {
    write([id = one.row.event_id](journal::Tx& tx) { return journal::drop_follow_up(tx, id); });
    return;
  }
  const EnquiryPlan made = hand_over(configuration, one, true);
  if (!made.deliveries.empty() || one.row.kind == journal::FollowUp::Kind::wait) return;
  journal::FollowUp later = one.row;
  later.due_at = clock_.now() + nobody_there;
  write([later](journal::Tx& tx) { return journal::store_follow_up(tx, later); });
}

EnquiryPlan FollowUps::hand_over(const config::Configuration& configuration, const Case& one, bool really) {
  const int turn = one.row.passed + 1;
  const std::string number = fmt::format("e{}-p{}", one.row.root_id, turn);
  const auto commit = [&](EnquiryPlan& made) -> std::int64_t {
    if (made.follow_up) {
      made.follow_up->root_id = one.row.root_id;
      made.follow_up->passed = turn;
    }
    const std::string key = fmt::format("{}/p{}", one.key, turn);
    const std::string data =
        json::write(json::Value::object({{"key", key},
                                         {"kind", "other"},
                                         {"creates_lead", false},
                                         {"reference", "lead:" + std::to_string(one.row.lead_id)}}));
    const journal::Plan plan = to_store(made, configuration.hash, "");
    std::int64_t id = 0;
    write([&](journal::Tx& tx) -> Done {
      const auto passed = journal::pass_on(tx, one.row, key, data, plan, clock_.now());
      if (!passed) return fail(passed.error());
      id = passed->value_or(0);
      return {};
    });
    if (id > 0) {
      log::write(log::passed_on, {{"event", id},
                                  {"lead", one.row.lead_id},
                                  log::id("to", made.decision.employee),
                                  log::id("reason", made.decision.reason)});
    }
    return id;
  };
  return engine_.hand_over(*one.source, one.event, one.scope, one.client, number, one.hand_over,
                           really ? commit : std::function<std::int64_t(EnquiryPlan&)>());
}

void FollowUps::write(const journal::Journal::Job& job) {
  const Done done = journal_.write_now(job);
  if (!done) log::write(log::journal_unhealthy, {log::error(done.error())});
}

}  // namespace b24gate::delivery
