// crm.activity.*: planned work and calls. Source: bitrix24/crm.md 4.8.
#include <algorithm>
#include <array>

#include "sandbox/filter.hpp"
#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

tl::unexpected<Failure> no_parameter(std::string_view name) {
  return refuse("100", "Could not find value for parameter {" + std::string(name) + "}");
}

// Parameters are at the top level, without `fields`.
Outcome add_todo(Call& call) {
  for (const char* name : {"ownerTypeId", "ownerId", "deadline"}) {
    if (call.param(name).is_null()) return no_parameter(name);
  }
  const auto deadline = parse_iso(call.param("deadline").text(), call.store.zone);
  if (!deadline) return refuse("WRONG_DATETIME_FORMAT", "Wrong datetime format");
  const std::int64_t type = php::to_int(call.param("ownerTypeId"));
  const Item* owner = call.store.item(type, php::to_int(call.param("ownerId")));
  if (owner == nullptr) return refuse("OWNER_NOT_FOUND", "Owner not found.");
  if (call.store.full()) return refuse("ERROR_CORE", "Disk resource exhausted");
  Activity activity;
  activity.id = ++call.store.last.timeline;
  activity.owner_type = type;
  activity.owner = owner->id;
  activity.bindings = {{type, owner->id}};
  activity.responsible =
      call.param("responsibleId").is_null() ? webhook_owner : php::to_int(call.param("responsibleId"));
  activity.subject = call.param("title").text();
  activity.description = call.param("description").text();
  activity.deadline = *deadline;
  activity.created = call.now;
  const std::int64_t id = activity.id;
  call.store.activities.emplace(id, std::move(activity));
  return Success{json::Value::object({{"id", id}}), {}, {}};
}

json::Value activity_row(const Store& store, const Activity& activity) {
  const std::string created = store.iso(std::chrono::floor<Seconds>(activity.created));
  const bool call = activity.kind == ActivityKind::call;
  const auto seconds = std::chrono::duration_cast<Seconds>(activity.deadline - activity.start).count();
  json::Array bindings;
  for (const auto& one : activity.bindings) {
    bindings.push_back(json::Value::object(
        {{"OWNER_TYPE_ID", std::to_string(one.type)}, {"OWNER_ID", std::to_string(one.id)}}));
  }
  return json::Value::object(
      {{"ID", std::to_string(activity.id)},
       {"OWNER_ID", std::to_string(activity.owner)},
       {"OWNER_TYPE_ID", std::to_string(activity.owner_type)},
       {"TYPE_ID", call ? "2" : "6"},
       {"PROVIDER_ID", call ? "VOXIMPLANT_CALL" : "CRM_TODO"},
       {"PROVIDER_TYPE_ID", call ? "CALL" : "TODO"},
       {"SUBJECT", activity.subject},
       {"DESCRIPTION", activity.description},
       {"DESCRIPTION_TYPE", "1"},
       {"DIRECTION", call ? (activity.incoming ? "1" : "2") : "0"},
       {"START_TIME", call ? store.iso(activity.start) : std::string()},
       {"END_TIME", call ? store.iso(activity.deadline) : std::string()},
       {"DEADLINE", store.iso(activity.deadline)},
       {"RESPONSIBLE_ID", std::to_string(activity.responsible)},
       {"AUTHOR_ID", std::to_string(call ? activity.responsible : webhook_owner)},
       {"COMPLETED", activity.completed ? "Y" : "N"},
       {"ORIGINATOR_ID", json::Value()},
       {"ORIGIN_ID", activity.origin.empty() ? json::Value() : json::Value(activity.origin)},
       {"SETTINGS", call ? json::Value::object(
                               {{"DURATION", seconds}, {"MISSED_CALL", activity.incoming && seconds == 0}})
                         : json::Value::array()},
       {"BINDINGS", std::move(bindings)},
       {"CREATED", created},
       {"LAST_UPDATED", created}});
}

bool is_bound(const Activity& activity, const json::Value& wanted) {
  for (const auto& [key, one] : php::pairs(wanted)) {
    const Client owner{php::to_int(one["OWNER_TYPE_ID"]), php::to_int(one["OWNER_ID"])};
    if (std::find(activity.bindings.begin(), activity.bindings.end(), owner) != activity.bindings.end())
      return true;
  }
  return false;
}

