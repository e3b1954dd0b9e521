#include "sandbox/state.hpp"

#include <array>

#include "sandbox/items.hpp"

namespace b24gate::sandbox {
namespace {

std::string user_name(const Store& store, const json::Value& id) {
  const User* user = store.user(id.integer().value_or(0));
  return user != nullptr ? user->full_name() : "№" + id.text();
}

std::string one_readable(const Store& store, std::int64_t type, const Item& item, const Field& field,
                         const json::Value& value) {
  if (field.type == "user" || field.type == "employee") return user_name(store, value);
  if (field.type == "crm_status") {
    const bool stage = type == deal && field.name == "stageId";
    const auto category = item.value("categoryId").integer().value_or(0);
    const Status* status =
        store.status(stage ? Store::deal_stages(category) : field.dictionary, value.text());
    return status != nullptr ? status->name : value.text();
  }
  if (field.type == "enumeration") {
    for (const auto& one : field.items) {
      if (one.id == value.integer().value_or(0)) return one.value;
    }
  }
  if (field.type == "boolean") return value.text() == "Y" ? "да" : "нет";
  return value.text();
}

std::string readable_text(const Store& store, std::int64_t type, const Item& item, const Field& field) {
  const auto& value = item.value(field.name);
  const auto* many = value.array_if();
  if (many == nullptr) return one_readable(store, type, item, field, value);
  std::string out;
  for (const auto& one : *many) {
    if (!out.empty()) out += ", ";
    out += one_readable(store, type, item, field, one);
  }
  return out;
}

json::Value readable_fields(const Store& store, std::int64_t type, const Item& item) {
  json::Array out;
  for (const auto& field : store.schema(type).fields()) {
    if (item.value(field.name).is_null()) continue;
    out.push_back(json::Value::object({{"name", shown_name(field, true)},
                                       {"title", field.title},
                                       {"text", readable_text(store, type, item, field)}}));
  }
  return out;
}

// The newest `limit` of a map, each shown by `show`.
template <class Map, class Show>
json::Array newest(const Map& map, std::size_t limit, const Show& show) {
  json::Array out;
  for (auto one = map.rbegin(); one != map.rend() && out.size() < limit; ++one)
    out.push_back(show(one->second));
  return out;
}

json::Array items_state(const Store& store, std::int64_t type, std::size_t limit, bool readable) {
  return newest(store.of(type), limit, [&](const Item& item) {
    auto out = json::Value::object({{"id", item.id}, {"item", shown(store, type, item, true)}});
    if (readable) out["fields"] = readable_fields(store, type, item);
    return out;
  });
}

json::Value activity_state(const Store& store, const Activity& activity) {
  json::Array bindings;
  for (const auto& one : activity.bindings)
    bindings.push_back(json::Value::object({{"ownerTypeId", one.type}, {"ownerId", one.id}}));
  return json::Value::object(
      {{"id", activity.id},
       {"providerId", activity.kind == ActivityKind::call ? "VOXIMPLANT_CALL" : "CRM_TODO"},
       {"ownerTypeId", activity.owner_type},
       {"ownerId", activity.owner},
       {"bindings", std::move(bindings)},
       {"responsibleId", activity.responsible},
       {"subject", activity.subject},
       {"description", activity.description},
       {"deadline", store.iso(activity.deadline)},
       {"completed", activity.completed},
       {"created", store.iso(activity.created)}});
}

json::Array users_state(const Store& store) {
  json::Array out;
  for (const auto& user : store.users) {
    out.push_back(json::Value::object({{"id", user.id},
                                       {"name", user.full_name()},
                                       {"position", user.position},
                                       {"active", user.active},
                                       {"working_day", user.working_day}}));
  }
  return out;
}

}  // namespace

json::Value store_state(const Store& store, std::size_t limit, bool readable) {
  json::Object out;
  out.set("leads", items_state(store, lead, limit, readable));
  out.set("deals", items_state(store, deal, limit, readable));
  out.set("contacts", items_state(store, contact, limit, readable));
  out.set("companies", items_state(store, company, limit, readable));
  out.set("tasks", newest(store.tasks, limit, [](const Task& task) {
            json::Object row;
            for (const auto& [name, value] : task.values) row.set(camel_name(name), value);
            return json::Value(std::move(row));
          }));
  out.set("comments", newest(store.comments, limit, [&](const Comment& comment) {
            return json::Value::object({{"id", comment.id},
                                        {"ownerTypeId", comment.owner_type},
                                        {"ownerId", comment.owner},
                                        {"authorId", comment.author},
                                        {"text", comment.text},
                                        {"created", store.iso(comment.created)}});
          }));
  out.set("activities", newest(store.activities, limit,
                               [&](const Activity& activity) { return activity_state(store, activity); }));
  out.set("notifications", newest(store.notifications, limit, [&](const Notification& one) {
            return json::Value::object({{"id", one.id},
                                        {"userId", one.user},
                                        {"type", one.type},
                                        {"message", one.message},
                                        {"tag", one.tag},
                                        {"created", store.iso(one.created)}});
          }));
  out.set("messages", newest(store.messages, limit, [&](const ChatMessage& one) {
            return json::Value::object({{"id", one.id},
                                        {"dialogId", one.dialog},
                                        {"text", one.text},
                                        {"created", store.iso(one.created)}});
          }));
  out.set("open_calls", open_calls_state(store, limit));
  out.set("finished_calls", finished_calls_state(store, limit));
  out.set("lines", lines_state(store));
  out.set("users", users_state(store));
  return out;
}

}  // namespace b24gate::sandbox
