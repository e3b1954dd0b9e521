// tasks.task.*, old API: names come in upper case and go out in camelCase, every value a string.
// Source: bitrix24/tasks-and-notify.md 6.1.
#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "sandbox/filter.hpp"
#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::string_view pending = "2";
constexpr std::string_view completed = "5";

// Names that may be written; TITLE and XML_ID have column widths.
constexpr std::array<std::string_view, 22> writable{"TITLE",
                                                    "DESCRIPTION",
                                                    "RESPONSIBLE_ID",
                                                    "CREATED_BY",
                                                    "DEADLINE",
                                                    "START_DATE_PLAN",
                                                    "END_DATE_PLAN",
                                                    "PRIORITY",
                                                    "ACCOMPLICES",
                                                    "AUDITORS",
                                                    "TAGS",
                                                    "GROUP_ID",
                                                    "STAGE_ID",
                                                    "PARENT_ID",
                                                    "UF_CRM_TASK",
                                                    "XML_ID",
                                                    "STATUS",
                                                    "TASK_CONTROL",
                                                    "ALLOW_CHANGE_DEADLINE",
                                                    "ALLOW_TIME_TRACKING",
                                                    "MATCH_WORK_TIME",
                                                    "SE_PARAMETER"};
constexpr std::array<std::string_view, 6> times{"DEADLINE",     "START_DATE_PLAN", "END_DATE_PLAN",
                                                "CREATED_DATE", "CHANGED_DATE",    "CLOSED_DATE"};
constexpr std::array<std::string_view, 8> numbers{
    "ID", "PARENT_ID", "GROUP_ID", "CREATED_BY", "RESPONSIBLE_ID", "STATUS", "STAGE_ID", "PRIORITY"};
// What is shown for a task that has nothing there.
constexpr std::array<std::string_view, 12> always{
    "ID",         "PARENT_ID",    "TITLE",          "DESCRIPTION", "PRIORITY",    "STATUS",
    "CREATED_BY", "CREATED_DATE", "RESPONSIBLE_ID", "DEADLINE",    "CLOSED_DATE", "CHANGED_DATE"};

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

tl::unexpected<Failure> core(std::string what) { return refuse("ERROR_CORE", what + "<br>"); }

json::Value strings_of(const json::Value& value) {
  json::Array out;
  for (const auto& [key, one] : php::pairs(value)) out.emplace_back(one.text());
  return out;
}

tl::expected<void, Failure> write(const Call& call, Task& task, const json::Value& fields) {
  for (const auto& [name, raw] : php::pairs(fields)) {
    if (!among(writable, name)) continue;
    if (among(times, name)) {
      const auto time = parse_iso(raw.text(), call.store.zone);
      if (!raw.says_nothing() && !time) continue;  // an unparsable date is dropped
      task.values.set(name, time ? json::Value(call.store.iso(*time)) : json::Value());
    } else if (php::is_iterable(raw)) {
      task.values.set(name, strings_of(raw));
    } else {
      const std::size_t width = name == "TITLE" ? 255 : name == "XML_ID" ? 50 : 0;
      std::string text = raw.text();
      if (width != 0) text = std::string(utf8::head(text, width));
      task.values.set(name, std::move(text));
    }
  }
  const auto text = [&](std::string_view name) {
    const json::Value* value = task.values.find(name);
    return value != nullptr ? value->text() : std::string();
  };
  if (text("TITLE").empty()) return core("Task title is not specified");
  if (text("RESPONSIBLE_ID").empty()) return core("Responsible person is not specified");
  if (!works_here(call, php::to_int(text("RESPONSIBLE_ID")))) return core("Responsible person not found");
  return {};
}

// UF_CRM_TASK comes only when it is selected by name.
json::Value shown(const Task& task, const std::vector<std::string>& select) {
  json::Object out;
  for (const auto name : always) {
    const json::Value* value = task.values.find(name);
    const bool wanted = select.empty() || among(select, name) || among(select, "*") || name == "ID";
    if (wanted) out.set(camel_name(name), value != nullptr ? *value : json::Value());
  }
  for (const auto& [name, value] : task.values) {
    const bool by_default = (select.empty() || among(select, "*")) && name != "UF_CRM_TASK";
    if (by_default || among(select, name)) out.set(camel_name(name), value);
  }
  return out;
}

std::vector<std::string> selection(const Call& call) {
  std::vector<std::string> out;
  for (const auto& [key, name] : php::pairs(call.param("select"))) out.push_back(name.text());
  return out;
}

Outcome answer(const Task& task, const std::vector<std::string>& select = {}) {
  return Success{json::Value::object({{"task", shown(task, select)}}), {}, {}};
}

