// Comments and the history of stages. Source: bitrix24/crm.md 4.6, 4.8.
#include <array>

#include "base/ascii.hpp"
#include "sandbox/filter.hpp"
#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

// Only lower-case `fields` is read.
Outcome add_comment(Call& call) {
  const auto& fields = call.param("fields");
  if (!php::is_iterable(fields)) return refuse("100", "Could not find value for parameter {fields}");
  const std::int64_t type = entity_by_name(fields["ENTITY_TYPE"].text());
  const std::int64_t owner = php::to_int(fields["ENTITY_ID"]);
  const std::string text = fields["COMMENT"].text();
  if (text.empty()) return refuse("INVALID_ARG_VALUE", "Comment message is empty");
  if (call.store.item(type, owner) == nullptr) return refuse("OWNER_NOT_FOUND", "Owner not found.");
  if (call.store.full()) return refuse("ERROR_CORE", "Disk resource exhausted");
  Comment comment{++call.store.last.timeline, type, owner, webhook_owner, text, call.now};
  const std::int64_t id = comment.id;
  call.store.comments.emplace(id, std::move(comment));
  return Success{id, {}, {}};
}

Outcome list_comments(Call& call) {
  const auto& filter = call.param("filter");
  const std::int64_t type = entity_by_name(filter["ENTITY_TYPE"].text());
  const std::int64_t owner = php::to_int(filter["ENTITY_ID"]);
  if (type == 0 || owner == 0) return refuse("100", "Filter by ENTITY_ID and ENTITY_TYPE is required");
  std::vector<const Comment*> rows;
  for (const auto& [id, comment] : call.store.comments) {
    if (comment.owner_type == type && comment.owner == owner) rows.push_back(&comment);
  }
  const auto& order = call.param("order");
  const std::string direction = ascii::lower((order["ID"].is_null() ? order["CREATED"] : order["ID"]).text());
  if (direction.starts_with("desc")) rows = {rows.rbegin(), rows.rend()};
  Success out;
  json::Array shown;
  for (const Comment* comment : paged(std::move(rows), call.param("start"), out)) {
    shown.push_back(
        json::Value::object({{"ID", std::to_string(comment->id)},
                             {"ENTITY_ID", std::to_string(owner)},
                             {"ENTITY_TYPE", ascii::lower(entity_name(type))},
                             {"AUTHOR_ID", std::to_string(comment->author)},
                             {"CREATED", call.store.iso(std::chrono::floor<Seconds>(comment->created))},
                             {"COMMENT", comment->text}}));
  }
  out.result = std::move(shown);
  return out;
}

json::Value move_row(const Store& store, const StageMove& move) {
  const bool of_lead = move.entity_type == lead;
  auto out = json::Value::object({{"ID", move.id},
                                  {"TYPE_ID", move.kind},
                                  {"OWNER_ID", move.owner},
                                  {"CREATED_TIME", store.iso(std::chrono::floor<Seconds>(move.created))}});
  if (!of_lead) out["CATEGORY_ID"] = move.category;
  out[of_lead ? "STATUS_SEMANTIC_ID" : "STAGE_SEMANTIC_ID"] = move.semantics;
  out[of_lead ? "STATUS_ID" : "STAGE_ID"] = move.stage;
  return out;
}

Outcome stage_history(Call& call) {
  const std::int64_t type = php::to_int(call.param("entityTypeId"));
  if (type != lead && type != deal) return refuse("", "Entity type is not supported");
  const Store& store = call.store;
  std::vector<const StageMove*> moves;
  for (const auto& [id, move] : store.stage_moves) {
    if (move.entity_type == type) moves.push_back(&move);
  }
  Columns<StageMove> columns;
  columns.kind = [&store, type](std::string_view name) -> std::optional<Kind> {
    StageMove blank;
    blank.entity_type = type;
    const auto row = move_row(store, blank);
    if (row.object_if()->find(name) == nullptr) return std::nullopt;
    if (name == "CREATED_TIME") return Kind::time;
    return row[name].is_int() ? Kind::number : Kind::text;
  };
  columns.value = [&store](const StageMove& move, std::string_view name) {
    const auto row = move_row(store, move);
    const json::Value* value = row.object_if()->find(name);
    return value != nullptr ? *value : json::Value();
  };
  auto rows = selected(std::move(moves), call.param("filter"), call.param("order"), columns, store.zone);
  if (!rows) return tl::unexpected<Failure>(rows.error());
  Success out;
  json::Array items;
  for (const StageMove* move : paged(*std::move(rows), call.param("start"), out)) {
    items.push_back(move_row(store, *move));
  }
  out.result = json::Value::object({{"items", std::move(items)}});
  return out;
}

constexpr std::array<Method, 3> methods{{
    {"crm.timeline.comment.add", "crm", 0.12, add_comment},
    {"crm.timeline.comment.list", "crm", 0.04, list_comments},
    {"crm.stagehistory.list", "crm", 0.06, stage_history},
}};

}  // namespace

std::span<const Method> timeline_methods() { return methods; }

}  // namespace b24gate::sandbox