// Bindings come only when they are named.
json::Value chosen_fields(const json::Value& row, const json::Value& select) {
  bool all = true;
  json::Object chosen;
  for (const auto& [key, name] : php::pairs(select)) {
    all = name.text() == "*";
    if (all) break;
    if (const json::Value* value = row.object_if()->find(name.text())) chosen.set(name.text(), *value);
  }
  if (!all) return chosen;
  json::Object whole = *row.object_if();
  whole.erase("BINDINGS");
  return whole;
}

Outcome list_activities(Call& call) {
  const Store& store = call.store;
  Columns<Activity> columns;
  columns.kind = [&store](std::string_view name) -> std::optional<Kind> {
    const auto blank = activity_row(store, {});
    const json::Value* value = blank.object_if()->find(name);
    if (value == nullptr || php::is_iterable(*value)) return std::nullopt;
    if (name == "CREATED" || name == "LAST_UPDATED" || name == "DEADLINE" || name.ends_with("_TIME"))
      return Kind::time;
    const bool text = name == "SUBJECT" || name == "DESCRIPTION" || name.starts_with("PROVIDER") ||
                      name == "COMPLETED" || name.starts_with("ORIGIN");
    return text ? Kind::text : Kind::number;
  };
  columns.value = [&store](const Activity& row, std::string_view name) {
    return activity_row(store, row)[name];
  };
  const auto& bindings = call.param("filter")["BINDINGS"];
  std::vector<const Activity*> all;
  for (const Activity* activity : rows_of(store.activities)) {
    if (bindings.is_null() || is_bound(*activity, bindings)) all.push_back(activity);
  }
  auto rows = selected(std::move(all), call.param("filter"), call.param("order"), columns, store.zone);
  if (!rows) return tl::unexpected<Failure>(rows.error());
  Success out;
  json::Array shown;
  for (const Activity* activity : paged(*std::move(rows), call.param("start"), out))
    shown.push_back(chosen_fields(activity_row(store, *activity), call.param("select")));
  out.result = std::move(shown);
  return out;
}

Outcome get_activity(Call& call) {
  const auto found = call.store.activities.find(
      php::to_int(call.param("id").is_null() ? call.param("ID") : call.param("id")));
  if (found == call.store.activities.end()) return refuse("", "Activity is not found.");
  return Success{activity_row(call.store, found->second), {}, {}};
}

tl::expected<Activity*, Failure> bound_activity(Call& call) {
  if (call.param("activityId").is_null()) return no_parameter("activityId");
  const auto found = call.store.activities.find(php::to_int(call.param("activityId")));
  if (found == call.store.activities.end()) return refuse("NOT_FOUND", "Activity not found");
  return &found->second;
}

// What a second binding to the same owner says is not in our sources: taken for success, since nothing
// differs afterwards.
Outcome add_binding(Call& call) {
  const auto activity = bound_activity(call);
  if (!activity) return tl::unexpected<Failure>(activity.error());
  for (const char* name : {"entityTypeId", "entityId"}) {
    if (call.param(name).is_null()) return no_parameter(name);
  }
  const Client owner{php::to_int(call.param("entityTypeId")), php::to_int(call.param("entityId"))};
  if (call.store.item(owner.type, owner.id) == nullptr) return refuse("OWNER_NOT_FOUND", "Owner not found.");
  auto& bindings = (*activity)->bindings;
  if (std::find(bindings.begin(), bindings.end(), owner) == bindings.end()) bindings.push_back(owner);
  return Success{true, {}, {}};
}

Outcome list_bindings(Call& call) {
  const auto activity = bound_activity(call);
  if (!activity) return tl::unexpected<Failure>(activity.error());
  json::Array out;
  for (const auto& one : (*activity)->bindings)
    out.push_back(json::Value::object({{"entityTypeId", one.type}, {"entityId", one.id}}));
  return Success{std::move(out), {}, {}};
}

constexpr std::array<Method, 5> methods{{
    {"crm.activity.todo.add", "crm", 0.15, add_todo},
    {"crm.activity.list", "crm", 0.06, list_activities},
    {"crm.activity.get", "crm", 0.03, get_activity},
    {"crm.activity.binding.add", "crm", 0.05, add_binding},
    {"crm.activity.binding.list", "crm", 0.03, list_bindings},
}};

}  // namespace

std::span<const Method> activity_methods() { return methods; }

}  // namespace b24gate::sandbox