tl::expected<Task*, Failure> existing(Call& call, std::string refusal) {
  if (call.param("taskId").is_null()) return refuse("100", "Could not find value for parameter {taskId}");
  const auto found = call.store.tasks.find(php::to_int(call.param("taskId")));
  if (found == call.store.tasks.end()) return refuse("0", std::move(refusal));
  return &found->second;
}

Outcome add(Call& call) {
  if (!php::is_iterable(call.param("fields")))
    return refuse("100", "Could not find value for parameter {fields}");
  if (call.store.full()) return core("Disk resource exhausted");
  Task task;
  const std::string now = call.store.iso(std::chrono::floor<Seconds>(call.now));
  task.id = call.store.last.task + 1;
  for (const auto& [name, value] : std::initializer_list<json::Member>{{"ID", std::to_string(task.id)},
                                                                       {"PRIORITY", "1"},
                                                                       {"STATUS", pending},
                                                                       {"CREATED_BY", "1"},
                                                                       {"CREATED_DATE", now},
                                                                       {"CHANGED_DATE", now}}) {
    task.values.set(name, value);
  }
  if (auto written = write(call, task, call.param("fields")); !written) {
    return tl::unexpected<Failure>(written.error());
  }
  ++call.store.last.task;
  return answer(call.store.tasks.emplace(task.id, std::move(task)).first->second);
}

Outcome update(Call& call) {
  const auto found = existing(call, "wrong task id");
  if (!found) return tl::unexpected<Failure>(found.error());
  if (call.param("fields").size() == 0) return refuse("100", "Could not find value for parameter {fields}");
  Task draft = **found;
  if (auto written = write(call, draft, call.param("fields")); !written) {
    return tl::unexpected<Failure>(written.error());
  }
  draft.values.set("CHANGED_DATE", call.store.iso(std::chrono::floor<Seconds>(call.now)));
  **found = std::move(draft);
  return answer(**found);
}

Outcome get(Call& call) {
  const auto found = existing(call, "Task not found or access denied");
  if (!found) return tl::unexpected<Failure>(found.error());
  return answer(**found, selection(call));
}

// One error for a task that is absent and for one in the wrong state.
Outcome complete(Call& call) {
  const auto found = existing(call, "Action on the task is not allowed");
  if (!found) return tl::unexpected<Failure>(found.error());
  auto& values = (*found)->values;
  if (values["STATUS"].text() == completed) return refuse("0", "Action on the task is not allowed");
  const std::string now = call.store.iso(std::chrono::floor<Seconds>(call.now));
  values.set("STATUS", completed);
  values.set("CLOSED_DATE", now);
  values.set("CHANGED_DATE", now);
  return answer(**found);
}

json::Value column(const Task& task, std::string_view name) {
  const std::string_view stored = name == "REAL_STATUS"  ? "STATUS"
                                  : name == "TAG"        ? "TAGS"
                                  : name == "ACCOMPLICE" ? "ACCOMPLICES"
                                  : name == "AUDITOR"    ? "AUDITORS"
                                                         : name;
  const json::Value* value = task.values.find(stored);
  return value != nullptr ? *value : json::Value();
}

Outcome list(Call& call) {
  Columns<Task> columns;
  columns.pattern_field = "TITLE";
  columns.value = column;
  // XML_ID is no documented filter: it is ignored.
  columns.kind = [](std::string_view name) -> std::optional<Kind> {
    if (among(times, name)) return Kind::time;
    if (among(numbers, name) || name == "REAL_STATUS") return Kind::number;
    const bool text = name == "TITLE" || name == "TAG" || name == "ACCOMPLICE" || name == "AUDITOR" ||
                      name == "UF_CRM_TASK";
    return text ? std::optional<Kind>(Kind::text) : std::nullopt;
  };
  for (const auto& [name, direction] : php::pairs(call.param("order"))) {
    if (!columns.kind(name)) return refuse("0", "Invalid order field");
  }
  auto rows = selected(rows_of(call.store.tasks), call.param("filter"), call.param("order"), columns,
                       call.store.zone);
  if (!rows) return tl::unexpected<Failure>(rows.error());
  const auto select = selection(call);
  Success out;
  json::Array tasks;
  for (const Task* task : paged(*std::move(rows), call.param("start"), out))
    tasks.push_back(shown(*task, select));
  out.result = json::Value::object({{"tasks", std::move(tasks)}});
  return out;
}

constexpr std::array<Method, 5> methods{{
    {"tasks.task.add", "task", 0.2, add},
    {"tasks.task.update", "task", 0.15, update},
    {"tasks.task.get", "task", 0.04, get},
    {"tasks.task.list", "task", 0.08, list},
    {"tasks.task.complete", "task", 0.12, complete},
}};

}  // namespace

std::span<const Method> task_methods() { return methods; }

}  // namespace b24gate::sandbox
