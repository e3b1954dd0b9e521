#include "delivery/hand_made.hpp"

#include <algorithm>

#include "delivery/ask.hpp"
#include "journal/records.hpp"
#include "log/log.hpp"
#include "log/messages.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::chrono::seconds tick{1};
constexpr std::chrono::seconds every{15};
constexpr std::string_view mark_name = "hand_made";
constexpr std::size_t page = 50;
// Numbers are given before a lead can be seen: the last few are looked at again. What is known has its key.
constexpr std::int64_t overlap = 20;

}  // namespace

HandMade::HandMade(const config::Current& current, portal::Client& client, portal::Limiter& limiter,
                   Engine& engine, journal::Journal& journal, const Clock& clock, Feed feed)
    : current_(current),
      client_(client),
      limiter_(limiter),
      engine_(engine),
      journal_(journal),
      clock_(clock),
      feed_(std::move(feed)),
      thread_([this] { return turn(); }) {}

Milliseconds HandMade::turn() {
  const auto configuration = current_.get();
  const auto source = std::find_if(configuration->sources.begin(), configuration->sources.end(),
                                   [](const auto& one) { return one.connector->name() == "portal"; });
  std::vector<std::int64_t> makers;
  for (const auto& name : configuration->rules.creators()) {
    if (const auto* employee = configuration->roster.employee(name)) makers.push_back(employee->user_id);
  }
  if (source == configuration->sources.end() || makers.empty()) return tick;
  const bool due = !read_ || clock_.steady() - *read_ >= every;
  if (!engine_.lane().open || (!due && !poked_.exchange(false))) return tick;
  const auto after = mark();
  if (!after) return tick;
  const std::int64_t from = std::max<std::int64_t>(*after - overlap, 0);
  json::Array ids;
  for (const auto maker : makers) ids.emplace_back(maker);
  const auto leads =
      ask(json::Value::object({{">id", from}, {"@createdBy", json::Value(std::move(ids))}}), "ASC", true);
  if (!leads || !take(*source, *leads, makers, from)) {
    poked_ = true;  // what a poke asked for is still to be done
    return tick;
  }
  read_ = clock_.steady();
  // A full page: there may be more.
  if (leads->size() >= page) poked_ = true;
  return tick;
}

std::optional<std::int64_t> HandMade::mark() {
  auto reader = journal_.reader();
  const auto text = reader ? journal::mark(*reader, mark_name) : tl::unexpected(reader.error());
  if (!text) {
    log::write(log::journal_unreadable, {log::error(text.error())});
    return std::nullopt;
  }
  if (!text->empty()) return json::Value(*text).integer();
  // The first look: what is there already was somebody's business before ours.
  const auto newest = ask(json::Value(json::Object()), "DESC", false);
  if (!newest) return std::nullopt;
  std::int64_t id = 0;
  for (const auto& lead : *newest) id = std::max(id, lead["id"].integer().value_or(0));
  // Beyond the overlap, or the newest would be looked at again.
  if (!set_mark(id + overlap)) return std::nullopt;
  return id + overlap;
}

bool HandMade::set_mark(std::int64_t id) {
  const Done done = journal_.write_now(
      [text = std::to_string(id)](journal::Tx& tx) { return journal::set_mark(tx, mark_name, text); });
  if (!done) log::write(log::journal_unhealthy, {log::error(done.error())});
  return done.has_value();
}

std::optional<json::Array> HandMade::ask(json::Value filter, const char* direction, bool whole) {
  const portal::Command command{"crm.item.list",
                                json::Value::object({{"entityTypeId", 1},
                                                     {"filter", std::move(filter)},
                                                     {"order", json::Value::object({{"id", direction}})},
                                                     // Phones come only with everything (quirk 36).
                                                     {"select", json::Value::array({whole ? "*" : "id"})},
                                                     {"useOriginalUfNames", "Y"},
                                                     {"start", -1}})};
  const auto outcomes = delivery::ask(engine_, limiter_, client_, {command}, portal::Priority::normal);
  const auto* items = outcomes ? outcomes->front().result["items"].array_if() : nullptr;
  if (!items || outcomes->front().cls != portal::Class::success) return std::nullopt;
  return *items;
}

bool HandMade::take(const config::Source& source, const json::Array& leads,
                    const std::vector<std::int64_t>& makers, std::int64_t after) {
  for (const auto& lead : leads) {
    const std::int64_t id = lead["id"].integer().value_or(0);
    const std::int64_t maker = lead["createdBy"].integer().value_or(0);
    // A row that was not asked for: the filter was lost, and nothing in the answer can be believed.
    if (id <= after || std::find(makers.begin(), makers.end(), maker) == makers.end()) return false;
    if (lead["originatorId"].text() != "b24gate" && lead["assignedById"].integer() == maker) {
      connector::Request request;
      request.method = "POST";
      request.headers.emplace_back("Content-Type", "application/json");
      request.body = json::write(json::Value::object({{"lead", lead}}));
      request.received_at = clock_.now();
      if (const auto brought = feed_(source.name, std::move(request)); !brought) return false;
    }
    if (id > after + overlap && !set_mark(id)) return false;
  }
  return true;
}

}  // namespace b24gate::delivery
